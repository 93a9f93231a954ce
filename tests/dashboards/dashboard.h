#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// Grafana dashboards as their files say them, for the tests that read them.
namespace grumble::tests {

struct Dashboard {
  std::string file;  ///< its name, without folders
  boost::json::object json;
};

/// Every *.json of the folder, by name. Throws std::runtime_error with the
/// file's name when one is no JSON object.
std::vector<Dashboard> read_dashboards(const std::filesystem::path& folder);

enum class Shape { table, time_series, variable, annotation };

/// One statement of a dashboard.
struct Query {
  std::string where;  ///< for a person: file and panel or variable
  Shape shape = Shape::table;
  std::string sql;  ///< with Grafana's macros and variables
};

/// All targets of all panels, then variables, then annotations.
std::vector<Query> queries_of(const Dashboard& dashboard);

/// A variable of the dashboard.
struct Variable {
  std::string name;
  std::string type;  ///< "query", "custom", ...
  bool multi = false;
  std::string sql;                   ///< of type query
  std::vector<std::string> options;  ///< of type custom
};
std::vector<Variable> variables_of(const Dashboard& dashboard);

/// A panel's place in a report: `overview.json: panel 3 'title'`.
std::string place_of(const Dashboard& dashboard,
                     const boost::json::object& panel);

/// Reading with a default, whatever the type of what is there.
const boost::json::value* find(const boost::json::object& object,
                               std::string_view key);
std::string text_of(const boost::json::object& object, std::string_view key);
int64_t number_of(const boost::json::object& object, std::string_view key,
                  int64_t otherwise);
bool flag_of(const boost::json::object& object, std::string_view key);
const boost::json::object& object_of(const boost::json::object& object,
                                     std::string_view key);
/// The objects of an array; empty when there is none.
std::vector<boost::json::object> objects_of(const boost::json::object& object,
                                            std::string_view key);

}  // namespace grumble::tests
