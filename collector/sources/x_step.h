#pragma once

#include <string>

#include "domain/timestamp.h"

namespace grumble::collector {

/// Where a walk stands: a range by ids (`lo`, `hi`) or by times (`start`,
/// `end`), never both, the token of the page to ask for, and the lowest id
/// that has landed. Ids and times as the site writes them; empty when unused.
struct XStep {
  std::string lo;
  std::string hi;
  std::string start;
  std::string end;
  std::string token;
  std::string low;
  std::string gap_from;  ///< what lies between it and `start` is out of reach
  int empty_pages = 0;
  int restarts = 0;
};

/// The JSON object that a cursor keeps, and back.
std::string write_x_step(const XStep& step);
XStep read_x_step(const std::string& json);

/// The bounds of a step as times, whichever way it has them.
domain::Timestamp begin_of(const XStep& step);
domain::Timestamp end_of(const XStep& step);
/// The end of what is left: below the lowest id that landed.
domain::Timestamp end_below(const XStep& step);

/// The first post of all.
inline constexpr domain::Timestamp kFirstXPost{
    std::chrono::seconds{1'142'974'200}};

}  // namespace grumble::collector
