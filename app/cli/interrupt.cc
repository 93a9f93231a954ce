#include "app/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include "app/cli/command.h"

namespace grumble::app {
namespace {

constexpr unsigned kSeconds = 2;

volatile sig_atomic_t asked = 0;

void on_signal(int) {
  asked = 1;
  alarm(kSeconds);
}

void on_alarm(int) { _exit(exit_interrupted); }

}  // namespace

void heed_signals() {
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = on_alarm;
  sigaction(SIGALRM, &action, nullptr);
  action.sa_handler = on_signal;
  // Reading from a terminal or a pipe is not gone on with.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return asked != 0; }

void end_if_interrupted() {
  if (interrupted()) throw Interrupted();
}

}  // namespace grumble::app
