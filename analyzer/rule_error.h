#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace grumble::analyzer {

/// A rule file that cannot be used. `what()` starts with `file:line:column:`.
class RuleError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where something stands in a rule file; lines and columns count from 1.
struct Place {
  std::string file;
  unsigned line = 1;
  unsigned column = 1;
};

/// Throws RuleError: `file:line:column: message`.
[[noreturn]] void fail(const Place& place, const std::string& message);

/// Throws all errors at once, a line each: a rule writer mends them together.
void refuse(const std::vector<std::string>& errors);

}  // namespace grumble::analyzer
