#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace grumble::app {

/// VADER, node or npm's package is not there. `what()` says what to do.
class NoVader : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The compound score of each text, -1 to 1, by npm's `vader-sentiment` in a
/// process of node. A baseline to measure rules against; nothing else asks it.
/// Throws NoVader.
std::vector<double> vader_scores(const std::vector<std::string>& texts);

}  // namespace grumble::app
