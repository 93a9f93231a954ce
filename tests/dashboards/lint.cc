#include "tests/dashboards/lint.h"

#include <set>

namespace grumble::tests {
namespace {

namespace json = boost::json;

void lint_variable(const Dashboard& dashboard, const json::object& variable,
                   Faults* faults) {
  const std::string place =
      dashboard.file + ": variable '" + text_of(variable, "name") + "': ";
  for (const auto* key : {"label", "description"}) {
    if (text_of(variable, key).empty()) {
      faults->push_back(place + "no " + key);
    }
  }
  if (text_of(variable, "type") != "query") return;
  if (!is_our_source(variable)) {
    faults->push_back(place + "another data source");
  }
  if (number_of(variable, "refresh", 0) != 2) {
    faults->push_back(place + "refresh is not 2: on a change of time");
  }
  if (!flag_of(variable, "includeAll") || !flag_of(variable, "multi")) {
    faults->push_back(place + "not 'All' or many");
  }
}

}  // namespace

bool is_our_source(const json::object& holder) {
  const auto& source = object_of(holder, "datasource");
  return text_of(source, "uid") == "grumble-pg" &&
         text_of(source, "type") == "grafana-postgresql-datasource";
}

void lint_settings(const Dashboard& dashboard, Faults* faults) {
  const auto& json = dashboard.json;
  const auto fault = [&](const std::string& what) {
    faults->push_back(dashboard.file + ": " + what);
  };
  if (number_of(json, "schemaVersion", 0) != 42) {
    fault("schemaVersion is not 42");
  }
  const auto* id = find(json, "id");
  if (id != nullptr && !id->is_null()) fault("id is not null");
  for (const auto* key :
       {"uid", "title", "description", "timezone", "weekStart", "refresh"}) {
    if (text_of(json, key).empty()) fault(std::string("no ") + key);
  }
  if (text_of(json, "weekStart") != "monday") {
    fault("weekStart is not monday, where report.trend cuts weeks");
  }
  const auto* editable = find(json, "editable");
  if (editable == nullptr || *editable != json::value(false)) {
    fault("editable is not false");
  }
  if (!text_of(object_of(json, "time"), "to").ends_with("/d")) {
    fault("time.to does not end on a whole day");
  }
  for (const auto& variable :
       objects_of(object_of(json, "templating"), "list")) {
    lint_variable(dashboard, variable, faults);
  }
}

std::vector<std::string> lint(const std::vector<Dashboard>& dashboards) {
  Faults faults;
  std::set<std::string> uids;
  for (const auto& dashboard : dashboards) {
    if (!uids.insert(text_of(dashboard.json, "uid")).second) {
      faults.push_back(dashboard.file + ": its uid is another's too");
    }
    lint_settings(dashboard, &faults);
    lint_panels(dashboard, &faults);
    lint_links(dashboard, dashboards, &faults);
    lint_sql(dashboard, &faults);
  }
  return faults;
}

}  // namespace grumble::tests
