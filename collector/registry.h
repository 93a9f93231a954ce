#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "collector/source.h"

namespace grumble::collector {

/// A kind of source that Grumble can collect from.
struct SourceType {
  std::string_view name;
  std::string_view default_base_url;
  std::unique_ptr<Source> (*make)(const SourceConfig&);
};

/// One row a kind; the array lives as long as the program.
std::span<const SourceType> source_types();

/// Throws std::invalid_argument, naming the known kinds, when `config.type` is
/// none of them, or when an option is unknown or has an impossible value.
std::unique_ptr<Source> make_source(const SourceConfig& config);

}  // namespace grumble::collector
