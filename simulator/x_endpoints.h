#pragma once

#include <string>
#include <string_view>

/// What X API v2 answers here, by the names that limits and bills use.
namespace grumble::simulator {

inline constexpr std::string_view kRecentSearch = "/2/tweets/search/recent";
inline constexpr std::string_view kAllSearch = "/2/tweets/search/all";
inline constexpr std::string_view kRecentCounts = "/2/tweets/counts/recent";
inline constexpr std::string_view kAllCounts = "/2/tweets/counts/all";
inline constexpr std::string_view kLookup = "/2/tweets";
inline constexpr std::string_view kLookupOne = "/2/tweets/:id";
inline constexpr std::string_view kUsage = "/2/usage/tweets";

inline constexpr std::string_view kJobs = "/2/compliance/jobs";
inline constexpr std::string_view kJob = "/2/compliance/jobs/:id";
inline constexpr std::string_view kRules = "/2/tweets/search/stream/rules";
inline constexpr std::string_view kStream = "/2/tweets/search/stream";
inline constexpr std::string_view kConnections = "/2/connections/all";

struct XEndpoint {
  std::string_view name;
  int limit;  ///< app requests in 15 minutes
  std::string_view methods = "GET";
};

/// Null when X has nothing there.
const XEndpoint* x_endpoint_of(const std::string& path);

}  // namespace grumble::simulator
