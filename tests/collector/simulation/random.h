#pragma once

#include <cstdint>

namespace grumble::collector::simulation {

/// SplitMix64: one seed gives one sequence, on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  /// In [least, most].
  int64_t between(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(
                       next() % static_cast<uint64_t>(most - least + 1));
  }
  bool chance(double probability) {
    return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
  }

 private:
  uint64_t state_;
};

}  // namespace grumble::collector::simulation
