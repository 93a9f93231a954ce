#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/change.h"
#include "domain/finding.h"
#include "domain/post.h"
#include "store/database.h"

namespace grumble::store {

class Transaction;

/// A post and what was read from its `domain::full_text`.
struct AnalysedPost {
  domain::Post post;
  domain::Analysis analysis;
};

/// A batch was read by a rule set that is not the one shown: others have been
/// applied since. Nothing landed; read the batch by the present rules and land
/// it then.
class RulesetChanged : public DatabaseError {
 public:
  /// The state is that of a transaction that came too late.
  explicit RulesetChanged(const std::string& what)
      : DatabaseError(what, "40001") {}
};

/// The items of one page, or of one slice of a file: they land together.
struct Batch {
  std::string source;  ///< configured source, or the import's name
  std::string query;   ///< query that found the posts; empty for imports
  std::vector<AnalysedPost> posts;  ///< any order, repeats allowed
  std::vector<domain::Author> authors;
  std::vector<domain::Reject> rejects;
  std::vector<domain::Gone> gone;  ///< a page's, to be erased with it
  std::vector<domain::EditChain> edits;
  /// Queries besides `query` that found a post.
  std::map<domain::PostKey, std::vector<std::string>> found_by;
  std::string ruleset;  ///< version that analysed: the one that is shown
  std::optional<int64_t> page;  ///< raw page that the items stand on
};

/// posts given = inserted + updated + unchanged + duplicates + those of them
/// that were refused and turned into rejects.
struct Landed {
  int64_t inserted = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;   ///< already stored, in this or a newer state
  int64_t duplicates = 0;  ///< repeats within the batch
  int64_t rejected = 0;    ///< the batch's rejects and the refused posts
};

/// Lands the batch in one transaction, all or nothing. Landing it again changes
/// no row. A stored post changes only towards a newer `observed_at`,
/// which moves on its own when it is a day newer; counters
/// that the newer state lacks are kept; `context_only` only goes from true to
/// false; findings are rewritten only when the analysis differs. Of a post's
/// versions the newest counts. Posts that were erased (store/erasure.h) stay
/// so, and posts of months that were dropped (store/history.h) are left out:
/// both count as unchanged. A post whose texts hold a NUL byte or are not
/// UTF-8, or whose ids are longer than any site's, becomes a reject. What lands
/// or changes while a re-analysis is under way is noted for it. Throws
/// RulesetChanged and other DatabaseErrors, and std::invalid_argument when a
/// finding's span is not within its text.
Landed land(Database& database, const Batch& batch);

/// The same within a transaction that holds more than the items, and that the
/// caller commits: a page also moves its walk (store/page.h).
Landed land_items(Transaction& transaction, const Batch& batch);

}  // namespace grumble::store
