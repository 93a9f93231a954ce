#pragma once

#include <string_view>
#include <vector>

#include "analyzer/matcher.h"

namespace grumble::analyzer {

/// For every name whether it goes on with the list of the name before it ("A,
/// B and C", "可灵和海螺"). A comma alone joins two names only where a third
/// follows or the words behind speak of several. `names` are places by begin;
/// `apart` are places of words that hold the name before them against another
/// ("跟B相比"): such a name is of no list that "with" would make.
std::vector<bool> joined_names(std::string_view text,
                               const std::vector<Span>& names,
                               const std::vector<Span>& apart);

}  // namespace grumble::analyzer
