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

/// A regular expression that RE2 builds when a text first asks, and again after
/// forget(): most texts ask for few of them. Safe from any thread.
class Expression {
 public:
  enum class Prefer { first, longest };

  Expression(std::string text, Prefer prefer)
      : text_(std::move(text)), prefer_(prefer) {}

  const std::string& text() const { return text_; }

  /// Throws std::invalid_argument when the text is no pattern.
  std::shared_ptr<const re2::RE2> re() const;

  /// Gives the memory back.
  void forget() const;

  /// RE2 takes no more than this for one; what is larger is no pattern.
  static constexpr int64_t kMemory = int64_t{1} << 20;

 private:
  std::string text_;
  Prefer prefer_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const re2::RE2> re_;
};

}  // namespace grumble::analyzer
