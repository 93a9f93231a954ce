// What was collected, what stood in the way, and what it cost.

#include "store/coverage.h"

#include <fmt/format.h>

#include <iostream>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/session.h"
#include "store/walks.h"

namespace grumble::app {
namespace {

Cell time_cell(const std::optional<domain::Timestamp>& time) {
  return time ? Cell(domain::to_string(*time)) : Cell();
}

/// The options' filter, of the last 30 days unless they say otherwise.
store::Filter recent(const Options& options, const Config& config,
                     store::Database& database) {
  Options asked = options;
  if (asked.since.empty()) asked.since = "30d";
  store::Filter filter = filter_from(asked, config);
  resolve(database, filter);
  return filter;
}

}  // namespace

int run_coverage(const Options& options) {
  const Config config = config_from(options);
  const Session session(config, Session::Use::questions);
  store::Database database = session.connect();
  const store::Filter filter = recent(options, config, database);
  Records records{{"day", "source", "posts", "noise", "parents", "gaps",
                   "stops", "requests"},
                  {}};
  for (const auto& day : store::coverage_by_day(database, filter)) {
    records.rows.push_back({day.day, day.source, day.posts, day.noise,
                            day.context, day.gaps, day.stops, day.requests});
  }
  const int status = write_records(options, records);
  if (!options.quiet) {
    std::cerr << fmt::format(
        "days in {}; posts are counted by the day they were made, {}; {} "
        "gap(s): 'grumble gaps'; {} thing(s) in the way: 'grumble stops'\n",
        filter.tz, filter.include_noise ? "with noise" : "without noise",
        store::gaps(database).size(),
        store::stops(database, *filter.since).size());
  }
  return status;
}

int run_stops(const Options& options) {
  const Config config = config_from(options);
  const Session session(config, Session::Use::questions);
  store::Database database = session.connect();
  const store::Filter filter = recent(options, config, database);
  Records records{
      {"kind", "source", "query", "what", "reason", "times", "since", "until"},
      {}};
  for (const auto& stop : store::stops(database, *filter.since)) {
    records.rows.push_back({stop.kind, stop.source, stop.query, stop.what,
                            stop.reason, stop.times, time_cell(stop.since),
                            time_cell(stop.until)});
  }
  return write_records(options, records);
}

int run_cost(const Options& options) {
  const Config config = config_from(options);
  const Session session(config, Session::Use::questions);
  store::Database database = session.connect();
  const store::Filter filter = recent(options, config, database);
  if (options.by_day) {
    Records records{{"day", "source", "query", "bucket", "spent", "pending",
                     "unit", "requests"},
                    {}};
    for (const auto& day : store::spent_by_day(database, filter)) {
      records.rows.push_back({day.day, day.source, day.query, day.bucket,
                              day.spent, day.pending, day.unit, day.requests});
    }
    return write_records(options, records);
  }
  Records records{{"source", "query", "bucket", "spent", "pending", "unit",
                   "requests", "posts", "findings", "per_finding"},
                  {}};
  for (const auto& cost : store::cost_by_query(database, filter)) {
    records.rows.push_back(
        {cost.source, cost.query, cost.bucket, cost.spent, cost.pending,
         cost.unit, cost.requests, cost.posts, cost.findings,
         cost.per_finding ? Cell(*cost.per_finding) : Cell()});
  }
  return write_records(options, records);
}

}  // namespace grumble::app
