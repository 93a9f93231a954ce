#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "collector/collect.h"
#include "collector/http_client.h"
#include "collector/source.h"

namespace grumble::collector {

/// Nobody asks again before a person says so.
constexpr std::chrono::hours kForever{24 * 365 * 20};

/// What became of one gap's turn.
enum class Outcome {
  landed,
  dropped,    ///< final, or set aside
  forbidden,  ///< its bucket must rest
  failed,     ///< tried enough for now
  refused,    ///< the round must end
  stopped,    ///< cancelled
};

/// What follows from a request that brought no page. Its gap, bucket and
/// receipt are the caller's to fill in.
struct Verdict {
  std::optional<Outcome> outcome;  ///< empty: worth another try
  Ended ended = Ended::complete;   ///< what the round must say, if not complete
  std::chrono::milliseconds wait{0};  ///< at least, before another try
  bool timed_out = false;
  bool noteworthy = false;  ///< a person should read the reason
  Refusal refusal;
};

/// Judges a refusal of the site. `failures`: of its bucket before this one, in
/// a row; `jitter` in [0, 1). Pure.
Verdict judge(const SourceError& error, const Gap& gap, int failures,
              domain::Timestamp now, double jitter);

/// Judges a request that had no answer.
Verdict judge(const HttpError& error, int failures, double jitter);

}  // namespace grumble::collector
