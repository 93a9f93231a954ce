#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/index_table.h"
#include "analyzer/reserved.h"

namespace grumble::analyzer {

/// One transition. A state is named by its base, the index of its transition
/// on byte 0; a slot belongs to the state that `owner` names. Where matches
/// end, the slots behind the last byte's hold the lists of their atoms. Aligned
/// to its size: then every compiler reads and writes it in one instruction.
struct alignas(8) Slot {
  uint32_t owner = 0;
  uint32_t next = 0;

  static constexpr uint32_t kAccepts = 0x80000000;  ///< `next` ends a match
  /// `next` names the state that the slot leaves: the one behind is not built.
  static constexpr uint32_t kUnbuilt = 0x40000000;
  static constexpr uint32_t kState = kUnbuilt - 1;  ///< what names a state
  static constexpr size_t kBeforeOther = 256;  ///< the list, if no word comes
  static constexpr size_t kBeforeWord = 257;
};

/// The transitions of all states in one array, where their rows fill each
/// other's holes, and the lists of atoms that they accept. Slots and lists are
/// read while it grows; all else is for one thread at a time.
class Rows {
 public:
  static constexpr int kEndOfList = -1;

  /// Room for so many bytes of slots, and of lists.
  explicit Rows(size_t max_memory);

  /// The places of a state's lists; 0 where it has none.
  struct Accepted {
    uint32_t before_word = 0;
    uint32_t before_other = 0;
    bool any() const { return before_word != 0 || before_other != 0; }
  };
  /// The slot that leads to the state, and the byte that leaves it: it is best
  /// near by.
  struct Near {
    size_t from = 0;
    size_t next = 0;
  };

  /// Where the atoms stand in the lists; nothing when there is no room.
  std::optional<uint32_t> list_of(const std::vector<int>& atoms);
  /// Writes a row whose `edges` lead to what is not built yet: their slots name
  /// `state`. Returns its base, or 0 when there is no room.
  uint32_t place(const std::vector<uint8_t>& edges, Accepted accepted,
                 uint32_t state, Near near);

  Slot load(size_t at) const {
    return slots_[at].load(std::memory_order_acquire);
  }
  void store(size_t at, Slot slot) {
    slots_[at].store(slot, std::memory_order_release);
  }
  const std::atomic<Slot>* slots() const { return slots_.data(); }
  const int* lists() const { return lists_.data(); }

  size_t bytes() const;
  void clear();

 private:
  bool is_free(size_t base, const std::vector<uint8_t>& edges, bool accepts);
  size_t find_base(const std::vector<uint8_t>& edges, bool accepts, Near near);

  Reserved<std::atomic<Slot>> slots_;
  Reserved<int> lists_;
  IndexTable known_lists_;
  size_t lists_end_ = 0;
  std::vector<bool> used_;  ///< which bases name states
  size_t wide_hint_ = 1;
  size_t narrow_hint_ = 1;
};

}  // namespace grumble::analyzer
