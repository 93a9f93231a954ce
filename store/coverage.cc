#include "store/coverage.h"

#include "store/statement.h"

namespace grumble::store {
namespace {

/// Empty lists mean all.
std::optional<std::vector<std::string>> sources_of(const Filter& filter) {
  if (filter.platforms.empty()) return std::nullopt;
  return filter.platforms;
}

std::optional<double> number_or_null(const Rows& rows, size_t i, size_t j) {
  if (rows.null(i, j)) return std::nullopt;
  return rows.number(i, j);
}

}  // namespace

std::vector<CoverageDay> coverage_by_day(Database& database,
                                         const Filter& filter) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select (start at time zone $4)::date, source, posts, noise, context, "
      "gaps, stops, requests"
      " from report.coverage_by_day($1, coalesce($2::timestamptz, now()), $3,"
      "  $4, $5, $6)",
      Params(filter.since, filter.until, sources_of(filter), filter.tz,
             filter.include_noise, filter.include_context));
  std::vector<CoverageDay> days;
  for (size_t i = 0; i < rows.size(); ++i) {
    days.push_back({rows.text(i, 0), rows.text(i, 1), rows.integer(i, 2),
                    rows.integer(i, 3), rows.integer(i, 4), rows.integer(i, 5),
                    rows.integer(i, 6), rows.integer(i, 7)});
  }
  return days;
}

std::vector<Stop> stops(Database& database, domain::Timestamp since) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select kind, source, query, what, reason, times, since, until"
      " from report.stop where kind <> 'cap' or until >= $1"
      " order by kind, source, since desc, query, what, reason",
      Params(since));
  std::vector<Stop> all;
  for (size_t i = 0; i < rows.size(); ++i) {
    all.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2),
                   rows.text(i, 3), rows.text(i, 4), rows.integer(i, 5),
                   rows.time_or_null(i, 6), rows.time_or_null(i, 7)});
  }
  return all;
}

std::vector<SpentDay> spent_by_day(Database& database, const Filter& filter) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select (start at time zone $4)::date, source, query, bucket, spent, "
      "pending, unit, requests"
      " from report.spent_by_day($1, coalesce($2::timestamptz, now()), $3, $4)",
      Params(filter.since, filter.until, sources_of(filter), filter.tz));
  std::vector<SpentDay> days;
  for (size_t i = 0; i < rows.size(); ++i) {
    days.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2),
                    rows.text(i, 3), rows.number(i, 4), rows.number(i, 5),
                    rows.text(i, 6), rows.integer(i, 7)});
  }
  return days;
}

std::vector<QueryCost> cost_by_query(Database& database, const Filter& filter) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select source, query, bucket, spent, pending, unit, requests, posts,"
      " findings, per_finding from report.cost_by_query($1,"
      "  coalesce($2::timestamptz, 'infinity'), $3, $4)",
      Params(filter.since, filter.until, sources_of(filter),
             filter.include_noise));
  std::vector<QueryCost> costs;
  for (size_t i = 0; i < rows.size(); ++i) {
    costs.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2),
                     rows.number(i, 3), rows.number(i, 4), rows.text(i, 5),
                     rows.integer(i, 6), rows.integer(i, 7), rows.integer(i, 8),
                     number_or_null(rows, i, 9)});
  }
  return costs;
}

}  // namespace grumble::store
