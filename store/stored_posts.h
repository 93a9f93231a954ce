#pragma once

#include <map>
#include <utility>
#include <vector>

#include "domain/post.h"
#include "store/columns.h"
#include "store/rollup.h"
#include "store/statement.h"

namespace grumble::store {

/// How history is kept, as the one row of `history` says.
struct History {
  int64_t slot = 0;        ///< of the analysis that is shown
  std::string zone;        ///< where days and weeks are cut
  int64_t hours_from = 0;  ///< seconds of the epoch
  int64_t weeks_from = 0;  ///< the same; of '-infinity' the year 1
};

/// Reads it, and keeps the slot and the hours from moving until the
/// transaction ends.
History lock_history(Transaction& transaction);

/// Makes the partitions that the posts of these times need, in a slot.
void ensure_months(Transaction& transaction, int64_t slot,
                   const std::vector<domain::Timestamp>& times);

/// Locks stored posts against every other writer, in key order. `keys`:
/// platforms, post ids.
void lock_posts(Transaction& transaction, const Columns& keys);

/// Locked posts as the roll-ups of each slot have counted them. Posts that are
/// not stored are left out.
using SlotKey = std::pair<int64_t, domain::PostKey>;
std::map<SlotKey, Countable> read_countable(Transaction& transaction,
                                            const History& history,
                                            const Columns& keys);

}  // namespace grumble::store
