#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace grumble::domain {

/// One table serves both ways between an enumeration and its written names.
template <typename Enum, size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

/// Empty when `value` has no row.
template <typename Enum, size_t N>
constexpr std::string_view name_of(const Names<Enum, N>& names, Enum value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return name;
  }
  return {};
}

template <typename Enum, size_t N>
constexpr std::optional<Enum> value_of(const Names<Enum, N>& names,
                                       std::string_view name) {
  for (const auto& [value, candidate] : names) {
    if (candidate == name) return value;
  }
  return std::nullopt;
}

}  // namespace grumble::domain
