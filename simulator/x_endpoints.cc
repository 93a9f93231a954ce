#include "simulator/x_endpoints.h"

#include <algorithm>
#include <array>

namespace grumble::simulator {
namespace {

constexpr std::array kEndpoints = {
    XEndpoint{kRecentSearch, 450}, XEndpoint{kAllSearch, 300},
    XEndpoint{kRecentCounts, 300}, XEndpoint{kAllCounts, 300},
    XEndpoint{kLookup, 3500},      XEndpoint{kLookupOne, 450},
    XEndpoint{kUsage, 50},         XEndpoint{kJobs, 150, "GET POST"},
    XEndpoint{kJob, 150},          XEndpoint{kRules, 450, "GET POST"},
    XEndpoint{kStream, 50},        XEndpoint{kConnections, 50, "DELETE"}};

/// `/2/x/123` for `/2/x/:id`.
bool fits(std::string_view name, std::string_view path) {
  constexpr std::string_view kId = ":id";
  if (!name.ends_with(kId)) return name == path;
  name.remove_suffix(kId.size());
  return path.starts_with(name) && path.size() > name.size() &&
         path.find('/', name.size()) == path.npos;
}

}  // namespace

const XEndpoint* x_endpoint_of(const std::string& path) {
  for (const XEndpoint& endpoint : kEndpoints) {
    if (endpoint.name == path) return &endpoint;
  }
  const auto found =
      std::find_if(kEndpoints.begin(), kEndpoints.end(),
                   [&](const XEndpoint& e) { return fits(e.name, path); });
  return found == kEndpoints.end() ? nullptr : &*found;
}

}  // namespace grumble::simulator
