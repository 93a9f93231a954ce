#include "tests/dashboards/answer.h"

#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>

namespace grumble::tests {
namespace {

// OIDs of pg_type, which never change.
constexpr unsigned kTimestamptz = 1184;
const std::set<unsigned> kNumbers = {20, 21, 23, 700, 701, 1700};
const std::set<unsigned> kTexts = {25, 1043};
/// Arrive in Grafana as text: intervals, money, arrays, json.
const std::set<unsigned> kFormless = {114, 790, 1186, 1009, 3802};
constexpr double kSeconds = 2.0;

using Faults = std::vector<std::string>;

size_t column_named(const Answer& answer, const std::string& name) {
  size_t i = 0;
  while (i < answer.columns.size() && answer.columns[i].name != name) ++i;
  return i;
}

void check_columns(const Answer& answer, Faults* faults) {
  std::set<std::string> names;
  for (const auto& column : answer.columns) {
    if (!names.insert(column.name).second) {
      faults->push_back("two columns are named '" + column.name + "'");
    }
    if (column.name == "?column?") faults->push_back("a column has no name");
    if (kFormless.contains(column.type)) {
      faults->push_back("column '" + column.name +
                        "' is of a type that arrives as text");
    }
  }
}

/// Column `time`: timestamptz, never null and, in a series, ascending. The
/// server writes UTC, so that the text's order is the time's.
void check_time(const Answer& answer, bool ascending, Faults* faults) {
  const size_t time = column_named(answer, "time");
  if (time == answer.columns.size()) {
    faults->push_back("no column 'time'");
    return;
  }
  if (answer.columns[time].type != kTimestamptz) {
    faults->push_back("column 'time' is no timestamptz");
  }
  std::string last;
  for (const auto& row : answer.rows) {
    if (!row[time]) {
      faults->push_back("column 'time' is null");
      return;
    }
    if (ascending && *row[time] < last) {
      faults->push_back("column 'time' does not ascend");
      return;
    }
    last = *row[time];
  }
}

void check_series(const Answer& answer, Faults* faults) {
  check_time(answer, true, faults);
  int values = 0;
  int labels = 0;
  for (const auto& column : answer.columns) {
    if (column.name == "time") continue;
    if (kNumbers.contains(column.type)) ++values;
    if (kTexts.contains(column.type)) ++labels;
    if (!kNumbers.contains(column.type) && !kTexts.contains(column.type)) {
      faults->push_back("column '" + column.name +
                        "' is neither number nor text");
    }
  }
  if (values == 0) faults->push_back("no column holds numbers");
  if (labels == 1 && column_named(answer, "metric") == answer.columns.size()) {
    faults->push_back("the series' name is not in a column 'metric'");
  }
}

void check_variable(const Answer& answer, Faults* faults) {
  for (const auto& column : answer.columns) {
    if (!kTexts.contains(column.type)) {
      faults->push_back("column '" + column.name + "' is no text");
    }
  }
  const bool named = column_named(answer, "__text") < answer.columns.size();
  if (answer.columns.size() != (named ? 2 : 1)) {
    faults->push_back("a variable takes one column, or __text and __value");
  }
}

}  // namespace

Reader::Reader(const std::string& url)
    : connection_(PQconnectdb(url.c_str()), &PQfinish) {
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    throw std::runtime_error(PQerrorMessage(connection_.get()));
  }
  ask("set time zone 'UTC'");
}

Answer Reader::ask(const std::string& sql) {
  const auto start = std::chrono::steady_clock::now();
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
      PQexec(connection_.get(), sql.c_str()), &PQclear);
  Answer answer;
  answer.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    answer.error = PQresultErrorMessage(result.get());
    return answer;
  }
  const int columns = PQnfields(result.get());
  for (int i = 0; i < columns; ++i) {
    answer.columns.push_back(
        {PQfname(result.get(), i), PQftype(result.get(), i)});
  }
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    auto& values = answer.rows.emplace_back();
    for (int i = 0; i < columns; ++i) {
      if (PQgetisnull(result.get(), row, i) != 0) {
        values.emplace_back();
      } else {
        values.emplace_back(PQgetvalue(result.get(), row, i));
      }
    }
  }
  return answer;
}

std::vector<std::string> faults_of(const Answer& answer, Shape shape) {
  if (!answer.error.empty()) return {answer.error};
  Faults faults;
  if (answer.columns.empty()) faults.push_back("it answers no columns");
  if (answer.seconds > kSeconds) {
    faults.push_back("it took " + std::to_string(answer.seconds) + " s");
  }
  check_columns(answer, &faults);
  if (shape == Shape::time_series) check_series(answer, &faults);
  if (shape == Shape::variable) check_variable(answer, &faults);
  if (shape == Shape::annotation) {
    check_time(answer, false, &faults);
    if (column_named(answer, "text") == answer.columns.size()) {
      faults.push_back("no column 'text'");
    }
  }
  return faults;
}

}  // namespace grumble::tests
