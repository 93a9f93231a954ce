#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "domain/timestamp.h"

namespace grumble::simulator {

/// What is wrong with one line, without its place.
class LineError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One line of a world file, checked by itself. Keys that are not of its kind
/// are refused; `gold`, `cmp` and `noise` are for evaluations and skipped.
struct WorldLine {
  std::string kind;  ///< post, video or comment
  domain::Timestamp at;
  std::string by;
  std::string by_name;
  std::string lang = "und";
  std::string title;
  std::string text;
  std::string ref;
  std::string reply_to;
  std::string quote_of;
  std::string on;
  std::string duration = "PT5M0S";
  bool comments_disabled = false;
  int64_t likes = 0, reposts = 0, replies = 0, quotes = 0, views = 0;
  std::optional<domain::Timestamp> edited;  ///< later than `at`
  size_t number = 0;                        ///< its place in the file, from 1
};

/// Throws LineError.
WorldLine parse_world_line(std::string_view json);

}  // namespace grumble::simulator
