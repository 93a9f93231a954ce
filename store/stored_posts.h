#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/post.h"
#include "store/columns.h"
#include "store/rollup.h"
#include "store/statement.h"

namespace grumble::store {

/// How history is kept, as the one row of `history` says.
struct History {
  int64_t slot = 0;               ///< of the analysis that is shown
  int64_t ruleset = 0;            ///< that read it
  std::string zone;               ///< where days and weeks are cut
  int64_t hours_from = 0;         ///< seconds of the epoch
  int64_t weeks_from = 0;         ///< the same; of '-infinity' the year 1
  std::optional<int64_t> coming;  ///< slot that a re-analysis fills
};

/// Transactions do not see what lands beside them. Who lands posts does so
/// beside others; whose outcome hangs on what they land, as it does when there
/// are versions of a post or posts are erased, does so alone. Either until the
/// transaction ends, which calls one of them once and before it locks posts.
void land_beside_others(Transaction& transaction);
void land_alone(Transaction& transaction);

/// Reads it, and keeps the slots and the hours from moving until the
/// transaction ends.
History lock_history(Transaction& transaction);

/// Keeps everybody who locks history out until the transaction ends.
void stop_history(Transaction& transaction);

/// Has the re-analysis under way, if there is one, read these posts again.
/// `keys`: platforms, post ids, created_at.
void note_due(Transaction& transaction, const History& history,
              const Columns& keys);

/// A stored post, as far as its text and its parents need it. The row begins
/// with platform, post_id, kind, title, text, site_lang, conversation_id,
/// parents.
domain::Post stored_post(const Rows& rows, size_t row);

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
