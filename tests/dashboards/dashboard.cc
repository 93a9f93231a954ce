#include "tests/dashboards/dashboard.h"

#include <algorithm>
#include <boost/json/src.hpp>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace grumble::tests {
namespace {

namespace json = boost::json;

Dashboard read_dashboard(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  boost::system::error_code error;
  const json::value value = json::parse(text.str(), error);
  if (error || !value.is_object()) {
    throw std::runtime_error(path.string() +
                             ": no JSON object: " + error.message());
  }
  return {path.filename().string(), value.get_object()};
}

std::vector<std::string> split_options(const std::string& list) {
  std::vector<std::string> options;
  std::istringstream in(list);
  for (std::string option; std::getline(in, option, ',');) {
    options.push_back(option);
  }
  return options;
}

}  // namespace

std::vector<Dashboard> read_dashboards(const std::filesystem::path& folder) {
  std::vector<Dashboard> dashboards;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") {
      dashboards.push_back(read_dashboard(entry.path()));
    }
  }
  std::sort(dashboards.begin(), dashboards.end(),
            [](const Dashboard& left, const Dashboard& right) {
              return left.file < right.file;
            });
  return dashboards;
}

std::vector<Query> queries_of(const Dashboard& dashboard) {
  std::vector<Query> queries;
  for (const auto& panel : objects_of(dashboard.json, "panels")) {
    for (const auto& target : objects_of(panel, "targets")) {
      queries.push_back({place_of(dashboard, panel),
                         text_of(target, "format") == "time_series"
                             ? Shape::time_series
                             : Shape::table,
                         text_of(target, "rawSql")});
    }
  }
  for (const auto& variable : variables_of(dashboard)) {
    if (variable.type != "query") continue;
    queries.push_back({dashboard.file + ": variable '" + variable.name + "'",
                       Shape::variable, variable.sql});
  }
  for (const auto& annotation :
       objects_of(object_of(dashboard.json, "annotations"), "list")) {
    if (flag_of(annotation, "builtIn")) continue;
    queries.push_back(
        {dashboard.file + ": annotation '" + text_of(annotation, "name") + "'",
         Shape::annotation,
         text_of(object_of(annotation, "target"), "rawSql")});
  }
  return queries;
}

std::vector<Variable> variables_of(const Dashboard& dashboard) {
  std::vector<Variable> variables;
  for (const auto& entry :
       objects_of(object_of(dashboard.json, "templating"), "list")) {
    Variable variable;
    variable.name = text_of(entry, "name");
    variable.type = text_of(entry, "type");
    variable.multi = flag_of(entry, "multi") || flag_of(entry, "includeAll");
    if (variable.type == "query") variable.sql = text_of(entry, "query");
    if (variable.type == "custom") {
      variable.options = split_options(text_of(entry, "query"));
    }
    variables.push_back(std::move(variable));
  }
  return variables;
}

std::string place_of(const Dashboard& dashboard, const json::object& panel) {
  return dashboard.file + ": panel " +
         std::to_string(number_of(panel, "id", 0)) + " '" +
         text_of(panel, "title") + "'";
}

const json::value* find(const json::object& object, std::string_view key) {
  return object.if_contains(key);
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

int64_t number_of(const json::object& object, std::string_view key,
                  int64_t otherwise) {
  const json::value* value = find(object, key);
  if (value == nullptr || !value->is_int64()) return otherwise;
  return value->get_int64();
}

bool flag_of(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  if (value == nullptr) return false;
  if (value->is_int64()) return value->get_int64() != 0;
  return value->is_bool() && value->get_bool();
}

const json::object& object_of(const json::object& object,
                              std::string_view key) {
  static const json::object empty;
  const json::value* value = find(object, key);
  return value != nullptr && value->is_object() ? value->get_object() : empty;
}

std::vector<json::object> objects_of(const json::object& object,
                                     std::string_view key) {
  std::vector<json::object> objects;
  const json::value* value = find(object, key);
  if (value == nullptr || !value->is_array()) return objects;
  for (const json::value& entry : value->get_array()) {
    if (entry.is_object()) objects.push_back(entry.get_object());
  }
  return objects;
}

}  // namespace grumble::tests
