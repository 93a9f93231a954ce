#pragma once

#include <algorithm>
#include <chrono>

#include "collector/stream.h"

namespace grumble::collector {

/// How long a stream waits before it connects again; the spans are those of
/// its options.
class StreamPatience {
 public:
  using milliseconds = std::chrono::milliseconds;

  explicit StreamPatience(const StreamOptions& options) : options_(options) {}

  /// The line has proved good.
  void reset() { drops_ = troubles_ = limits_ = 0; }
  /// At once, then a little later each time.
  milliseconds after_drop() {
    return std::min(options_.tcp_most, options_.tcp_step * drops_++);
  }
  milliseconds after_trouble() {
    return doubled(options_.http_first, troubles_++);
  }
  milliseconds after_limit() {
    return doubled(options_.limit_first, limits_++);
  }
  bool first_limit() const { return limits_ == 0; }

 private:
  milliseconds doubled(milliseconds first, int times) const {
    return std::min(options_.http_most, first * (1 << std::min(times, 10)));
  }

  const StreamOptions& options_;
  int drops_ = 0;
  int troubles_ = 0;
  int limits_ = 0;
};

}  // namespace grumble::collector
