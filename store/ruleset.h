#pragma once

#include <optional>
#include <string>

#include "domain/timestamp.h"
#include "store/database.h"

namespace grumble::store {

struct Ruleset {
  std::string version;  ///< hash of the rule files, in hex
  domain::Timestamp activated_at;
};

/// Keeps a rule set's text for ever and makes it the current one. Does nothing
/// when it is that already.
void record_ruleset(Database& database, const std::string& version,
                    const std::string& files);

/// The rule set that was made current last.
std::optional<Ruleset> current_ruleset(Database& database);

}  // namespace grumble::store
