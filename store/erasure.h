#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/change.h"
#include "domain/post.h"
#include "domain/timestamp.h"
#include "store/database.h"

// Takes texts and persons out of the database, as the sites' terms ask: what
// was said, by whom and how it was received goes; that something of the kind
// was said stays counted. Offsets, prices and raw answers go with the text.
namespace grumble::store {

class Transaction;

/// Erases posts that were taken back, for good: no page that lands later, or
/// is read again, brings them back. Keys that were never stored are remembered
/// all the same. `reason` is the site's word: "deleted", "protected", ... Any
/// but "deleted" speaks of the author, who is forgotten too. One transaction;
/// raw pages lose them with scrub_pages. How many stored posts still had
/// something to lose.
int64_t erase_posts(Database& database,
                    const std::vector<domain::PostKey>& keys,
                    const std::string& reason);

/// The same within a transaction that the caller commits.
int64_t erase_gone(Transaction& transaction,
                   const std::vector<domain::Gone>& gone);

/// Empties the raw pages that hold what was erased since it was last called:
/// reads all of them once. A page that is not applied yet is left: applying it
/// empties it. How many it emptied.
int64_t scrub_pages(Database& database);

/// Erases everything that these authors wrote, and what is known of them;
/// `authors` are ids of the site, whatever the database stores. What they write
/// later lands again: accounts come back. Reads every post of the site: for a
/// batch, not for each author. One transaction. How many stored posts still had
/// something to lose.
int64_t erase_authors(Database& database, const std::string& platform,
                      const std::vector<std::string>& authors,
                      const std::string& reason);

/// Empties posts of a site that has shown them last, and that came in, longer
/// than `age` ago; up to 1,000 at a time. A later answer of the site fills them
/// again. How many.
int64_t clear_expired(Database& database, const std::string& platform,
                      std::chrono::seconds age);

/// What is still kept of a site.
struct Duty {
  std::string platform;
  int64_t texts = 0;
  /// When the oldest was last seen, where texts may not be kept for ever.
  std::optional<domain::Timestamp> oldest;
  int64_t erased = 0;
  std::optional<domain::Timestamp> last_erased_at;
  /// Since when raw pages may hold what is erased.
  std::optional<domain::Timestamp> raw_due_since;
};
std::vector<Duty> duties(Database& database);

}  // namespace grumble::store
