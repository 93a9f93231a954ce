#include "store/erasure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/budget.h"
#include "store/compliance.h"
#include "store/history.h"
#include "store/landing.h"
#include "store/page.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Where a word of the post may hide.
constexpr const char* kEverywhere =
    "select count(*) from ("
    " select post::text as row from post union all"
    " select finding::text from finding union all"
    " select value::text from value union all"
    " select author::text from author union all"
    " select reject::text from reject union all"
    " select mention::text from mention) t where row ~ 'secret'";

class Erasure : public testing::Test {
 protected:
  Erasure() {
    store::record_ruleset(test_.database(), "rules-1", "");
    lease_ = *store::hold_lease(test_.database(), "x", store::new_uuid(), 1h);
    store::open_round(test_.database(), lease_,
                      {"x", "sora", "posts", {{100, 200}}, {}, 199, {}});
    gap_ = store::open_gaps(test_.database(), "x", "sora", 10).at(0);
  }

  static store::AnalysedPost complaint(const std::string& id) {
    auto result = post(id, "secret words about sora for $20");
    result.post.author_id = "secret author";
    result.post.metrics.likes = 7;
    result.analysis.models = {"Sora"};
    result.analysis.findings = {finding("Sora", "price")};
    result.analysis.values = {{"price", 20, "USD", "", 27, 30}};
    return result;
  }
  int64_t keep(const std::string& body) {
    const auto receipt =
        store::reserve(
            test_.database(),
            {.bucket = "x.posts", .worst = 1, .caps = {{1000}}, .source = "x"})
            .receipt;
    return store::keep_page(
        test_.database(), lease_,
        {gap_, receipt, 1, body, at("2024-12-11T00:00:00Z")});
  }
  void apply(int64_t page, const store::Batch& items) {
    store::apply_page(test_.database(), lease_, page, items, {gap_, false, ""},
                      {});
    gap_ = store::open_gaps(test_.database(), "x", "sora", 10).at(0);
  }
  bool verified() {
    return store::verify_rollups(test_.database()).faults.empty();
  }
  int64_t complaints() {
    return test_.number(
        "select coalesce(sum(posts), 0) from report.matrix()"
        " where model = 'Sora' and category = 'price'");
  }

  TestDatabase test_;
  store::Lease lease_;
  domain::Gap gap_;
};

// Catalogue: 47
TEST_F(Erasure, LeavesTheCountAndNothingElse) {
  auto items = batch({complaint("11"), post("12")});
  items.authors = {{"x", "secret author", "secret", "secret", 5}};
  items.rejects = {{"/data/3", "11", "odd", "secret raw"}};
  apply(keep(R"({"data":[{"id":"11","text":"secret words"}]})"), items);
  apply(keep(R"({"data":[{"id":"911","text":"others"}]})"), batch({}));
  ASSERT_GT(test_.number(kEverywhere), 0);
  ASSERT_EQ(complaints(), 1);

  EXPECT_EQ(store::erase_posts(test_.database(),
                               {{"x", "11"}, {"x", "never seen"}}, "suspended"),
            1);
  EXPECT_TRUE(store::duties(test_.database()).at(0).raw_due_since);
  EXPECT_EQ(store::scrub_pages(test_.database()), 1);
  EXPECT_EQ(store::scrub_pages(test_.database()), 0);
  EXPECT_FALSE(store::duties(test_.database()).at(0).raw_due_since);
  EXPECT_EQ(test_.number(kEverywhere), 0);
  EXPECT_EQ(complaints(), 1);
  EXPECT_TRUE(verified());
  const auto pages = store::pages_after(test_.database(), 0, 10);
  ASSERT_THAT(pages, SizeIs(1)) << "the other page is whole";
  EXPECT_THAT(pages[0].body, testing::HasSubstr("911"));
  EXPECT_THAT(
      store::kept_ids(test_.database(), "x", store::Kept::posts, "", 10),
      ElementsAre("12"));
}

// Catalogue: 47
TEST_F(Erasure, HoldsAgainstWhateverLandsLater) {
  store::land(test_.database(), batch({complaint("11")}));
  const int64_t page = keep(R"({"data":[{"id":"11","text":"secret words"}]})");
  store::erase_posts(test_.database(), {{"x", "11"}, {"x", "13"}}, "deleted");
  auto newer = complaint("11");
  newer.post.observed_at = at("2030-01-01T00:00:00Z");
  apply(page, batch({newer, complaint("13")}));
  EXPECT_EQ(test_.number("select count(*) from post where text <> ''"), 0);
  EXPECT_EQ(test_.number("select count(*) from post_key"), 1);
  EXPECT_THAT(store::pages_after(test_.database(), 0, 10), IsEmpty())
      << "a page that was not applied yet is emptied when it is";
  EXPECT_TRUE(verified());
  EXPECT_EQ(store::erase_posts(test_.database(), {{"x", "11"}}, "deleted"), 0);
}

// Catalogue: 47
TEST_F(Erasure, OfAuthorsTakesAllTheirPostsAlong) {
  auto items = batch({complaint("11"), post("12"), complaint("13")});
  items.authors = {{"x", "secret author", "secret", "secret", 5},
                   {"x", "secret reader", "secret", "secret", 5}};
  apply(keep(R"({"data":[{"id":"11","text":"secret words"}]})"), items);
  EXPECT_EQ(store::erase_authors(test_.database(), "x",
                                 {"secret author", "secret reader"}, "deleted"),
            2);
  EXPECT_EQ(test_.number(kEverywhere), 0) << "who wrote nothing is gone, too";
  EXPECT_EQ(store::scrub_pages(test_.database()), 1);
  store::land(test_.database(), batch({complaint("11"), complaint("14")}));
  EXPECT_EQ(test_.text("select string_agg(post_id, ' ') from post"
                       " where text ~ 'secret'"),
            "14")
      << "accounts come back, what was erased does not";
  EXPECT_TRUE(verified());
  const auto duties = store::duties(test_.database());
  ASSERT_THAT(duties, SizeIs(1));
  EXPECT_EQ(duties[0].texts, 2);
  EXPECT_EQ(duties[0].erased, 2);
}

// Catalogue: 48
TEST_F(Erasure, TermEmptiesUntilTheSiteShowsThePostAgain) {
  auto old = complaint("11");
  old.post.key.platform = "youtube";
  store::land(test_.database(), batch({old}));
  EXPECT_EQ(store::clear_expired(test_.database(), "youtube", 240h), 0)
      << "it came in today";
  test_.run("update post set first_seen_at = now() - interval '11 days'");
  EXPECT_EQ(store::clear_expired(test_.database(), "x", 240h), 0);
  EXPECT_EQ(store::clear_expired(test_.database(), "youtube", 240h), 1);
  EXPECT_EQ(store::clear_expired(test_.database(), "youtube", 240h), 0);
  EXPECT_EQ(test_.number(kEverywhere), 0);
  EXPECT_EQ(complaints(), 1);
  EXPECT_TRUE(verified());
  old.post.observed_at = at("2024-12-20T00:00:00Z");
  EXPECT_EQ(store::land(test_.database(), batch({old})).updated, 1);
  EXPECT_EQ(test_.text("select text from post"), old.post.text);
  EXPECT_EQ(test_.number("select end_byte from finding"), 4);
  EXPECT_EQ(test_.number("select count(*) from value"), 1);
  EXPECT_TRUE(verified());
}

}  // namespace
}  // namespace grumble::tests
