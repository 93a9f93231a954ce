#include "collector/walk.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace grumble::collector {
namespace {

using domain::Timestamp;

constexpr int kMostEmptyPages = 20;
constexpr int kMostRestarts = 3;
constexpr int64_t kOldestEvery = 4;
constexpr std::chrono::minutes kFirstRest{1};
constexpr std::chrono::minutes kLongestRest{6 * 60};

bool is_empty(const Gap& gap) { return Range{gap.lo, gap.hi}.empty(); }

/// Without a token, from what is left; `hi` must be as it is to stay.
Move restart(Gap gap, std::string reason, Timestamp now) {
  gap.token.clear();
  gap.seen.clear();
  gap.asked_hi = gap.hi;
  gap.empty_pages = 0;
  if (++gap.restarts > kMostRestarts) {
    return set_aside(gap, std::move(reason), now);
  }
  return {Fate::moved, std::move(gap), std::move(reason)};
}

Move close(Gap gap) {
  gap.token.clear();
  gap.seen.clear();
  return {Fate::closed, std::move(gap), ""};
}

/// On with the next page, unless the site only pretends that there is one.
Move turn_page(Gap gap, const Sight& sight, bool progress, Timestamp now) {
  if (sight.next_token.empty()) return close(std::move(gap));
  if (progress) gap.restarts = gap.tries = 0;
  if (sight.next_token == gap.token) {
    return restart(std::move(gap), "the site repeats its page token", now);
  }
  gap.empty_pages = sight.keys.empty() ? gap.empty_pages + 1 : 0;
  if (gap.empty_pages > kMostEmptyPages) {
    return restart(std::move(gap), "too many empty pages in a row", now);
  }
  gap.token = sight.next_token;
  return {Fate::moved, std::move(gap), ""};
}

/// Without the items that stand on the page a second time.
Sight without_repetitions(const Sight& sight) {
  Sight distinct = sight;
  std::unordered_set<int64_t> seen;
  std::erase_if(distinct.keys,
                [&](int64_t key) { return !seen.insert(key).second; });
  return distinct;
}

Move advance_by_id(const Gap& gap, const Sight& page, Timestamp now) {
  if (page.too_soon.count() > 0) {
    Move move =
        set_aside(gap, "the range reaches beyond the site's clock", now);
    // No longer than that: its clock, too, may be wrong.
    move.gap.not_before =
        now + std::min<std::chrono::milliseconds>(page.too_soon, kLongestRest);
    return move;
  }
  const Sight sight = without_repetitions(page);
  if (!std::is_sorted(sight.keys.rbegin(), sight.keys.rend())) {
    return restart(gap, "the page is not sorted by id", now);
  }
  if (sight.keys.empty()) return turn_page(gap, sight, false, now);
  if (sight.keys.back() <= gap.lo || sight.keys.front() >= gap.asked_hi) {
    return restart(gap, "the page reaches beyond the bounds asked for", now);
  }
  Gap next = gap;
  next.hi = sight.keys.back();
  // A page that starts above what is left may overlap the last one, no more.
  if (next.hi >= gap.hi) {
    return restart(gap, "the site repeats its pages", now);
  }
  if (is_empty(next)) return close(std::move(next));
  return turn_page(std::move(next), sight, true, now);
}

Move advance_by_time(const Gap& gap, const Sight& sight, Timestamp now) {
  const size_t comma = gap.seen.find(',');
  const std::string first = gap.seen.substr(0, comma);
  const std::string last =
      comma == std::string::npos ? "" : gap.seen.substr(comma + 1);
  if (!sight.keys.empty() && !gap.seen.empty() &&
      (sight.digest == first || sight.digest == last)) {
    return restart(gap, "the site repeats its pages", now);
  }
  if (!sight.keys.empty() &&
      *std::max_element(sight.keys.begin(), sight.keys.end()) <= gap.lo) {
    return close(gap);
  }
  Gap next = gap;
  next.seen = (gap.seen.empty() ? sight.digest : first) + ',' + sight.digest;
  // Restarts stay counted: from the first page on, all of it is repetition.
  return turn_page(std::move(next), sight, false, now);
}

}  // namespace

Opening open_range(int64_t top, int64_t until, int64_t reach) {
  Opening opening;
  opening.top = top;
  if (Range{top, until}.empty()) return opening;
  opening.top = until - 1;
  if (reach > top) {
    opening.unreachable = Range{top, std::min(reach + 1, until)};
    top = reach;
  }
  const Range open{top, until};
  if (!open.empty()) opening.open = open;
  return opening;
}

std::optional<Range> clip(Gap& gap, int64_t reach) {
  if (gap.lo >= reach) return std::nullopt;
  const Range lost{gap.lo, std::min(reach + 1, gap.hi)};
  gap.lo = reach;
  gap.asked_hi = gap.hi;
  gap.token.clear();
  gap.seen.clear();
  return lost;
}

Move advance(const Gap& gap, const Sight& sight, Timestamp now) {
  Gap ready = gap;
  ready.not_before.reset();
  return sight.order == Order::by_id ? advance_by_id(ready, sight, now)
                                     : advance_by_time(ready, sight, now);
}

Move refuse_token(const Gap& gap, Timestamp now) {
  return restart(gap, "the site refuses its own page token", now);
}

Move set_aside(const Gap& gap, std::string reason, Timestamp now) {
  Gap aside = gap;
  aside.token.clear();
  aside.seen.clear();
  aside.asked_hi = aside.hi;
  aside.restarts = 0;
  aside.empty_pages = 0;
  const int doublings = std::min(aside.tries++, 16);
  aside.not_before =
      now + std::min(kLongestRest, kFirstRest * (1 << doublings));
  return {Fate::set_aside, std::move(aside), std::move(reason)};
}

const Gap* pick(std::span<const Gap> gaps, int64_t turn, Timestamp now) {
  const Gap* best = nullptr;
  const bool oldest = turn % kOldestEvery == kOldestEvery - 1;
  for (const Gap& gap : gaps) {
    if (gap.not_before && *gap.not_before > now) continue;
    if (best == nullptr || (oldest ? gap.id < best->id : gap.id > best->id)) {
      best = &gap;
    }
  }
  return best;
}

}  // namespace grumble::collector
