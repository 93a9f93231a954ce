#pragma once

#include <cstdint>
#include <string>

#include "collector/source.h"

// How many posts the full archive of X holds for a query: asked before they are
// bought. One request covers about a month and costs as much as two posts.
namespace grumble::collector {

/// What one request costs, in microdollars; the price list of X of April 2026.
inline constexpr int64_t kXCountsPrice = 10'000;

struct XCounts {
  int64_t posts = 0;
  std::string next_token;  ///< empty: that was all
};

/// `query` is a name of the configuration; the time span is half open.
HttpRequest x_counts_request(const SourceConfig& config,
                             const std::string& query, domain::Timestamp since,
                             domain::Timestamp until, const std::string& token);

/// Throws SourceError when the answer holds no counts.
XCounts read_x_counts(const HttpResponse& response, bool paged,
                      domain::Timestamp now);

}  // namespace grumble::collector
