#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/gap.h"
#include "domain/timestamp.h"

// How a walk moves. Pure: no I/O, no clock, no state. What is said here is all
// that decides which part of a list counts as landed.
namespace grumble::collector {

using domain::Gap;

/// What a page of a list proves.
enum class Order {
  /// Newest id first, and both bounds are part of the request: whatever lies
  /// between two ids of a page and is not on it does not exist.
  by_id,
  /// Newest first as a rule, and no bounds: ends a whole page below `lo`.
  by_time,
};

/// What a page shows of its list.
struct Sight {
  Order order = Order::by_time;
  /// Ids or times of the items, in the page's order.
  std::vector<int64_t> keys;
  std::string digest;      ///< tells a page that came again
  std::string next_token;  ///< empty: the site says there is no more
  /// By the site's own clock it takes so long until all that lies in the range
  /// asked for is there.
  std::chrono::milliseconds too_soon{0};
};

/// Ids, or milliseconds, between two bounds that are themselves excluded.
struct Range {
  int64_t lo = 0;
  int64_t hi = 0;

  bool empty() const { return hi - 1 <= lo; }
  bool operator==(const Range&) const = default;
};

/// How a new range begins: everything up to `top` has landed or lies in a gap.
struct Opening {
  std::optional<Range> open;
  std::optional<Range> unreachable;  ///< older than the site answers for
  int64_t top = 0;                   ///< the new one
};

/// The range between `top` and `until`, the first id that may still get
/// company. Ids up to and with `reach` cannot be asked for.
Opening open_range(int64_t top, int64_t until,
                   int64_t reach = std::numeric_limits<int64_t>::min());

/// Takes from a gap what has become too old to be asked for: ids up to and
/// with `reach`. Empty when there is no such part. When nothing else is left,
/// `gap` is empty afterwards.
std::optional<Range> clip(Gap& gap, int64_t reach);

/// What became of a gap.
enum class Fate {
  moved,      ///< there is more to ask for
  closed,     ///< landed whole
  set_aside,  ///< the site does not let it move; not before `not_before`
};

struct Move {
  Fate fate = Fate::moved;
  Gap gap;             ///< as it is from now on
  std::string reason;  ///< for a person; empty when all went well
};

/// Moves the gap past the page that answered it. A page that proves nothing
/// (out of order, out of bounds, seen before, or come too soon) leaves the
/// bounds as they are.
Move advance(const Gap& gap, const Sight& sight, domain::Timestamp now);

/// The site does not take its own token: on from the lowest id that landed.
Move refuse_token(const Gap& gap, domain::Timestamp now);

/// Sets the gap aside: a minute, then twice as long each time, at most six
/// hours.
Move set_aside(const Gap& gap, std::string reason, domain::Timestamp now);

/// The gap to ask for next: of those that may be asked for the newest, and
/// every fourth turn the oldest, so that none starves. Null when there is none.
const Gap* pick(std::span<const Gap> gaps, int64_t turn, domain::Timestamp now);

}  // namespace grumble::collector
