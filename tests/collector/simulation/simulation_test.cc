#include <gtest/gtest.h>

#include "tests/collector/simulation/schedule.h"

// The quick leg of script/simulate.
namespace grumble::collector::simulation {
namespace {

// Catalogue: 36, 37, 39, 40, 41, 57
TEST(WalkSimulation, NoInvariantBreaks) {
  int64_t crashes = 0;
  for (uint64_t seed = 1; seed <= 10'000; ++seed) {
    const Outcome outcome = run_schedule(seed);
    ASSERT_EQ(outcome.violation, "") << "replay it: script/simulate 1 " << seed;
    crashes += outcome.crashes;
  }
  EXPECT_GT(crashes, 10'000) << "the faults do not fire";
}

TEST(WalkSimulation, ReplaysFromItsSeed) {
  const Outcome one = run_schedule(42);
  const Outcome two = run_schedule(42);
  EXPECT_EQ(one.steps, two.steps);
  EXPECT_EQ(one.billed, two.billed);
}

class Mutants : public testing::TestWithParam<MutantName> {};

TEST_P(Mutants, IsCaught) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    if (!run_schedule(seed, GetParam().mutant).violation.empty()) return;
  }
  FAIL() << "500 schedules did not notice";
}

INSTANTIATE_TEST_SUITE_P(All, Mutants, testing::ValuesIn(mutants()),
                         [](const auto& mutant) {
                           std::string name(mutant.param.name);
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace grumble::collector::simulation
