#include "app/reanalysis_run.h"

#include <algorithm>
#include <thread>

namespace grumble::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// So long after others were last seen they may be back.
constexpr std::chrono::seconds kAlone{5};
constexpr milliseconds kLongestRest{5'000};
constexpr milliseconds kNap{50};
/// Due posts that landings may wait for, at first.
constexpr int64_t kFewDue = 500;
constexpr int kMostTries = 60;

bool locked(const store::DatabaseError& error) {
  return error.sqlstate() == "55P03";
}

/// Repeats what met another transaction; what it returns.
bool repeatedly(const std::function<bool()>& call) {
  for (int tries = 1;; ++tries) {
    try {
      return call();
    } catch (const store::DatabaseError& error) {
      if (!error.met_another() || tries == kMostTries) throw;
    }
  }
}

void rest(milliseconds span, const ReanalysisRun& run) {
  for (; span.count() > 0 && !run.stopped(); span -= kNap) {
    std::this_thread::sleep_for(std::min(span, kNap));
  }
}

/// Measures how long it works, and rests in proportion.
class Pace {
 public:
  Pace(store::Database& database, const ReanalysisRun& run)
      : database_(database), run_(run) {}

  /// One transaction, then the rest that it has earned.
  bool work(const std::function<bool()>& call) {
    watch();
    const auto begin = steady_clock::now();
    const bool more = repeatedly(call);
    const std::chrono::duration<double> busy = steady_clock::now() - begin;
    watch();
    run_.step();
    if (steady_clock::now() - seen_ < kAlone) {
      const auto earned =
          std::chrono::duration_cast<milliseconds>(busy * (1 / run_.share - 1));
      rest(std::min(earned, kLongestRest), run_);
    }
    return more;
  }

 private:
  void watch() {
    if (store::others_land(database_)) seen_ = steady_clock::now();
  }

  store::Database& database_;
  const ReanalysisRun& run_;
  steady_clock::time_point seen_ = steady_clock::now() - 2 * kAlone;
};

}  // namespace

bool clear_reanalysis(store::Database& database, const ReanalysisRun& run) {
  Pace pace(database, run);
  for (int tries = 0; !run.stopped();) {
    try {
      if (!pace.work([&] { return store::clear_some(database); })) return true;
      tries = 0;
    } catch (const store::DatabaseError& error) {
      if (!locked(error) || ++tries == kMostTries) throw;
      rest(milliseconds(500), run);
    }
  }
  return false;
}

bool run_reanalysis(store::Database& database, const store::ReadText& read,
                    const ReanalysisRun& run) {
  Pace pace(database, run);
  int64_t most = kFewDue;
  for (;;) {
    if (run.stopped()) return false;
    if (pace.work(
            [&] { return store::read_some(database, read, run.batch); })) {
      continue;
    }
    if (repeatedly(
            [&] { return store::show_reanalysis(database, read, most); })) {
      break;
    }
    // As much as lands comes due: it ends when more of it may wait.
    most *= 2;
  }
  return clear_reanalysis(database, run);
}

}  // namespace grumble::app
