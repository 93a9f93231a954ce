#pragma once

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

}  // namespace grumble::store
