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
/// The cells with their rates and, with category null, the models.
constexpr std::string_view kMatrix = R"sql(
with t as materialized (
  select * from report.tally($1::timestamptz, $2::timestamptz, null, null,
    'cell', $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::boolean, $9::boolean, $10::text)
)
select t.category, t.key, t.posts, t.authors, coalesce(a.posts, 0),
  report.rate(t.posts, coalesce(a.posts, 0))
from t
left join t a on a.key = t.key and a.category is null
order by t.category nulls last,
  case when t.category is null then -t.posts end, t.key
)sql";

std::string call(std::string_view head, std::string_view arguments,
                 std::string_view tail) {
  return std::string(head).append(arguments).append(tail);
}

std::vector<NoiseCount> noise_of(Transaction& transaction,
                                 const Filter& filter) {
  const Rows rows = transaction.run(
      "select kind, posts from report.noise_by_kind("
      "since => $1::timestamptz, until => $2::timestamptz,"
      " platforms => $3::text[], langs => $4::text[],"
      " include_context => true)",
      Params(filter.since, filter.until, listed(filter.platforms),
             listed(filter.langs)));
  std::vector<NoiseCount> counts;
  for (size_t i = 0; i < rows.size(); ++i) {
    counts.push_back({rows.text(i, 0), rows.integer(i, 1)});
  }
  return counts;
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
  Totals totals;
  totals.posts = rows.integer(0, 0);
  totals.noise = rows.integer(0, 1);
  totals.context = rows.integer(0, 2);
  totals.oldest = rows.time_or_null(0, 3);
  totals.newest = rows.time_or_null(0, 4);
  return totals;
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

/// A series needs an end on both sides: where none is given, the whole bucket
/// that holds the oldest (newest) post.
std::optional<Filter> bounded(Transaction& transaction, const Filter& filter,
                              std::string_view bucket) {
  Filter result = filter;
  if (filter.since && filter.until) return result;
  const Totals totals = totals_of(transaction, filter);
  if (!totals.oldest) return std::nullopt;
  const Rows ends = transaction.run(
      "select date_trunc($1, $2::timestamptz at time zone $4) at time zone $4,"
      " (date_trunc($1, $3::timestamptz at time zone $4)"
      "   + ('1 ' || $1)::interval) at time zone $4",
      Params(bucket, totals.oldest, totals.newest, filter.tz));
  if (!result.since) result.since = ends.time(0, 0);
  if (!result.until) result.until = ends.time(0, 1);
  return result;
}

}  // namespace

Matrix matrix(Database& database, const Filter& filter) {
  Transaction transaction(database);
  transaction.run("set transaction isolation level repeatable read");
  Matrix result;
  const Rows rows = transaction.run(kMatrix, filter_params(filter));
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string model = rows.text(i, 1);
    if (const auto category = rows.text_or_null(i, 0)) {
      result.cells.push_back({*category, model, rows.integer(i, 2),
                              rows.integer(i, 3), rows.integer(i, 4),
                              rows.number(i, 5)});
    } else {
      result.models.push_back({model, rows.integer(i, 2), rows.integer(i, 3)});
    }
  }
  result.totals = totals_of(transaction, filter);
  result.totals.noise_by_kind = noise_of(transaction, filter);
  return result;
}

std::vector<TrendPoint> trend(Database& database, const Filter& filter,
                              Bucket bucket, By by) {
  Transaction transaction(database);
  const std::string_view unit = bucket == Bucket::day ? "day" : "week";
  const auto range = bounded(transaction, filter, unit);
  if (!range) return {};
  Params params = filter_params(*range);
  params.add(unit);
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
