#include "store/refresh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/landing.h"
#include "store/lease.h"
#include "store/page.h"
#include "store/ruleset.h"
#include "store/walks.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class Refresh : public testing::Test {
 protected:
  Refresh() {
    store::record_ruleset(test_.database(), "rules-1", "");
    lease_ = *store::hold_lease(test_.database(), "x", store::new_uuid(), 1h);
    // From here on ages are counted.
    EXPECT_THAT(due("2024-12-10T00:00:00Z"), IsEmpty());
    store::land(test_.database(), batch({post("11"), post("12"), post("13")}));
    // It came in when it was shown, not when this test runs.
    test_.run("update post set first_seen_at = observed_at");
  }

  std::vector<std::string> due(const std::string& now, int limit = 10) {
    last_ = store::due_posts(test_.database(), "x", "x", {24h, 7 * 24h}, limit,
                             at(now));
    std::vector<std::string> ids;
    for (const auto& one : last_.posts) ids.push_back(one.id);
    return ids;
  }
  void ask() {
    store::NewRound round{"x", "", "refresh", {}, {}, ++rounds_, {}};
    round.lists = {{"lookup", "posts", "11,12", 0}};
    round.refreshed = last_.mark;
    store::open_round(test_.database(), lease_, round);
  }
  void answer(const store::Batch& items) {
    const auto gap = store::open_gaps(test_.database(), "x", "", 10).at(0);
    const int64_t page = store::keep_page(
        test_.database(), lease_,
        {gap, store::new_uuid(), 1, "{}", at("2024-12-11T10:00:00Z")});
    store::apply_page(test_.database(), lease_, page, items, {gap, true, ""},
                      {});
  }

  TestDatabase test_;
  store::Lease lease_;
  store::DuePosts last_;
  int64_t rounds_ = 0;
};

TEST_F(Refresh, ComesOnceAtEachAge) {
  EXPECT_THAT(due("2024-12-11T07:00:00Z"), IsEmpty()) << "a day is not over";
  EXPECT_THAT(due("2024-12-11T09:00:00Z", 2), ElementsAre("11", "12"));
  EXPECT_THAT(due("2024-12-11T09:00:00Z", 2), ElementsAre("11", "12"))
      << "nobody has asked";
  ask();
  EXPECT_THAT(due("2024-12-11T09:00:00Z"), IsEmpty()) << "they are asked for";
  auto again = post("11");
  again.post.observed_at = at("2024-12-11T10:00:00Z");
  again.post.metrics.likes = 3;
  again.post.context_only = true;
  store::Batch items = batch({again});
  items.query = "";
  items.gone = {{{"x", "12"}, "deleted"}};
  answer(items);
  EXPECT_EQ(
      test_.text("select likes || ' ' || context_only || ' ' || queries::text"
                 " from post where post_id = '11'"),
      "3 false {\"x sora\"}");
  EXPECT_EQ(test_.text("select text from post where post_id = '12'"), "");
  EXPECT_EQ(test_.text("select reason from erased"), "deleted");
  EXPECT_THAT(due("2024-12-11T11:00:00Z"), ElementsAre("13"));
  ask();
  answer(batch({}));
  EXPECT_THAT(due("2024-12-11T12:00:00Z"), IsEmpty());
  EXPECT_THAT(due("2024-12-17T12:00:00Z"), ElementsAre("11", "13"))
      << "a week old; what is erased is not asked for";
}

TEST_F(Refresh, WhatWasSeenSinceIsNotDue) {
  auto later = post("11");
  later.post.observed_at = at("2024-12-12T09:00:00Z");
  EXPECT_EQ(store::land(test_.database(), batch({later})).unchanged, 1);
  EXPECT_EQ(test_.number("select count(*) from post"
                         " where observed_at = '2024-12-12 09:00Z'"),
            1)
      << "a day later it is noted that it was seen";
  EXPECT_THAT(due("2024-12-12T10:00:00Z"), ElementsAre("12", "13"));
}

TEST_F(Refresh, LeavesOutWhatNoQueryFound) {
  auto parent = post("9");
  parent.post.context_only = true;
  store::land(test_.database(), batch({parent}));
  test_.run("update post set first_seen_at = observed_at");
  EXPECT_THAT(due("2024-12-12T10:00:00Z"), ElementsAre("11", "12", "13"));
}

}  // namespace
}  // namespace grumble::tests
