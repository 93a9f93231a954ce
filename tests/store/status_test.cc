#include "store/status.h"

#include <gtest/gtest.h>

#include "store/budget.h"
#include "store/landing.h"
#include "store/ruleset.h"
#include "store/walks.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

TEST(Status, OfAnEmptyDatabase) {
  TestDatabase test;
  const auto status = store::status(test.database());
  EXPECT_TRUE(status.platforms.empty());
  EXPECT_TRUE(status.ruleset.empty());
  EXPECT_EQ(status.migration,
            test.text("select max(name) from schema_migration"));
}

TEST(Status, CountsEverything) {
  TestDatabase test;
  auto& database = test.database();
  store::record_ruleset(database, "rules-1", "");
  const auto lease = store::hold_lease(database, "x", store::new_uuid(),
                                       std::chrono::seconds(30));
  store::open_round(database, *lease,
                    {"x", "sora", "posts", {{1, 9}}, {}, 8, {}});
  auto promo = post("2");
  promo.analysis.noise = domain::Noise::promo;
  auto parent = post("3");
  parent.post.context_only = true;
  parent.post.author_id = promo.post.author_id;
  auto complaint = post("1");
  complaint.analysis.findings = {finding("Sora", "price")};
  auto page = batch({complaint, promo, parent});
  page.rejects = {{"/data/1", "", "no text", "{}"},
                  {"/data/2", "", "no text", "{}"}};
  store::land(database, page);
  store::reserve(database, {.bucket = "x.posts", .worst = 9});
  const auto status = store::status(database);
  ASSERT_EQ(status.platforms.size(), 1U);
  const auto& x = status.platforms[0];
  EXPECT_EQ(x.platform, "x");
  EXPECT_EQ(x.posts, 3);
  EXPECT_EQ(x.noise, 1);
  EXPECT_EQ(x.context, 1);
  EXPECT_EQ(x.authors, 2);
  EXPECT_EQ(x.findings, 1);
  EXPECT_EQ(x.newest, at("2024-12-10T08:00:00Z"));
  ASSERT_EQ(status.rounds.size(), 1U);
  EXPECT_EQ(status.rounds[0].open_gaps, 1);
  EXPECT_FALSE(status.rounds[0].completed_at);
  ASSERT_EQ(status.rejects.size(), 1U);
  EXPECT_EQ(status.rejects[0].items, 2);
  ASSERT_EQ(status.ledger.size(), 1U);
  EXPECT_EQ(status.ledger[0].reserved, 9);
  EXPECT_EQ(status.ruleset, "rules-1");
}

}  // namespace
}  // namespace grumble::tests
