#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "domain/finding.h"
#include "domain/timestamp.h"
#include "store/database.h"

// Other rules read history anew. Everything that is stored is read into the
// slot that is not shown, newest first, while landings go on into the one that
// is and note what they change; then the two change places in one transaction,
// and what was shown before is cleared away. Each call below is a transaction
// or a few, and whoever dies between two of them leaves what the next one goes
// on with. Several programs may work on it at the same time.
namespace grumble::store {

struct Reanalysis {
  bool clearing = false;  ///< of the slot that nobody asks any more
  std::string ruleset;    ///< version that reads, or has read the cleared slot
  domain::Timestamp started_at;
  int64_t posts = 0;  ///< stored when it began
  int64_t done = 0;   ///< of them, about
  int64_t due = 0;    ///< landed or changed since, and to be read again
  /// All posts from this time on are read; absent: none.
  std::optional<domain::Timestamp> reached;
};

/// What is under way, if anything is.
std::optional<Reanalysis> reanalysis(Database& database);

/// How the rule set that is to come reads a text of this site.
using ReadText = std::function<domain::Analysis(const std::string& platform,
                                                const domain::Text& text)>;

/// Begins to apply a recorded rule set. Throws std::logic_error when something
/// is under way.
void begin_reanalysis(Database& database, const std::string& version);

/// Reads up to `limit` posts: those that were stored, newest first, then those
/// that are due. What was erased keeps what was found in it, and months whose
/// rows are gone keep their roll-ups. False when there is nothing left to do
/// but to show it, or when somebody else has shown or abandoned it.
bool read_some(Database& database, const ReadText& read, int limit);

/// Reads what is due and shows the rule set to come from then on, in one
/// transaction; landings wait for it, a moment. False when read_some() has
/// more to do than `most` posts that are due.
bool show_reanalysis(Database& database, const ReadText& read, int64_t most);

/// Leaves everything as it is shown; what was read so far is to be cleared.
void abandon_reanalysis(Database& database);

/// Clears away a part of what is not shown any more. False when nothing is
/// left. Throws DatabaseError with state 55P03 when somebody still looks at
/// it: try again in a while.
bool clear_some(Database& database);

/// Whether another program lands at this moment.
bool others_land(Database& database);

}  // namespace grumble::store
