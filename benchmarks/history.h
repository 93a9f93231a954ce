#pragma once

#include <cstdint>
#include <vector>

#include "domain/timestamp.h"
#include "store/landing.h"

namespace grumble::benchmarks {

/// An invented history: post `i` of `count`, evenly spread over two years up to
/// `end`. The same for the same arguments, on every machine.
store::AnalysedPost invented_post(int64_t i, int64_t count,
                                  domain::Timestamp end);

/// Posts [first, last), in the order of their times.
std::vector<store::AnalysedPost> invented_posts(int64_t first, int64_t last,
                                                int64_t count,
                                                domain::Timestamp end);

/// What other rules may find in such a post: as much, and something else.
domain::Analysis invented_analysis(const domain::Text& text);

}  // namespace grumble::benchmarks
