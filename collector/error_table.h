#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/source.h"

namespace grumble::collector {

/// When a refused request may be sent again.
enum class Until {
  soon,              ///< after the next retry delay
  told,              ///< when the answer's headers say, else after a patience
  patience,          ///< after a while of our own, whatever the headers say
  pacific_midnight,  ///< when the site's day ends in California
  next_month,        ///< when the month ends in UTC
  never,             ///< not before somebody has done something about it
};

/// What a row asks of the headers. One status can mean two things.
enum class Headers {
  any,
  limit,  ///< x-rate-limit-reset is a number, and no request is left
};

/// One kind of refusal. A row fits an answer of its source whose status lies
/// in [first_status, last_status], whose headers are so, and, unless `reason`
/// is empty, which gives that reason (compared without regard to case).
struct ErrorRow {
  std::string_view source;  ///< type of the source: "x", "youtube"
  int first_status = 0;
  int last_status = 0;
  std::string_view reason;
  Headers headers = Headers::any;
  Action action = Action::stop_source;
  Until until = Until::never;
  std::string_view meaning;  ///< for a person, with what to do about it
};

/// All rows; of those that fit an answer the first holds.
std::span<const ErrorRow> error_rows();

/// The row for an answer; `reasons` are all the names the answer gives its
/// refusal. Never fails: the last row of a source fits everything.
const ErrorRow& classify(std::string_view source, const HttpResponse& response,
                         const std::vector<std::string>& reasons);

/// The earliest time for the next request, by the answer's own clock where it
/// has one. Zero for Until::soon and Until::never.
domain::Timestamp not_before(const ErrorRow& row, const HttpResponse& response,
                             domain::Timestamp now);

}  // namespace grumble::collector
