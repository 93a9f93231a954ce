#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace grumble::domain {

/// A point in UTC time, in milliseconds: the precision of both sites.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// Reads RFC 3339 (`2024-12-09T18:12:07Z`, fractions and numeric offsets
/// allowed, a missing zone is refused). Empty when the text is no such time or
/// its year is outside 1970..2199.
std::optional<Timestamp> parse_timestamp(std::string_view text);

/// `2024-12-09T18:12:07Z`; with milliseconds when they are not zero.
std::string to_string(Timestamp time);

/// Reads `7d`, `36h`, `90m`, `2w`, `45s`. Empty when it is none of them.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace grumble::domain
