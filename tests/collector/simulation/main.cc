// Runs schedules of the walk simulation and prints the first that fails.
//   walk_simulation SCHEDULES [FIRST_SEED] [MUTANT]
// With a mutant, succeeds when the mutant is caught.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/collector/simulation/schedule.h"

namespace {

namespace sim = grumble::collector::simulation;

sim::Mutant mutant_named(const std::string& name) {
  for (const auto& [mutant, known] : sim::mutants()) {
    if (known == name) return mutant;
  }
  std::cerr << "no mutant '" << name << "'; there are:";
  for (const auto& [mutant, known] : sim::mutants()) std::cerr << ' ' << known;
  std::cerr << '\n';
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t schedules = argc > 1 ? std::atoll(argv[1]) : 1'000;
  const uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const auto mutant = argc > 3 ? mutant_named(argv[3]) : sim::Mutant::none;
  const auto begin = std::chrono::steady_clock::now();
  sim::Outcome sum;
  int64_t failed = 0;
  for (int64_t i = 0; i < schedules; ++i) {
    const uint64_t seed = first + static_cast<uint64_t>(i);
    const sim::Outcome outcome = sim::run_schedule(seed, mutant);
    sum.posts += outcome.posts;
    sum.billed += outcome.billed;
    sum.steps += outcome.steps;
    sum.crashes += outcome.crashes;
    if (outcome.violation.empty()) continue;
    if (failed++ == 0) {
      std::cout << "seed " << seed << ": " << outcome.violation << '\n';
    }
  }
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - begin;
  std::cout << schedules << " schedules, " << failed << " violations, "
            << static_cast<int64_t>(static_cast<double>(schedules) /
                                    took.count())
            << " schedules/s; " << sum.steps << " steps, " << sum.crashes
            << " crashes, " << sum.posts << " posts stored, " << sum.billed
            << " paid\n";
  return (failed == 0) == (mutant == sim::Mutant::none) ? 0 : 1;
}
