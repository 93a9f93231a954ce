#include "app/render/rate.h"

#include <fmt/format.h>

namespace grumble::app {

std::string rate_text(double rate) {
  return rate > 0 && rate < 1 ? "<1" : fmt::format("{:.0f}", rate);
}

}  // namespace grumble::app
