#include "store/report_queries.h"

#include <stdexcept>
#include <string_view>

#include "store/statement.h"

namespace grumble::store {
namespace {

std::optional<std::vector<std::string>> listed(
    const std::vector<std::string>& names) {
  if (names.empty()) return std::nullopt;
  return names;
}

std::optional<std::vector<std::string>> listed(
    const std::vector<domain::Polarity>& polarities) {
  if (polarities.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const auto polarity : polarities) {
    names.emplace_back(domain::to_string(polarity));
  }
  return names;
}

std::optional<std::string> given(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

/// What every report function takes, as `$1` to `$10`.
Params filter_params(const Filter& filter) {
  return Params(filter.since, filter.until, listed(filter.models),
                listed(filter.categories), listed(filter.platforms),
                listed(filter.langs), listed(filter.polarities),
                filter.include_noise, filter.include_context,
                given(filter.match));
}

// Named types: an untyped parameter of a defaulted function stays unknown.
constexpr std::string_view kFindingArguments =
    "since => $1::timestamptz, until => $2::timestamptz,"
    " models => $3::text[], categories => $4::text[],"
    " platforms => $5::text[], langs => $6::text[], polarities => $7::text[],"
    " include_noise => $8::boolean, include_context => $9::boolean,"
    " match => $10::text";
constexpr std::string_view kMentionArguments =
    "since => $1::timestamptz, until => $2::timestamptz,"
    " models => $3::text[], platforms => $4::text[], langs => $5::text[],"
    " include_noise => $6::boolean, include_context => $7::boolean,"
    " match => $8::text";

Params mention_params(const Filter& filter) {
  return Params(filter.since, filter.until, listed(filter.models),
                listed(filter.platforms), listed(filter.langs),
                filter.include_noise, filter.include_context,
                given(filter.match));
}

std::string call(std::string_view head, std::string_view arguments,
                 std::string_view tail) {
  return std::string(head).append(arguments).append(tail);
}

Totals totals_of(Transaction& transaction, const Filter& filter) {
  const Rows rows = transaction.run(
      "select posts, noise, context, oldest, newest from report.totals("
      "since => $1::timestamptz, until => $2::timestamptz,"
      " include_noise => $3::boolean, include_context => $4::boolean,"
      " platforms => $5::text[], langs => $6::text[])",
      Params(filter.since, filter.until, filter.include_noise,
             filter.include_context, listed(filter.platforms),
             listed(filter.langs)));
  return {rows.integer(0, 0), rows.integer(0, 1), rows.integer(0, 2),
          rows.time_or_null(0, 3), rows.time_or_null(0, 4)};
}

std::vector<ModelCount> models_of(Transaction& transaction,
                                  const Filter& filter) {
  const Rows rows =
      transaction.run(call("select model, posts, authors from report.models(",
                           kMentionArguments, ") order by posts desc, model"),
                      mention_params(filter));
  std::vector<ModelCount> models;
  for (size_t i = 0; i < rows.size(); ++i) {
    models.push_back({rows.text(i, 0), rows.integer(i, 1), rows.integer(i, 2)});
  }
  return models;
}

std::string_view name_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::category:
      return "category";
    case Dimension::model:
      return "model";
    case Dimension::platform:
      return "platform";
    case Dimension::lang:
      return "lang";
    case Dimension::rule:
      return "rule";
  }
  throw std::invalid_argument("no such dimension");
}

std::string_view name_of(By by) {
  switch (by) {
    case By::all:
      return "all";
    case By::model:
      return "model";
    case By::category:
      return "category";
  }
  throw std::invalid_argument("no such series");
}

/// A series needs an end on both sides: the data's own where none is given.
std::optional<Filter> bounded(Transaction& transaction, const Filter& filter) {
  Filter result = filter;
  if (filter.since && filter.until) return result;
  const Totals totals = totals_of(transaction, filter);
  if (!totals.oldest) return std::nullopt;
  if (!result.since) result.since = totals.oldest;
  if (!result.until) {
    result.until = *totals.newest + std::chrono::milliseconds(1);
  }
  return result;
}

}  // namespace

Matrix matrix(Database& database, const Filter& filter) {
  Transaction transaction(database);
  transaction.run("set transaction isolation level repeatable read");
  Matrix result;
  const Rows rows = transaction.run(
      call("select category, model, posts, authors, mentions, rate"
           " from report.matrix(",
           kFindingArguments, ") order by category, model"),
      filter_params(filter));
  for (size_t i = 0; i < rows.size(); ++i) {
    result.cells.push_back({rows.text(i, 0), rows.text(i, 1),
                            rows.integer(i, 2), rows.integer(i, 3),
                            rows.integer(i, 4), rows.number(i, 5)});
  }
  result.models = models_of(transaction, filter);
  result.totals = totals_of(transaction, filter);
  return result;
}

std::vector<TrendPoint> trend(Database& database, const Filter& filter,
                              Bucket bucket, By by) {
  Transaction transaction(database);
  const auto range = bounded(transaction, filter);
  if (!range) return {};
  Params params = filter_params(*range);
  params.add(bucket == Bucket::day ? "day" : "week");
  params.add(filter.tz);
  params.add(name_of(by));
  const Rows rows = transaction.run(
      call("select \"time\", series, posts, authors, mentions, rate,"
           " complete from report.trend(",
           kFindingArguments,
           ", bucket => $11::text, zone => $12::text,"
           " series_by => $13::text) order by series, \"time\""),
      params);
  std::vector<TrendPoint> points;
  for (size_t i = 0; i < rows.size(); ++i) {
    points.push_back({rows.time(i, 0), rows.text(i, 1), rows.integer(i, 2),
                      rows.integer(i, 3), rows.integer(i, 4), rows.number(i, 5),
                      rows.flag(i, 6)});
  }
  return points;
}

std::vector<TopRow> top(Database& database, const Filter& filter,
                        Dimension dimension) {
  Transaction transaction(database);
  Params params = filter_params(filter);
  params.add(name_of(dimension));
  params.add(filter.limit);
  const Rows rows = transaction.run(
      call("select key, posts, authors, mentions, rate"
           " from report.top(dimension => $11::text, ",
           kFindingArguments, ") order by posts desc, key limit $12"),
      params);
  std::vector<TopRow> result;
  for (size_t i = 0; i < rows.size(); ++i) {
    result.push_back({rows.text(i, 0), rows.integer(i, 1), rows.integer(i, 2),
                      rows.integer(i, 3), rows.number(i, 4)});
  }
  return result;
}

std::vector<std::string> model_names(Database& database) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select model from unnest(report.known_models()) as m (model)"
      " where model <> '' order by model");
  std::vector<std::string> names;
  for (size_t i = 0; i < rows.size(); ++i) names.push_back(rows.text(i, 0));
  return names;
}

bool is_time_zone(Database& database, const std::string& name) {
  Transaction transaction(database);
  return !transaction
              .run("select from pg_timezone_names where name = $1",
                   Params(name))
              .empty();
}

}  // namespace grumble::store
