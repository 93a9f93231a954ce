#pragma once

#include <chrono>
#include <cstdint>

#include "simulator/world.h"

namespace grumble::simulator {

struct Generation {
  int64_t posts = 0;
  int64_t videos = 0;  ///< each with `comments` of them, replies among them
  int64_t comments = 40;
  uint64_t seed = 1;
  Timestamp end;  ///< just after the last of them
  std::chrono::seconds span{6 * 24 * 3600};
};

/// A made-up world: the same options give the same one. Every text names a
/// model; most complain. One post in ten answers an earlier one, one in twenty
/// quotes one; three authors write for every ten posts.
World generate(const Generation& options);

}  // namespace grumble::simulator
