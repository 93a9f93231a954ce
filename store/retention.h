#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/post.h"
#include "domain/timestamp.h"
#include "store/database.h"

// How long what is kept, and letting go of the rest.
namespace grumble::store {

struct RetentionPolicy {
  /// Posts of all sites, by the time they were made: whole months (UTC) go at
  /// once, what was counted of them stays for ever. Absent: for ever.
  std::optional<std::chrono::seconds> posts;
  /// Posts of a site and all that was counted of them.
  std::map<std::string, std::chrono::seconds> posts_of;
  /// Texts of a site since it showed them last; what was found in them stays.
  std::map<std::string, std::chrono::seconds> texts_of;
  /// Answers as they came.
  std::chrono::seconds answers{14 * 86'400};
};

/// One term of a policy and what is past it.
struct PastTerm {
  std::string what;    ///< "months", "posts", "texts", "answers"
  std::string source;  ///< empty: all
  domain::Timestamp before;
  int64_t items = 0;  ///< posts; of answers: pages
};

/// What enforce_retention() would let go of now. Changes nothing; counts rows.
std::vector<PastTerm> past_terms(Database& database,
                                 const RetentionPolicy& policy);

/// Lets go of everything that is past its term, in small transactions, until
/// done or `go_on` says no. What went. Going on after a crash takes nothing but
/// the same call. Throws DatabaseError as retain() does.
std::vector<PastTerm> enforce_retention(
    Database& database, const RetentionPolicy& policy,
    const std::function<bool()>& go_on = [] { return true; });

/// Deletes posts and what was read from them, and takes them out of the
/// roll-ups. Returns how many were stored.
int64_t delete_posts(Database& database,
                     const std::vector<domain::PostKey>& keys);

}  // namespace grumble::store
