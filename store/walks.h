#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/gap.h"
#include "domain/timestamp.h"
#include "store/database.h"
#include "store/lease.h"

// Walks and their gaps: what has landed, what has not, and what never will.
namespace grumble::store {

/// Two bounds, themselves excluded.
struct Bounds {
  int64_t lo = 0;
  int64_t hi = 0;
};

/// A list to walk that was met on the way; see collector::Lead.
struct NewList {
  std::string list;
  std::string subject;
  std::string items;
  int64_t mark = 0;
};

/// What a new round of a query starts from.
struct RoundStart {
  std::optional<int64_t> top;      ///< of the query's own list
  bool unfinished = false;         ///< that list has an open gap
  std::vector<std::string> known;  ///< ids of its videos with comments, newest
                                   ///< first
  domain::Timestamp now;           ///< the database's clock
};

/// A new round: the range that it opens, and lists to look at again.
struct NewRound {
  std::string source;
  std::string query;
  std::string list;
  std::optional<Bounds> open;
  std::optional<Bounds> unreachable;
  int64_t top = 0;
  std::vector<NewList> lists;
  std::string refreshed{};  ///< mark of the DuePosts that `lists` asks for
};

/// What becomes of a gap.
struct GapMove {
  domain::Gap gap;  ///< as it is from now on; id and version of before
  bool closed = false;
  std::string reason;
};

/// `known` holds at most `limit` ids.
RoundStart next_round(Database& database, const std::string& source,
                      const std::string& query, int limit);

/// Opens the range and moves the top, in one transaction. Throws LeaseLost.
void open_round(Database& database, const Lease& lease, const NewRound& round);

/// Opens what is not open yet between the bounds, up to the top of the query's
/// list; a list that was never walked gets `top`. How many gaps. Needs no
/// lease: whoever collects finds them in its next round.
int64_t open_backfill(Database& database, const std::string& source,
                      const std::string& list, const std::string& query,
                      const Bounds& bounds, int64_t top);

/// Open gaps of a query: the newest and the oldest of them, `limit` in all.
std::vector<domain::Gap> open_gaps(Database& database,
                                   const std::string& source,
                                   const std::string& query, int limit);

/// Records the lost part as unreachable; what is left of the gap, or nothing.
/// Throws LeaseLost.
std::optional<domain::Gap> clip_gap(Database& database, const Lease& lease,
                                    const domain::Gap& rest,
                                    const Bounds& lost);

/// One gap for a person.
struct GapRow {
  std::string source;
  std::string query;
  std::string list;
  std::string subject;
  int64_t id = 0;
  std::string state;
  int64_t lo = 0;
  int64_t hi = 0;
  std::optional<domain::Timestamp> since;  ///< where the ids tell
  std::optional<domain::Timestamp> until;
  std::string reason;
  int64_t tries = 0;
  std::optional<domain::Timestamp> not_before;
  domain::Timestamp opened_at;
};

/// All that are open or unreachable, oldest first.
std::vector<GapRow> gaps(Database& database);

}  // namespace grumble::store
