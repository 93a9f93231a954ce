#pragma once

#include <map>
#include <string>
#include <vector>

// What Grafana makes of a query before PostgreSQL sees it: variables in the
// browser, then macros in the PostgreSQL plugin.
namespace grumble::tests {

/// Both ends in RFC 3339, UTC; `to` belongs to the range.
struct Range {
  std::string from;
  std::string to;
};

/// What is chosen for a variable.
struct Choice {
  bool multi = false;  ///< quoted by Grafana; else only `'` is doubled
  std::vector<std::string> values;
};

/// Throws std::invalid_argument when a `$` or `[[` stays that is neither a
/// known variable nor a known macro.
std::string expand(const std::string& sql, const Range& range,
                   const std::map<std::string, Choice>& choices,
                   const std::string& time_zone);

}  // namespace grumble::tests
