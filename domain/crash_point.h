#pragma once

namespace grumble::domain {

/// A named place where a test program may die: `grumbled-crash` does so, by
/// SIGKILL, at the k-th passing of GRUMBLE_CRASH_AT=name:k. In every other
/// program this does nothing. Safe from any thread.
void crash_point(const char* name);

}  // namespace grumble::domain
