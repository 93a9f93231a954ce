// The crash points of `grumbled-crash`, armed by GRUMBLE_CRASH_AT=name:k.

#include "domain/crash_point.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

namespace grumble::domain {
namespace {

struct Trigger {
  std::string name;
  std::atomic<int> left = 0;

  Trigger() {
    const char* const at = std::getenv("GRUMBLE_CRASH_AT");
    if (at == nullptr) return;
    const std::string text = at;
    const size_t colon = text.find(':');
    name = text.substr(0, colon);
    left = colon == std::string::npos ? 1 : std::atoi(text.c_str() + colon + 1);
  }
};

}  // namespace

void crash_point(const char* name) {
  static Trigger trigger;
  if (trigger.name == name && --trigger.left == 0) kill(getpid(), SIGKILL);
}

}  // namespace grumble::domain
