#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "analyzer/machine.h"
#include "analyzer/rows.h"

namespace grumble::analyzer {

/// One atom at one place of a text, in bytes.
struct RawHit {
  int atom = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
};

/// All patterns of a rule set as one deterministic automaton that is walked
/// from every place where one of them could begin. A state is built when a text
/// first leads to it, for all threads: what texts never ask for costs nothing.
/// When its memory is full, what is not yet built is worked out anew to the end
/// of the scan, and the next one begins with all states forgotten: slow, never
/// wrong. A walk ends at the first byte that no pattern allows; the
/// loops that read_syntax() admits make the steps of all walks linear in the
/// text. Safe from any thread; takes a lock only where a state is new.
class Automaton {
 public:
  /// `max_memory` bounds what is kept for states, in bytes; below kLeastMemory
  /// it counts as that much.
  Automaton(Machine machine, int64_t max_memory);
  ~Automaton();

  /// Begins anew, and gives the memory back.
  void forget() const;

  size_t states() const;  ///< built by now
  size_t memory() const;  ///< bytes of what is kept by now

  /// The matches of every atom that lie in [from, to) and begin at one of its
  /// first places; by start; of one start, an atom's longer matches come later.
  /// Appended to `hits`. Returns where to go on: call again from there until it
  /// is `to`. What stands before and behind tells borders. `text` is at most
  /// 2^32 - 1 bytes.
  size_t scan(std::string_view text, size_t from, size_t to,
              std::vector<RawHit>& hits) const;

  static constexpr int64_t kLeastMemory = int64_t{1} << 17;

 private:
  static constexpr std::array<bool, 256> kIsWord = [] {
    std::array<bool, 256> is{};
    for (unsigned c = 0; c < 256; ++c) {
      is[c] = is_word_byte(static_cast<unsigned char>(c));
    }
    return is;
  }();

  /// Walks that go on side by side: while one waits for memory, others do
  /// not. Each has taken its bytes before `at`, the last by way of `slot`.
  struct Lane {
    uint32_t begin;
    uint32_t at;
    uint32_t slot;
    uint32_t next;  ///< what stands in the slot
  };
  static constexpr size_t kLanes = 16;

  /// A match that a walk has met; `slot` holds the list of its atoms.
  struct Accepted {
    uint32_t begin;
    uint32_t end;
    uint32_t slot;
  };

  /// Where a walk stands: the text, its begin, and the bytes taken.
  struct Walk {
    std::string_view text;
    size_t begin;
    size_t at;
    size_t to;
  };

  /// A text's end is as good as a space.
  static unsigned char byte_at(std::string_view text, size_t at) {
    return static_cast<unsigned char>(at < text.size() ? text[at] : ' ');
  }
  Slot slot(size_t at) const {
    return slots_[at].load(std::memory_order_acquire);
  }
  size_t start_lanes(std::string_view text, size_t& from, size_t to,
                     std::array<Lane, kLanes>& lanes, size_t count) const;
  void write(std::vector<Accepted>& accepted, std::vector<RawHit>& hits) const;
  /// Builds the state that a slot leads to, and that `byte` will leave; what
  /// stands in the slot then.
  uint32_t build(uint32_t at, unsigned char byte) const;
  /// Goes on behind a slot whose state could not be built.
  void walk_on(uint32_t at, Walk walk, std::vector<RawHit>& hits) const;

  class Table;
  std::unique_ptr<Table> table_;
  const std::atomic<Slot>* slots_;
  const int* lists_;
};

}  // namespace grumble::analyzer
