#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace grumble::analyzer {

/// Mixes a value into a hash.
constexpr size_t mix(size_t hash, size_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29);
}

/// Finds equal things again that lie in somebody else's array: a hash table of
/// their indexes.
class IndexTable {
 public:
  /// The index of what has this hash and is the `same(index)`; else `fresh`,
  /// which is known from now on.
  template <typename Same>
  uint32_t intern(size_t hash, uint32_t fresh, Same same) {
    make_room();
    const auto part = static_cast<uint32_t>(hash);
    for (size_t at = part & mask();; at = (at + 1) & mask()) {
      Entry& entry = entries_[at];
      if (entry.place == 0) {
        entry = {part, fresh + 1};
        ++count_;
        return fresh;
      }
      if (entry.hash == part && same(entry.place - 1)) return entry.place - 1;
    }
  }

  /// Forgets the indexes from `size` on, and gives their room back.
  void truncate(uint32_t size) {
    IndexTable left;
    for (const Entry& entry : entries_) {
      if (entry.place == 0 || entry.place > size) continue;
      left.make_room();
      left.put(entry);
    }
    *this = std::move(left);
  }

  size_t bytes() const { return entries_.size() * sizeof(Entry); }

 private:
  struct Entry {
    uint32_t hash = 0;
    uint32_t place = 0;  ///< index + 1; 0: free
  };

  size_t mask() const { return entries_.size() - 1; }

  void put(Entry entry) {
    size_t at = entry.hash & mask();
    while (entries_[at].place != 0) at = (at + 1) & mask();
    entries_[at] = entry;
    ++count_;
  }

  void make_room() {
    if (entries_.size() * 3 >= 4 * (count_ + 1)) return;
    std::vector<Entry> old(std::max<size_t>(64, 2 * entries_.size()));
    old.swap(entries_);
    count_ = 0;
    for (const Entry& entry : old) {
      if (entry.place != 0) put(entry);
    }
  }

  std::vector<Entry> entries_;
  size_t count_ = 0;
};

}  // namespace grumble::analyzer
