#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analyzer/matcher.h"

namespace grumble::analyzer {

/// Takes down why rules that had their words did not make a finding.
struct Trace {
  struct Stop {
    std::string rule;
    Span span;  ///< in the folded text; empty: the rule as a whole
    std::string why;
  };
  std::vector<Stop> stops;

  void stop(std::string rule, Span span, std::string why) {
    stops.push_back({std::move(rule), span, std::move(why)});
  }
};

}  // namespace grumble::analyzer
