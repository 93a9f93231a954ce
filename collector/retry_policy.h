#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collector/http.h"
#include "domain/timestamp.h"

namespace grumble::collector {

/// How long to wait before try `tries` + 1: up to `backoff` doubled with each
/// try and at most a minute, spread over the whole span by `jitter` in [0, 1).
std::chrono::milliseconds retry_delay(int tries,
                                      std::chrono::milliseconds backoff,
                                      double jitter);

/// Reads `Fri, 07 Oct 2022 22:43:19 GMT`; the suffix may also be `UTC`, as the
/// X API writes it.
std::optional<domain::Timestamp> parse_http_date(std::string_view text);

/// Writes it so, in whole seconds.
std::string http_date(domain::Timestamp time);

/// When a refused request may be sent again: `x-rate-limit-reset` measured
/// from the answer's own clock, or `retry-after`, between one second and 16
/// minutes from `now`; without either, `fallback` from now.
domain::Timestamp next_try(const HttpResponse& response, domain::Timestamp now,
                           std::chrono::seconds fallback);

/// `x-rate-limit-reset` in seconds since 1970; empty unless it is a number.
std::optional<int64_t> rate_limit_reset(const HttpResponse& response);

/// The first midnight in California after `time`, by the rule of United States
/// law since 2007.
domain::Timestamp next_pacific_midnight(domain::Timestamp time);

/// The start of the month after that of `time`, in UTC.
domain::Timestamp next_utc_month(domain::Timestamp time);

/// What a source may spend on trying again, so that a site in trouble is not
/// asked the more the worse it fares. Full at first.
class RetryBudget {
 public:
  /// Takes what one retry costs, more when the last try ran out of time. False
  /// when that much is not left; then nothing is taken.
  bool take(bool timed_out);
  /// A page that was had gives a little back.
  void give_back();

 private:
  int tokens_ = 100;
};

}  // namespace grumble::collector
