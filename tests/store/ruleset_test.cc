#include "store/ruleset.h"

#include <gtest/gtest.h>

#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

TEST(Ruleset, TheFirstIsShownUntilAnotherIsAdopted) {
  TestDatabase test;
  auto& database = test.database();
  EXPECT_FALSE(store::current_ruleset(database));
  store::record_ruleset(database, "a", "text of a");
  store::record_ruleset(database, "b", "text of b");
  EXPECT_EQ(store::current_ruleset(database)->version, "a");
  EXPECT_EQ(test.number("select count(*) from report.ruleset"), 1);
  const auto since = store::current_ruleset(database)->activated_at;
  store::record_ruleset(database, "a", "text of a");
  EXPECT_EQ(store::current_ruleset(database)->activated_at, since);
  store::adopt_ruleset(database, "b");
  EXPECT_EQ(store::current_ruleset(database)->version, "b");
  EXPECT_FALSE(store::mixed_rulesets(database)) << "nothing is stored";
  EXPECT_EQ(store::ruleset_files(database, "a"), "text of a");
  EXPECT_FALSE(store::ruleset_files(database, "c"));
}

}  // namespace
}  // namespace grumble::tests
