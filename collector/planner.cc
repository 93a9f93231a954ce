#include "collector/planner.h"

#include <utility>

#include "collector/refresh.h"

namespace grumble::collector {
namespace {

/// Gaps are read so far before another query has its turn.
constexpr int64_t kPagesOfGaps = 10;

}  // namespace

Planner::Planner(std::vector<Claim> claims, bool refreshes)
    : refreshes_(refreshes) {
  for (Claim& claim : claims) {
    std::string query = claim.query;
    states_[std::move(query)].claim = std::move(claim);
  }
}

std::optional<Planner::Turn> Planner::next() const {
  for (const Scope scope : {Scope::fresh, Scope::gaps}) {
    const State* best = nullptr;
    const auto had = [](const State& state) {
      return state.claim.had / state.claim.weight;
    };
    for (const auto& [query, state] : states_) {
      const bool wants = scope == Scope::fresh ? state.fresh : state.gaps;
      if (wants && (best == nullptr || had(state) < had(*best))) best = &state;
    }
    if (best == nullptr) continue;
    return Turn{best->claim.query, scope,
                scope == Scope::fresh ? INT64_MAX : kPagesOfGaps};
  }
  if (refreshes_) return Turn{kRefresh, Scope::all, INT64_MAX};
  return std::nullopt;
}

bool Planner::done(const Turn& turn, double had, bool more) {
  if (turn.query == kRefresh) {
    refreshes_ = false;
    return true;
  }
  State& state = states_.at(turn.query);
  state.claim.had = had;
  state.fresh = false;
  state.gaps = more;
  return !more;
}

}  // namespace grumble::collector
