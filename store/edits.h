#pragma once

#include <string>
#include <vector>

#include "domain/change.h"
#include "store/counts.h"
#include "store/landing.h"
#include "store/statement.h"

// Posts of which there are several versions, each with an id of its own. All
// that came in are kept; the newest of them counts, and counts if any version
// was found by a query. What is stored depends on what came in, in whatever
// order. For store/ only.
namespace grumble::store {

/// Whether there is more than one version.
bool is_edited(const domain::EditChain& edit);

/// Notes the versions. A version that was taken back takes the others along.
/// To be called before their posts land, and alone (store/stored_posts.h).
void link_edits(Transaction& transaction,
                const std::vector<domain::EditChain>& edits);

/// To be called after `posts` have landed: leaves the newest version of each
/// counted.
void count_newest_versions(Transaction& transaction,
                           const std::vector<AnalysedPost>& posts,
                           Counts& counts);

}  // namespace grumble::store
