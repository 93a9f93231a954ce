#pragma once

#include <stdexcept>

namespace grumble::app {

/// From now on the first SIGINT or SIGTERM asks the command to end between two
/// steps of its work. It has two seconds; then, or at a second signal, the
/// program ends where it is, and its transaction is rolled back. The status is
/// exit_interrupted, or that of the second signal.
void heed_signals();

/// Whether it is asked to end.
bool interrupted();

/// `main` says that the command can be gone on with.
class Interrupted : public std::runtime_error {
 public:
  Interrupted()
      : std::runtime_error("interrupted; run the same command again to go on") {
  }
};

/// Throws Interrupted when it is asked to end.
void end_if_interrupted();

}  // namespace grumble::app
