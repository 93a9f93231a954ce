#include "analyzer/rule_error.h"

namespace grumble::analyzer {

void fail(const Place& place, const std::string& message) {
  throw RuleError(place.file + ":" + std::to_string(place.line) + ":" +
                  std::to_string(place.column) + ": " + message);
}

void refuse(const std::vector<std::string>& errors) {
  if (errors.empty()) return;
  std::string all;
  for (const std::string& error : errors) {
    all += (all.empty() ? "" : "\n") + error;
  }
  throw RuleError(all);
}

}  // namespace grumble::analyzer
