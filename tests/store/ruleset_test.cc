#include "store/ruleset.h"

#include <gtest/gtest.h>

#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

TEST(Ruleset, TheLastRecordedIsCurrent) {
  TestDatabase test;
  auto& database = test.database();
  EXPECT_FALSE(store::current_ruleset(database));
  store::record_ruleset(database, "a", "text of a");
  store::record_ruleset(database, "b", "text of b");
  EXPECT_EQ(store::current_ruleset(database)->version, "b");
  store::record_ruleset(database, "a", "text of a");
  EXPECT_EQ(store::current_ruleset(database)->version, "a");
  const auto since = store::current_ruleset(database)->activated_at;
  store::record_ruleset(database, "a", "text of a");
  EXPECT_EQ(store::current_ruleset(database)->activated_at, since);
  EXPECT_EQ(test.text("select files from ruleset where version = 'a'"),
            "text of a");
}

}  // namespace
}  // namespace grumble::tests
