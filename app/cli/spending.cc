// What collecting costs and what stands in its way: budget, breakers, gaps.

#include <fmt/format.h>

#include <iostream>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/journal.h"
#include "app/session.h"
#include "store/coverage.h"
#include "store/walks.h"

namespace grumble::app {
namespace {

Cell time_cell(const std::optional<domain::Timestamp>& time) {
  return time ? Cell(domain::to_string(*time)) : Cell();
}

constexpr double kMicrodollars = 1e6;

/// Amounts of money in dollars, others as they are.
Cell amount_cell(const std::string& bucket, int64_t amount) {
  if (bucket != "x.posts") return amount;
  return static_cast<double>(amount) / kMicrodollars;
}

std::string unit_of(const std::string& bucket) {
  return bucket == "x.posts"          ? "USD"
         : bucket == "youtube.search" ? "searches"
                                      : "units";
}

}  // namespace

int run_budget(const Options& options) {
  const Config config = config_from(options);
  const Session session(config);
  store::Database database = session.connect();
  Records records{{"bucket", "measure", "value", "unit"}, {}};
  const auto add = [&](const std::string& bucket, std::string measure,
                       Cell value, std::string unit) {
    records.rows.push_back(
        {bucket, std::move(measure), std::move(value), std::move(unit)});
  };
  for (const std::string& bucket : buckets()) {
    const std::string unit = unit_of(bucket);
    for (const store::Cap& cap : caps_of(config, bucket)) {
      const auto status = store::cap_status(database, bucket, cap);
      const std::string window =
          cap.window == store::Window::day ? "day " : "month ";
      const auto amount = [&](const char* measure, int64_t value) {
        add(bucket, window + measure, amount_cell(bucket, value), unit);
      };
      amount("cap", cap.amount);
      amount("spent", status.spent.settled);
      amount("reserved", status.spent.reserved);
      amount("unknown", status.spent.unknown);
      amount("forecast", status.forecast);
      add(bucket, window + "ends", domain::to_string(status.ends), "");
    }
  }
  for (const auto& breaker : store::breakers(database)) {
    add(breaker.bucket, "rests until", time_cell(breaker.not_before),
        breaker.reason);
  }
  store::Filter month;
  month.since =
      std::chrono::floor<std::chrono::hours>(time_from("--since", "30d"));
  for (const auto& cost : store::cost_by_query(database, month)) {
    add(cost.bucket, cost.query + " 30 d spent", cost.spent, cost.unit);
    if (!cost.per_finding) continue;
    add(cost.bucket, cost.query + " 30 d per finding", *cost.per_finding,
        cost.unit);
  }
  return write_records(options, records);
}

int run_budget_reset(const Options& options) {
  const Config config = config_from(options);
  const Session session(config);
  store::Database database = session.connect();
  for (const std::string& bucket : options.arguments) {
    const auto known = buckets();
    if (std::find(known.begin(), known.end(), bucket) == known.end()) {
      throw UsageError(fmt::format("no bucket '{}', expected one of {}", bucket,
                                   fmt::join(known, ", ")));
    }
    std::cout << fmt::format("{}: {} breaker(s) reset\n", bucket,
                             store::reset_breakers(database, bucket));
  }
  return exit_ok;
}

int run_gaps(const Options& options) {
  const Config config = config_from(options);
  const Session session(config, Session::Use::questions);
  store::Database database = session.connect();
  Records records{{"gap", "source", "query", "list", "subject", "state",
                   "since", "until", "tries", "not_before", "reason"},
                  {}};
  for (const store::GapRow& gap : store::gaps(database)) {
    records.rows.push_back({gap.id, gap.source, gap.query, gap.list,
                            gap.subject, gap.state, time_cell(gap.since),
                            time_cell(gap.until), gap.tries,
                            time_cell(gap.not_before), gap.reason});
  }
  return write_records(options, records);
}

}  // namespace grumble::app
