#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/timestamp.h"
#include "store/database.h"
#include "store/report_queries.h"

// What was collected, what stood in the way, and what it cost: from schema
// `report`. Of a filter they take the time (`since` must be there), platforms
// as sources, zone, and whether noise and context count.
namespace grumble::store {

struct CoverageDay {
  std::string day;  ///< "2024-12-09", in `filter.tz`
  std::string source;
  int64_t posts = 0;    ///< counted
  int64_t noise = 0;    ///< of all posts; counted above when the filter says so
  int64_t context = 0;  ///< parents that no query returned; likewise
  int64_t gaps = 0;     ///< open or out of reach, that overlap the day
  int64_t stops = 0;    ///< queries that a cap held back
  int64_t requests = 0;
};
/// By day and source, without gaps.
std::vector<CoverageDay> coverage_by_day(Database& database,
                                         const Filter& filter);

/// Why something was not collected.
struct Stop {
  std::string kind;  ///< "cap", "rest" (a breaker), "list" (that a site does
                     ///< not give: comments disabled, a video gone)
  std::string source;
  std::string query;
  std::string what;  ///< a bucket, or the kind of list
  std::string reason;
  int64_t times = 0;  ///< requests not sent, failures in a row, lists
  std::optional<domain::Timestamp> since;
  std::optional<domain::Timestamp> until;  ///< tried again from then on
};
/// What stands in the way now, and every cap that was reached since then.
std::vector<Stop> stops(Database& database, domain::Timestamp since);

struct SpentDay {
  std::string day;
  std::string source;
  std::string query;
  std::string bucket;
  double spent = 0;    ///< in `unit`
  double pending = 0;  ///< reserved or unknown: the most that it can come to
  std::string unit;    ///< "USD", "searches", "units"
  int64_t requests = 0;
};
std::vector<SpentDay> spent_by_day(Database& database, const Filter& filter);

/// What a query cost in a time, and what the posts of that time hold that it
/// found.
struct QueryCost {
  std::string source;
  std::string query;
  std::string bucket;
  double spent = 0;
  double pending = 0;
  std::string unit;
  int64_t requests = 0;
  int64_t posts = 0;
  int64_t findings = 0;
  std::optional<double> per_finding;  ///< absent without findings
};
std::vector<QueryCost> cost_by_query(Database& database, const Filter& filter);

}  // namespace grumble::store
