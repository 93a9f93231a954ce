#include "store/counts.h"

namespace grumble::store {

RollupChange& Counts::of(int64_t slot) {
  return changes_.try_emplace(slot, history_.hours_from, history_.weeks_from)
      .first->second;
}

void Counts::anew(const Columns& keys, const std::function<void()>& change) {
  const auto before = read_countable(transaction_, history_, keys);
  change();
  for (const auto& [key, post] : before) of(key.first).remove(post);
  for (const auto& [key, post] : read_countable(transaction_, history_, keys)) {
    of(key.first).add(post);
  }
}

void Counts::write() {
  for (const auto& [slot, change] : changes_) change.write(transaction_, slot);
  changes_.clear();
}

}  // namespace grumble::store
