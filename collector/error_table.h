#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/source.h"

namespace grumble::collector {

/// One kind of refusal. A row fits an answer of its source whose status lies
/// in [first_status, last_status] and, unless `reason` is empty, which gives
/// that reason (compared without regard to case).
struct ErrorRow {
  std::string_view source;  ///< type of the source: "x", "youtube"
  int first_status = 0;
  int last_status = 0;
  std::string_view reason;
  Action action = Action::stop_source;
  std::string_view meaning;  ///< for a person, with what to do about it
};

/// All rows; of those that fit an answer the first holds.
std::span<const ErrorRow> error_rows();

/// The row for an answer; `reasons` are all the names the answer gives its
/// refusal. Never fails: the last row of a source fits everything.
const ErrorRow& classify(std::string_view source, int status,
                         const std::vector<std::string>& reasons);

}  // namespace grumble::collector
