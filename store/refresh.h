#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "domain/post.h"
#include "store/database.h"

// Which known posts are to be asked for again, so that their counters follow
// what became of them and those that were taken back are missed. A schedule is
// a list of ages: a post is due once at each of them, unless it was seen since
// it was so old. A schedule begins with the posts that reach an age from its
// first use on.
namespace grumble::store {

class Transaction;

struct DuePost {
  domain::PostKind kind = domain::PostKind::post;
  std::string id;
};

struct DuePosts {
  std::vector<DuePost> posts;  ///< of one age, oldest first
  std::string mark;            ///< for note_refresh; empty: nothing to note
};

/// Up to `limit` posts of a site that a query found and whose text is kept.
/// Nothing while requests of the last refresh are under way. The longest age
/// comes first: whoever is due at several is asked for once.
DuePosts due_posts(Database& database, const std::string& source,
                   const std::string& platform,
                   const std::vector<std::chrono::seconds>& ages, int limit,
                   std::optional<domain::Timestamp> now = std::nullopt);

/// What was due is on its way; for store/ only.
void note_refresh(Transaction& transaction, const std::string& source,
                  const std::string& mark);

}  // namespace grumble::store
