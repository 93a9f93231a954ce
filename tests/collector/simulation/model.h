#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "collector/walk.h"
#include "tests/collector/simulation/schedule.h"
#include "tests/collector/simulation/site.h"

namespace grumble::collector::simulation {

/// What a reservation became.
struct Booking {
  enum class State { reserved, settled, unknown };
  State state = State::reserved;
  int64_t worst = 0;
  int64_t actual = 0;
  int64_t booked_at = 0;

  int64_t counted() const { return state == State::settled ? actual : worst; }
};

/// A page that was paid for.
struct RawPage {
  Gap gap;  ///< as it was when the page was asked for
  Answer answer;
  int64_t received_at = 0;
  bool applied = false;
};

/// The database: what survives a crash. Changed in whole transactions only.
struct Model {
  int64_t top = 0;
  int64_t last_gap = 0;
  int64_t turn = 0;
  std::map<int64_t, Gap> open;
  std::vector<Range> unreachable;
  std::map<int64_t, int> posts;  ///< id -> results of analysis
  std::vector<RawPage> pages;    ///< a page's place is its id
  std::vector<Booking> ledger;
  int64_t breaker_until = 0;
  int64_t permits = 0;
  int64_t opened_at = -1'000'000;

  int lease_holder = -1;
  int64_t lease_epoch = 0;
  int64_t lease_until = 0;

  int64_t spent() const {
    int64_t sum = 0;
    for (const Booking& booking : ledger) sum += booking.counted();
    return sum;
  }
  std::vector<Gap> open_gaps() const {
    std::vector<Gap> gaps;
    for (const auto& [id, gap] : open) gaps.push_back(gap);
    return gaps;
  }
  int64_t add_gap(const Range& range) {
    Gap gap;
    gap.id = ++last_gap;
    gap.lo = range.lo;
    gap.hi = gap.asked_hi = range.hi;
    open[gap.id] = gap;
    return gap.id;
  }
};

}  // namespace grumble::collector::simulation
