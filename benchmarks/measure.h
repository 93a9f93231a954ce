#pragma once

#include <chrono>
#include <functional>

namespace grumble::benchmarks {

/// What the work took by the clock.
inline double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - begin;
  return took.count();
}

}  // namespace grumble::benchmarks
