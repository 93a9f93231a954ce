#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/automaton.h"

namespace grumble::analyzer {

/// A stretch of folded text, in bytes.
struct Span {
  size_t begin = 0;
  size_t end = 0;

  bool operator==(const Span&) const = default;
};

/// Which atoms a text holds, and where. Reuse one object for many texts.
struct Hits {
  std::vector<int> ids;        ///< ascending
  std::vector<uint8_t> holds;  ///< by atom id

  /// The places of one atom: leftmost, longest, without overlaps.
  std::span<const RawHit> places(int atom) const;

 private:
  friend class Matcher;
  /// One atom's part of `places_`.
  struct Share {
    uint32_t taken = 0;  ///< the end of its last place
    uint32_t count = 0;
    uint32_t end = 0;
  };

  /// Added to an atom's id where only its beginning was found.
  static constexpr int kBegun = 1 << 30;

  void clear(size_t atoms);
  void put(const RawHit& hit);
  void keep_longest();
  void settle();

  std::vector<RawHit> raw_;      ///< what a few starts have led to
  std::vector<RawHit> found_;    ///< by begin
  std::vector<RawHit> places_;   ///< by atom, then begin
  std::vector<Share> shares_;    ///< by atom
  std::vector<uint64_t> among_;  ///< a bit an atom
  std::vector<int> begun_;       ///< atoms for RE2 to look for
};

/// All atoms (patterns) in one automaton that tells in one pass which of them a
/// text holds and where. Atoms that the automaton does not take (see
/// read_syntax) are left to RE2, where their beginnings stand in a text. Fill,
/// compile once, then use from any thread. Linear in the text's length.
class Matcher {
 public:
  Matcher();
  ~Matcher();
  Matcher(Matcher&&) noexcept;

  /// The id of the atom; the same pattern twice gives the same id. Throws
  /// std::invalid_argument when it is no pattern.
  int add(const std::string& pattern);

  /// `max_memory` bounds what the automaton keeps for texts, in bytes. With too
  /// little of it matching is slow, never wrong.
  void compile(int64_t max_memory = kDefaultMemory);

  /// Gives back the memory that texts have asked for.
  void forget() const;

  /// Throws std::length_error when the text has 4 GiB or more.
  void match(std::string_view text, Hits& hits) const {
    match(text, 0, text.size(), hits);
  }
  /// What lies in the text's part [begin, end); borders are told by the rest.
  void match(std::string_view text, size_t begin, size_t end, Hits& hits) const;

  /// Every place of one atom in the text's part [begin, end), by RE2, whether
  /// compiled or not; leftmost, longest, no overlaps; appended to `spans`.
  void find(int atom, std::string_view text, size_t begin, size_t end,
            std::vector<Span>& spans) const;

  bool holds(int atom, std::string_view text, size_t begin, size_t end) const;

  size_t size() const;
  const std::string& pattern(int atom) const;
  /// A guess at how often it matches, per place: for comparing atoms.
  double chance(int atom) const;

  struct Shape {
    size_t states = 0;       ///< of the automaton, that texts have asked for
    size_t bytes = 0;        ///< that it keeps
    size_t left_to_re2 = 0;  ///< atoms that it does not take
  };
  Shape shape() const;

  static constexpr int64_t kDefaultMemory = int64_t{16} << 20;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace grumble::analyzer
