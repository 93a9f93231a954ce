#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "simulator/world.h"
#include "simulator/x_dialect.h"

/// Which posts a search or count request is about, and where its pages break.
namespace grumble::simulator {

/// `recent` reaches back seven days, `all` to the first post.
enum class Reach { recent, all };

/// Ids at least `first` and less than `end`; the times that they stand for.
struct Window {
  int64_t first = 0;
  int64_t end = 0;
  Timestamp start_time;
  Timestamp end_time;
};

/// Reads since_id, until_id, start_time and end_time. Throws Refusal.
Window parse_window(const Target& target, Reach reach, const Words& words,
                    Timestamp now);

/// A token carries one position and fits only the request it came from.
std::string page_token(const Target& target, int64_t position);
/// Empty when the request has no token. Throws Refusal when it has a wrong one.
std::optional<int64_t> parse_page_token(const Target& target,
                                        const Words& words);

}  // namespace grumble::simulator
