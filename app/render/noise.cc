#include "app/render/noise.h"

#include <fmt/format.h>

namespace grumble::app {

std::string noise_text(const store::Totals& totals) {
  std::string kinds;
  if (totals.noise > 0) {
    for (const auto& [kind, posts] : totals.noise_by_kind) {
      kinds += fmt::format("{}{} {}", kinds.empty() ? " (" : ", ", posts, kind);
    }
  }
  return fmt::format("{} as noise{}{}", totals.noise, kinds,
                     kinds.empty() ? "" : ")");
}

}  // namespace grumble::app
