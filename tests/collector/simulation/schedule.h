#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace grumble::collector::simulation {

/// What is done wrong on purpose. Each of these must be caught.
enum class Mutant {
  none,
  max_id_each_page,     ///< watermark after every page, no gap rows
  max_id_at_run_end,    ///< watermark at the end of a run, limit or not
  max_id_at_bottom,     ///< watermark at the bottom, range not closed above
  no_settling,          ///< gap rows, but the range reaches up to now
  stops_at_empty_page,  ///< an empty page closes the gap
  trusts_any_order,     ///< a shuffled page moves the gap
  closes_on_refusal,    ///< a refused token closes the gap
  gap_before_posts,     ///< the gap moves in a transaction of its own
  no_fence,             ///< a stale lease may still write
  forgets_clipping,     ///< what is too old is dropped without a row
  spends_unreserved,    ///< asks first, books afterwards
  frees_unknown,        ///< an answer that was lost is not counted
  forgets_breaker,      ///< a restart asks again before the reset
  forgets_site_clock,   ///< a kept page is judged by our clock
};

struct MutantName {
  Mutant mutant;
  std::string_view name;
};
const std::vector<MutantName>& mutants();

struct Outcome {
  /// Empty, or the first invariant that broke: "I2: post 17344 is ...".
  std::string violation;
  int64_t posts = 0;
  int64_t billed = 0;
  int64_t steps = 0;
  int64_t crashes = 0;
};

/// One schedule: world, faults, crashes and turns of two instances, all from
/// the seed; then a fair-weather drain, then the invariants.
Outcome run_schedule(uint64_t seed, Mutant mutant = Mutant::none);

}  // namespace grumble::collector::simulation
