#pragma once

#include <optional>
#include <string>

#include "domain/timestamp.h"
#include "store/database.h"

// Rule sets that have read posts. Their texts are kept for ever; one is shown:
// everything lands as it reads, until another is applied to all that is stored
// (store/reanalysis.h).
namespace grumble::store {

struct Ruleset {
  std::string version;  ///< hash of the rule files, in hex
  domain::Timestamp activated_at;
};

/// Keeps a rule set's text for ever. The first one of a database is shown from
/// now on.
void record_ruleset(Database& database, const std::string& version,
                    const std::string& files);

/// Shows a recorded rule set from now on, and leaves what others have read as
/// it is: for one that took the place of one that nobody can read by any more.
void adopt_ruleset(Database& database, const std::string& version);

/// The rule set that is shown.
std::optional<Ruleset> current_ruleset(Database& database);

/// Whether posts are stored that other rule sets have read.
bool mixed_rulesets(Database& database);

/// The text of a recorded rule set.
std::optional<std::string> ruleset_files(Database& database,
                                         const std::string& version);

}  // namespace grumble::store
