#pragma once

#include <string_view>
#include <vector>

#include "domain/finding.h"

namespace grumble::analyzer {

/// Prices, resolutions, durations and quotas in a folded text; offsets are
/// into that text. No two overlap.
std::vector<domain::Value> read_values(std::string_view folded);

}  // namespace grumble::analyzer
