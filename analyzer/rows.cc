#include "analyzer/rows.h"

#include <algorithm>

namespace grumble::analyzer {
namespace {

constexpr size_t kMaxTries = 64;  // places that a row is tried at
constexpr size_t kWide = 3;       // edges of a row that fills no holes

}  // namespace

Rows::Rows(size_t max_memory)
    : slots_(max_memory / sizeof(Slot)),
      lists_(max_memory / sizeof(int)) {
  clear();
}

void Rows::clear() {
  slots_.clear();
  lists_.clear();
  known_lists_ = IndexTable();
  used_ = std::vector<bool>();
  wide_hint_ = narrow_hint_ = 1;
  lists_[0] = kEndOfList;
  lists_end_ = 1;
}

size_t Rows::bytes() const {
  return used_.size() * sizeof(Slot) + lists_end_ * sizeof(int) +
         known_lists_.bytes();
}

std::optional<uint32_t> Rows::list_of(const std::vector<int>& atoms) {
  if (atoms.empty()) return 0;
  if (lists_end_ + atoms.size() + 1 > lists_.size()) return std::nullopt;
  size_t hash = atoms.size();
  for (int atom : atoms) hash = mix(hash, static_cast<size_t>(atom));
  const auto fresh = static_cast<uint32_t>(lists_end_);
  const uint32_t list = known_lists_.intern(hash, fresh, [&](uint32_t other) {
    return std::equal(atoms.begin(), atoms.end(), lists_.data() + other) &&
           lists_[other + atoms.size()] == kEndOfList;
  });
  if (list != fresh) return list;
  for (int atom : atoms) lists_[lists_end_++] = atom;
  lists_[lists_end_++] = kEndOfList;
  return list;
}

uint32_t Rows::place(const std::vector<uint8_t>& edges, Accepted accepted,
                     uint32_t state, Near near) {
  const size_t base = find_base(edges, accepted.any(), near);
  if (base == 0) return 0;
  used_[base] = true;
  const auto owner = static_cast<uint32_t>(base);
  const auto write = [&](size_t at, uint32_t next) {
    slots_[base + at].store(Slot{owner, next}, std::memory_order_relaxed);
  };
  if (accepted.any()) {
    write(Slot::kBeforeOther, accepted.before_other);
    write(Slot::kBeforeWord, accepted.before_word);
  }
  for (const uint8_t byte : edges) write(byte, state | Slot::kUnbuilt);
  return owner;
}

bool Rows::is_free(size_t base, const std::vector<uint8_t>& edges,
                   bool accepts) {
  const auto free = [&](size_t at) {
    return slots_[base + at].load(std::memory_order_relaxed).owner == 0;
  };
  if (base + Slot::kBeforeWord >= slots_.size()) return false;
  if (base >= used_.size()) used_.resize(base + 1024);
  return !used_[base] &&
         (!accepts || (free(Slot::kBeforeOther) && free(Slot::kBeforeWord))) &&
         std::all_of(edges.begin(), edges.end(),
                     [&](uint8_t byte) { return free(byte); });
}

// A base at which all of a row falls into free slots; 0 when there is none.
// Bases are unique, since they name the states.
size_t Rows::find_base(const std::vector<uint8_t>& edges, bool accepts,
                       Near near) {
  // Best where the walk's next step stays in the same lines of memory.
  for (size_t i = 1; i <= kMaxTries; ++i) {
    const size_t at = near.from + i;
    if (at <= near.next) continue;
    if (is_free(at - near.next, edges, accepts)) return at - near.next;
  }
  size_t& hint = edges.size() < kWide ? narrow_hint_ : wide_hint_;
  size_t tries = 0;
  for (size_t base = hint; base + Slot::kBeforeWord < slots_.size(); ++base) {
    if (is_free(base, edges, accepts)) return base;
    if (used_[base]) {
      if (base == hint) ++hint;
      continue;
    }
    // A crowded stretch is left behind: packing stays fast.
    if (++tries == kMaxTries) {
      hint = base;
      tries = 0;
    }
  }
  return 0;
}

}  // namespace grumble::analyzer
