#pragma once

#include <chrono>
#include <cstdint>

#include "simulator/world.h"

namespace grumble::simulator {

/// What befalls posts and accounts, whoever asks: each share of them is chosen
/// by the seed.
struct WorldFaults {
  double late = 0;  ///< found by a search only after up to `lateness`
  std::chrono::seconds lateness{60};
  double deleted = 0;                     ///< in runs of `run` neighbours,
  std::chrono::seconds deleted_after{0};  ///< so long after they were written
  int64_t run = 1;
  double closed = 0;                     ///< accounts, with all their posts,
  std::chrono::seconds closed_after{0};  ///< so long after the last of them
  double edited = 0;  ///< replaced by a post with an id of its own,
  std::chrono::seconds edited_after{120};  ///< so much later
  uint64_t seed = 0;
};

/// The world with those faults.
World disturb(World world, const WorldFaults& faults);

}  // namespace grumble::simulator
