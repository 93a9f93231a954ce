#include "app/model_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/report_queries.h"

namespace grumble::app {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return text;
}

}  // namespace

void match_models(store::Database& database, std::vector<std::string>& models) {
  if (models.empty()) return;
  const auto known = store::model_names(database);
  for (std::string& model : models) {
    const auto found = std::find_if(
        known.begin(), known.end(),
        [&](const auto& name) { return lower(name) == lower(model); });
    if (found == known.end()) {
      throw UnknownModel(fmt::format(
          "nothing is stored about '{}'; there is: {}", model,
          known.empty() ? "nothing yet"
                        : fmt::format("{}", fmt::join(known, ", "))));
    }
    model = *found;
  }
}

}  // namespace grumble::app
