#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "domain/timestamp.h"
#include "store/database.h"

namespace grumble::store {

/// A roll-up that is not what the rows add up to.
struct RollupFault {
  char grain = 'd';  ///< hour, day, week, or 'e' for all time
  domain::Timestamp start;
  std::optional<int64_t> kept;      ///< posts; absent: no such cell
  std::optional<int64_t> expected;  ///< equal when something else differs
};

struct Verification {
  int64_t posts = 0;
  int64_t rollups = 0;  ///< all grains
  int64_t months = 0;
  std::vector<RollupFault> faults;  ///< at most 1,000
};

/// Counts every post again from the rows and compares with the roll-ups, of
/// one state of the database. A cell that waits for repair may count authors
/// who are gone, and nothing else.
Verification verify_rollups(Database& database);

/// What wants doing every hour: partitions ahead, hours that are too old for
/// roll-ups by hour, roll-ups by week where they are missing, and sketches with
/// authors that are gone. Returns the number of sketches repaired.
int64_t tend_history(Database& database);

/// What retain() let go of.
struct Retained {
  domain::Timestamp from;  ///< posts are stored from this time on
  int64_t months = 0;      ///< whose rows were dropped
  int64_t posts = 0;
};

/// Keeps the rows of this month (UTC) and of later ones only. Whole partitions
/// go, one month a transaction; landings wait for half a second at most, and
/// no post of before is stored again. Roll-ups stay: questions of whole days
/// are answered as before, evidence and part of a day are not. Going on after
/// a crash takes nothing but the same call. Throws DatabaseError when somebody
/// reads the old months for longer than a minute, and while a re-analysis reads
/// them.
Retained retain(Database& database, domain::Timestamp month);

}  // namespace grumble::store
