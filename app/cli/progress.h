#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace grumble::app {

/// A line on standard error that is written over, on a terminal, from the
/// second second on. It goes with the object.
class Progress {
 public:
  explicit Progress(bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Some times a second; `text` is asked only when it is shown.
  void show(const std::function<std::string()>& text);

 private:
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace grumble::app
