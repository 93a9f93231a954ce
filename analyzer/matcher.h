#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace grumble::analyzer {

/// A stretch of folded text, in bytes.
struct Span {
  size_t begin = 0;
  size_t end = 0;

  bool operator==(const Span&) const = default;
};

/// Which atoms a text holds. Reuse one object for many texts.
struct Hits {
  std::vector<int> ids;        ///< ascending
  std::vector<uint8_t> holds;  ///< by atom id
  bool alone = false;          ///< the set gave up; each atom ran by itself
};

/// All atoms (patterns) compiled into one automaton that tells in one pass
/// which of them a text holds; where they stand is looked up only then. Fill,
/// compile once, then use from any thread. Linear in the text's length.
class Matcher {
 public:
  Matcher();
  ~Matcher();
  Matcher(Matcher&&) noexcept;

  /// The id of the atom; the same pattern twice gives the same id.
  int add(const std::string& pattern);

  /// `max_memory` bounds the automaton's cache, in bytes. When the set cannot
  /// be built within it, every text is matched atom by atom: slow, never wrong.
  void compile(int64_t max_memory = kDefaultMemory);

  void match(std::string_view text, Hits& hits) const;

  /// Every place of one atom in the text's part [begin, end), leftmost and
  /// longest, without overlaps; appended to `spans`.
  void find(int atom, std::string_view text, size_t begin, size_t end,
            std::vector<Span>& spans) const;

  bool holds(int atom, std::string_view text, size_t begin, size_t end) const;

  size_t size() const;
  /// False when the set could not be built.
  bool has_set() const;
  const std::string& pattern(int atom) const;

  static constexpr int64_t kDefaultMemory = int64_t{96} << 20;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace grumble::analyzer
