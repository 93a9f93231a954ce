#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace re2 {
class RE2;
}

namespace grumble::analyzer {

/// A regular expression, of which the longest match counts. RE2 builds it when
/// a text first asks, and again after forget(): most texts ask for few of them.
/// Safe from any thread.
class Expression {
 public:
  explicit Expression(std::string text) : text_(std::move(text)) {}

  const std::string& text() const { return text_; }

  /// Throws std::invalid_argument when the text is no pattern.
  std::shared_ptr<const re2::RE2> re() const;

  /// Gives the memory back.
  void forget() const;

  /// RE2 takes no more than this for one; what is larger is no pattern.
  static constexpr int64_t kMemory = int64_t{1} << 20;

 private:
  std::string text_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const re2::RE2> re_;
};

}  // namespace grumble::analyzer
