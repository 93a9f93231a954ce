#pragma once

#include <chrono>
#include <optional>
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

/// When a refused request may be sent again: `x-rate-limit-reset` measured
/// from the answer's own clock, or `retry-after`, between one second and 16
/// minutes from `now`; without either, `fallback` from now.
domain::Timestamp next_try(const HttpResponse& response, domain::Timestamp now,
                           std::chrono::seconds fallback);

}  // namespace grumble::collector
