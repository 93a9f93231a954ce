#include "collector/verdict.h"

#include <algorithm>

#include "collector/retry_policy.h"

namespace grumble::collector {
namespace {

using std::chrono::milliseconds;

/// Failures in a row that shut a bucket for everybody, and for how long.
constexpr int kFailuresToRest = 5;
constexpr milliseconds kFirstRest{30'000};

/// A query that was refused for good is asked again so rarely.
constexpr std::chrono::hours kRefusedRest{24};

/// After some failures in a row nobody asks for a while.
void count_failure(Verdict& verdict, int failures, double jitter) {
  Refusal& refusal = verdict.refusal;
  refusal.failures = failures + 1;
  if (refusal.failures < kFailuresToRest) return;
  const int shuts = refusal.failures - kFailuresToRest + 1;
  refusal.rest = kFirstRest + retry_delay(shuts, kFirstRest, jitter);
  refusal.reason +=
      "; " + std::to_string(refusal.failures) + " failures in a row";
  verdict.outcome = Outcome::forbidden;
  verdict.ended = Ended::refused;
  verdict.noteworthy = true;
}

void shut(Verdict& verdict, Outcome outcome, Ended ended, milliseconds rest) {
  verdict.refusal.rest = rest;
  verdict.outcome = outcome;
  verdict.ended = ended;
}

}  // namespace

Verdict judge(const SourceError& error, const Gap& gap, int failures,
              domain::Timestamp now, double jitter) {
  Verdict verdict;
  Refusal& refusal = verdict.refusal;
  refusal.reason = error.what();
  refusal.charged = error.charged();
  const milliseconds told = std::max(error.not_before() - now, milliseconds(1));
  switch (error.action()) {
    case Action::retry:
      count_failure(verdict, failures, jitter);
      break;
    case Action::wait:
      refusal.rest = verdict.wait = told;
      break;
    case Action::restart:
      refusal.move = refuse_token(gap, now);
      verdict.outcome = Outcome::dropped;
      break;
    case Action::drop_step:
      refusal.ends_walk = true;
      refusal.move = Move{Fate::closed, gap, refusal.reason};
      verdict.outcome = Outcome::dropped;
      verdict.noteworthy = true;
      break;
    case Action::stop_window:
      shut(verdict, Outcome::forbidden, Ended::budget, told);
      break;
    case Action::stop_query:
      refusal.move = set_aside(gap, refusal.reason, now);
      refusal.move->gap.not_before = now + kRefusedRest;
      verdict.outcome = Outcome::refused;
      verdict.ended = Ended::refused;
      break;
    case Action::stop_source:
    case Action::stop_credential:
      shut(verdict, Outcome::refused, Ended::refused,
           error.not_before() > now ? told : milliseconds(kForever));
      break;
  }
  return verdict;
}

Verdict judge(const HttpError& error, int failures, double jitter) {
  Verdict verdict;
  Refusal& refusal = verdict.refusal;
  refusal.reason = error.what();
  refusal.charged = error.sent();
  verdict.timed_out = error.timed_out();
  if (error.permanent()) {
    verdict.outcome = Outcome::refused;
    verdict.ended = Ended::refused;
  } else {
    count_failure(verdict, failures, jitter);
  }
  return verdict;
}

}  // namespace grumble::collector
