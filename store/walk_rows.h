#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/timestamp.h"
#include "store/statement.h"
#include "store/walks.h"

// Steps of transactions that belong to walks; for store/ only.
namespace grumble::store {

/// Opens what is new of these lists, as the site had them when its clock was at
/// `seen`: now, unless that is earlier. Ids of the gaps.
std::vector<int64_t> open_lists(Transaction& transaction,
                                const std::string& source,
                                const std::string& query,
                                const std::vector<NewList>& lists,
                                std::optional<domain::Timestamp> seen);

/// Moves the gap if it is still open at its version; notes the end of a round
/// when it was the last. Whether it moved.
bool move_gap(Transaction& transaction, const GapMove& move);

/// Marks the walk of a gap as final for a week.
void end_walk(Transaction& transaction, const domain::Gap& gap,
              const std::string& reason);

/// The open ones among these.
std::vector<domain::Gap> gaps_with_ids(Transaction& transaction,
                                       const std::vector<int64_t>& ids);

}  // namespace grumble::store
