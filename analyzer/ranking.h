#pragma once

#include <string_view>
#include <vector>

#include "analyzer/comparison.h"

namespace grumble::analyzer {

/// Pairs of what a text puts in an order: numbered lists of names, "A > B > C",
/// and scores out of the same number ("A 6/15, B 4/15"). Every earlier name
/// stands above every later one; only the first is praised.
void read_rankings(std::string_view text, const Cast& cast,
                   std::vector<HeadToHead>& out);

}  // namespace grumble::analyzer
