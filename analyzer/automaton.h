#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/large_pages.h"
#include "analyzer/pattern_syntax.h"

namespace grumble::analyzer {

/// One atom at one place of a text, in bytes.
struct RawHit {
  int atom = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
};

/// All patterns of a rule set as one deterministic automaton that is walked
/// from every place where one of them could begin. Built whole at set-up, so a
/// scan takes no memory, cannot fail and needs no lock. A walk ends at the
/// first byte that no pattern allows; the loops that read_syntax() admits make
/// the steps of all walks linear in the text.
class Automaton {
 public:
  /// Builds from patterns by atom id. Empty (see built()) when it would take
  /// more than `max_memory` bytes.
  Automaton(const std::vector<std::pair<int, SyntaxNode>>& patterns,
            int64_t max_memory);

  bool built() const { return !slots_.empty(); }
  size_t states() const { return states_; }
  /// Bytes that the finished tables take.
  size_t memory() const;

  /// Every match of every atom that lies in [from, to), by start; of one
  /// start, an atom's longer matches come later. What stands before and behind
  /// tells borders. Calls `walked` with the first new hit's index after each
  /// start that had any. `text` is at most 2^32 - 1 bytes.
  template <typename Walked>
  void scan(std::string_view text, size_t from, size_t to,
            std::vector<RawHit>& hits, Walked walked) const;

 private:
  friend class AutomatonBuilder;
  /// One transition. A state is the index of its transition on byte 0; a slot
  /// belongs to the state that `owner` names. Where a match ends, the slot
  /// behind the last byte's holds the index of its Accepts.
  struct Slot {
    uint32_t owner = 0;
    uint32_t next = 0;  ///< kAccepts where the next state ends a match
  };
  /// Atoms that end at a state when a word byte, or none, comes next.
  struct Accepts {
    uint32_t before_word = 0;  ///< into atoms_, a list up to kEndOfList
    uint32_t before_other = 0;
  };
  static constexpr uint32_t kAccepts = 0x80000000;
  static constexpr size_t kAcceptSlot = 256;
  static constexpr int kEndOfList = -1;

  static constexpr std::array<bool, 256> kIsWord = [] {
    std::array<bool, 256> is{};
    for (unsigned c = 0; c < 256; ++c) {
      is[c] = is_word_byte(static_cast<unsigned char>(c));
    }
    return is;
  }();

  void accept(uint32_t state, bool word, size_t begin, size_t end,
              std::vector<RawHit>& hits) const;

  std::vector<Slot, LargePages<Slot>> slots_;
  std::vector<Accepts> accepts_;
  std::vector<int> atoms_;
  /// At the text's begin, behind a byte of no word, behind one of a word.
  std::array<uint32_t, 3> start_{};
  size_t states_ = 0;
};

template <typename Walked>
void Automaton::scan(std::string_view text, size_t from, size_t to,
                     std::vector<RawHit>& hits, Walked walked) const {
  const Slot* const slots = slots_.data();
  const char* const bytes = text.data();
  const size_t size = text.size();
  const auto byte_at = [&](size_t at) {
    return static_cast<unsigned char>(at < size ? bytes[at] : ' ');
  };
  size_t behind = from == 0 ? 0 : 1 + kIsWord[byte_at(from - 1)];
  for (size_t begin = from; begin < to; ++begin) {
    uint32_t state = start_[behind];
    const auto first = static_cast<unsigned char>(bytes[begin]);
    behind = 1 + kIsWord[first];
    const Slot* slot = slots + state + first;
    if (slot->owner != state) continue;
    const size_t before = hits.size();
    for (size_t at = begin;;) {
      state = slot->next & ~kAccepts;
      const unsigned char next = byte_at(++at);
      if (slot->next & kAccepts) {
        accept(state, kIsWord[next], begin, at, hits);
      }
      if (at == to) break;
      slot = slots + state + next;
      if (slot->owner != state) break;
    }
    if (hits.size() > before) walked(before);
  }
}

}  // namespace grumble::analyzer
