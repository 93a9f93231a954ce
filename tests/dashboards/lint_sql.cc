#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

#include "tests/dashboards/lint.h"

// Statements: nothing that Grafana's own reading of SQL would break, variables
// quoted as their kind needs, and no relation outside schema `report`.
namespace grumble::tests {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text;
}

std::set<std::string> named_queries(const std::string& sql) {
  static const std::regex named(R"((?:with|,)\s+(\w+)\s+as\s*\()");
  std::set<std::string> names;
  for (std::sregex_iterator i(sql.begin(), sql.end(), named), end; i != end;
       ++i) {
    names.insert((*i)[1]);
  }
  return names;
}

void lint_relations(const Query& query, Faults* faults) {
  // `extract(epoch from ...)` reads no relation.
  const std::string sql = std::regex_replace(
      lower(query.sql), std::regex(R"(extract\s*\(\s*\w+\s+from)"), "extract(");
  const auto names = named_queries(sql);
  static const std::regex read(
      R"(\b(?:from|join)\s+(lateral\s+)?([\w."]+|\())");
  bool ours = false;
  for (std::sregex_iterator i(sql.begin(), sql.end(), read), end; i != end;
       ++i) {
    const std::string relation = (*i)[2];
    if (relation.starts_with("report.")) {
      ours = true;
    } else if (relation != "(" && !names.contains(relation)) {
      faults->push_back(query.where + ": reads '" + relation +
                        "', outside schema report");
    }
  }
  if (!ours) faults->push_back(query.where + ": reads nothing of report");
}

void lint_text(const Query& query, Faults* faults) {
  for (const auto* word : {"--", "/*", ";"}) {
    if (query.sql.find(word) != std::string::npos) {
      faults->push_back(query.where + ": '" + word + "' in the SQL");
    }
  }
  static const std::regex nested(R"(\$__\w+\([^)]*\()");
  if (std::regex_search(query.sql, nested)) {
    faults->push_back(query.where + ": parentheses within a macro");
  }
  static const std::regex group(R"(\$__(unix|time)\w*Group)");
  if (std::regex_search(query.sql, group)) {
    faults->push_back(query.where + ": a macro that cuts days in UTC");
  }
}

void lint_quotes(const Query& query, const std::vector<Variable>& variables,
                 Faults* faults) {
  for (const auto& variable : variables) {
    const std::regex used("('?)\\$\\{?" + variable.name + "\\b");
    for (std::sregex_iterator i(query.sql.begin(), query.sql.end(), used), end;
         i != end; ++i) {
      const bool quoted = (*i)[1].length() > 0;
      if (quoted == variable.multi) {
        faults->push_back(query.where + ": '$" + variable.name +
                          (quoted ? "' is quoted twice" : "' is not quoted"));
      }
    }
  }
}

}  // namespace

void lint_sql(const Dashboard& dashboard, Faults* faults) {
  const auto variables = variables_of(dashboard);
  const auto queries = queries_of(dashboard);
  for (const auto& query : queries) {
    lint_text(query, faults);
    lint_relations(query, faults);
    lint_quotes(query, variables, faults);
  }
  for (const auto& variable : variables) {
    const std::regex used("\\$\\{?" + variable.name + "\\b");
    if (std::none_of(queries.begin(), queries.end(), [&](const auto& query) {
          return std::regex_search(query.sql, used);
        })) {
      faults->push_back(dashboard.file + ": no query uses variable '" +
                        variable.name + "'");
    }
  }
}

}  // namespace grumble::tests
