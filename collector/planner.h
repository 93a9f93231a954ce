#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/collect.h"

namespace grumble::collector {

/// A query that asks for a part of the budget.
struct Claim {
  std::string query;
  double weight = 1;  ///< its share, against the others'; above zero
  /// What it has had of the present day's caps, 1 being a whole cap.
  double had = 0;
};

/// Decides who asks next in one pass over a source's queries: first what is new
/// of each, then the gaps that earlier passes left, some pages at a time, and
/// at last, once, what is known and to be asked for again. Among queries the
/// turn is always that of the query which has had least for its weight, so that
/// a budget that does not suffice is shared by weight, and one that does is
/// nobody's limit. Pure: the same claims give the same turns.
class Planner {
 public:
  struct Turn {
    std::string query;
    Scope scope = Scope::fresh;
    int64_t pages = INT64_MAX;

    bool operator==(const Turn&) const = default;
  };

  /// `refreshes`: the pass ends with a turn of kRefresh.
  Planner(std::vector<Claim> claims, bool refreshes);

  /// Empty: the pass is over.
  std::optional<Turn> next() const;

  /// The turn was taken; its query has had `had` by now, as in Claim. `more`:
  /// gaps are left that could be asked for. Whether it has no further turn.
  bool done(const Turn& turn, double had, bool more);

 private:
  struct State {
    Claim claim;
    bool fresh = true;  ///< its first turn is still to come
    bool gaps = false;
  };

  std::map<std::string, State> states_;
  bool refreshes_;
};

}  // namespace grumble::collector
