#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "domain/finding.h"
#include "domain/post.h"
#include "store/database.h"

namespace grumble::store {

/// A stored post as the analysis reads it, with what is stored of its context.
struct StoredText {
  domain::PostKey key;
  domain::Text text;
};

/// Posts in key order, from the one behind `after` on, at most `limit`: pages
/// of a walk over all that is stored, whatever its size.
std::vector<StoredText> stored_texts(Database& database,
                                     const domain::PostKey& after, int limit);

/// Those of the keys that are stored, in key order.
std::vector<StoredText> stored_texts(Database& database,
                                     const std::vector<domain::PostKey>& keys);

/// At most `most` stored posts from all over history, in key order. The same
/// ones while nothing lands.
std::vector<domain::PostKey> sample_of_posts(Database& database, int64_t most);

/// How many posts are stored.
int64_t count_posts(Database& database);

/// Findings and noise of stored posts as the shown rules read them: of a
/// finding its model, category, polarity, place and rule.
std::map<domain::PostKey, domain::Analysis> shown_analyses(
    Database& database, const std::vector<domain::PostKey>& keys);

}  // namespace grumble::store
