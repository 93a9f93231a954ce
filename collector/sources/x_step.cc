#include "collector/sources/x_step.h"

#include <cstdlib>

#include "collector/sources/json.h"
#include "collector/sources/text.h"
#include "collector/sources/x_items.h"

namespace grumble::collector {
namespace {

std::string counted(int number) {
  return number == 0 ? "" : std::to_string(number);
}

domain::Timestamp time_of(const std::string& id, const std::string& time) {
  if (const auto number = x_id(id)) return x_time_of(*number);
  return domain::parse_timestamp(time).value_or(kFirstXPost);
}

}  // namespace

std::string write_x_step(const XStep& step) {
  return write_flat({{"lo", step.lo},
                     {"hi", step.hi},
                     {"start", step.start},
                     {"end", step.end},
                     {"token", step.token},
                     {"low", step.low},
                     {"gap_from", step.gap_from},
                     {"empty", counted(step.empty_pages)},
                     {"restarts", counted(step.restarts)}});
}

XStep read_x_step(const std::string& json) {
  auto members = read_flat(json);
  XStep step;
  step.lo = members["lo"];
  step.hi = members["hi"];
  step.start = members["start"];
  step.end = members["end"];
  step.token = members["token"];
  step.low = members["low"];
  step.gap_from = members["gap_from"];
  step.empty_pages = std::atoi(members["empty"].c_str());
  step.restarts = std::atoi(members["restarts"].c_str());
  return step;
}

domain::Timestamp begin_of(const XStep& step) {
  return time_of(step.lo, step.start);
}

domain::Timestamp end_of(const XStep& step) {
  return time_of(step.hi, step.end);
}

domain::Timestamp end_below(const XStep& step) {
  const auto low = x_id(step.low);
  return low ? x_time_of(*low) : end_of(step);
}

}  // namespace grumble::collector
