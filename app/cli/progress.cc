#include "app/cli/progress.h"

#include <unistd.h>

#include <iostream>

namespace grumble::app {

using std::chrono::steady_clock;

Progress::Progress(bool quiet)
    : shown_(!quiet && isatty(STDERR_FILENO) == 1),
      next_(steady_clock::now() + std::chrono::seconds(2)) {}

Progress::~Progress() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
}

void Progress::show(const std::function<std::string()>& text) {
  const auto now = steady_clock::now();
  if (!shown_ || now < next_) return;
  next_ = now + std::chrono::milliseconds(300);
  std::cerr << "\r\x1b[K" << text() << std::flush;
  drawn_ = true;
}

}  // namespace grumble::app
