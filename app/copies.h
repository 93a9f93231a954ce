#pragma once

#include <functional>

#include "store/copies.h"
#include "store/database.h"

namespace grumble::app {

/// Looks among what has landed for near-copies and probable bots, until nothing
/// is due or `go_on` says no; while another program is at it, leaves it to that
/// one. What was looked at, and what it came to. Throws store::DatabaseError.
store::Judged judge_landed(
    store::Database& database, const store::BotLimits& limits,
    const std::function<bool()>& go_on = [] { return true; });

}  // namespace grumble::app
