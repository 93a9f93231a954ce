#include "benchmarks/store_dashboards.h"

#include <chrono>
#include <map>
#include <regex>
#include <stdexcept>

#include "store/statement.h"
#include "tests/dashboards/dashboard.h"
#include "tests/dashboards/expand.h"

namespace grumble::benchmarks {
namespace {

using std::chrono::days;
using tests::Choice;
using tests::Dashboard;

/// How many days before today `now-90d/d` is.
days days_before(const Dashboard& dashboard, const char* border) {
  static const std::regex pattern(R"(now(?:-(\d+)d)?/d)");
  const std::string text =
      tests::text_of(tests::object_of(dashboard.json, "time"), border);
  std::smatch match;
  if (!std::regex_match(text, match, pattern)) {
    throw std::runtime_error(dashboard.file + ": time " + border + ": '" +
                             text + "' is no whole day");
  }
  return days(match[1].matched ? std::stoi(match[1]) : 0);
}

tests::Range range_of(const Dashboard& dashboard, domain::Timestamp end) {
  // The last day belongs to the range to its last millisecond.
  return {domain::to_string(end - days_before(dashboard, "from")),
          domain::to_string(end - days_before(dashboard, "to") + days(1) -
                            std::chrono::milliseconds(1))};
}

std::string first_value(const Dashboard& dashboard, const std::string& name) {
  const auto& templating = tests::object_of(dashboard.json, "templating");
  for (const auto& variable : tests::objects_of(templating, "list")) {
    if (tests::text_of(variable, "name") == name) {
      return tests::text_of(tests::object_of(variable, "current"), "value");
    }
  }
  return {};
}

/// Variables that ask are at 'All': everything that they offer.
std::map<std::string, Choice> choices_of(store::Database& database,
                                         const Dashboard& dashboard,
                                         const tests::Range& range) {
  std::map<std::string, Choice> choices;
  for (const auto& variable : tests::variables_of(dashboard)) {
    Choice& choice = choices[variable.name];
    choice.multi = variable.multi;
    if (variable.type != "query") {
      choice.values = {first_value(dashboard, variable.name)};
      continue;
    }
    store::Transaction transaction(database);
    const auto rows =
        transaction.run(tests::expand(variable.sql, range, {}, "UTC"));
    for (size_t i = 0; i < rows.size(); ++i) {
      choice.values.push_back(rows.text(i, 0));
    }
  }
  return choices;
}

}  // namespace

std::vector<PanelQuestion> panel_questions(store::Database& database,
                                           domain::Timestamp end) {
  std::vector<PanelQuestion> questions;
  for (const Dashboard& dashboard : tests::read_dashboards("dashboards")) {
    const tests::Range range = range_of(dashboard, end);
    const auto choices = choices_of(database, dashboard, range);
    for (const auto& query : tests::queries_of(dashboard)) {
      const bool variable = query.shape == tests::Shape::variable;
      questions.push_back(
          {query.where.substr(query.where.find(": ") + 2),
           tests::expand(query.sql, range,
                         variable ? std::map<std::string, Choice>() : choices,
                         "UTC")});
    }
  }
  return questions;
}

}  // namespace grumble::benchmarks
