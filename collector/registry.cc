#include "collector/registry.h"

#include <array>
#include <stdexcept>

#include "collector/sources/x.h"
#include "collector/sources/youtube.h"

namespace grumble::collector {
namespace {

constexpr std::array kSourceTypes{
    SourceType{"x", "https://api.x.com", make_x_source},
    SourceType{"youtube", "https://www.googleapis.com", make_youtube_source},
};

}  // namespace

std::span<const SourceType> source_types() { return kSourceTypes; }

std::unique_ptr<Source> make_source(const SourceConfig& config) {
  std::string known;
  for (const SourceType& type : kSourceTypes) {
    if (type.name == config.type) {
      SourceConfig complete = config;
      if (complete.base_url.empty()) {
        complete.base_url = type.default_base_url;
      }
      return type.make(complete);
    }
    known += (known.empty() ? "" : ", ") + std::string(type.name);
  }
  throw std::invalid_argument("unknown source type '" + config.type +
                              "', expected one of " + known);
}

}  // namespace grumble::collector
