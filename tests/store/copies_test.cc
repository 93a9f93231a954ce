// Near-copies: the oldest stays, the others are noise, whatever happens.

#include "store/copies.h"

#include <algorithm>
#include <string>
#include <vector>

#include "store/erasure.h"
#include "store/reanalysis.h"
#include "store/report_queries.h"
#include "store/retention.h"
#include "store/statement.h"
#include "store/status.h"
#include "tests/store/copies_fixture.h"

namespace grumble::tests {
namespace {

TEST_F(Copies, TheOldestStaysInWhateverOrderTheyLand) {
  std::vector<store::AnalysedPost> posts = {saying("1", 0, "a b c d"),
                                            saying("2", 1, "a x y z"),
                                            saying("3", 2, "q x r s")};
  std::vector<size_t> order = {0, 1, 2};
  for (const bool at_once : {false, true}) {
    do {
      SCOPED_TRACE(testing::PrintToString(order));
      for (const size_t i : order) {
        land({posts[i]});
        if (!at_once) judge();
      }
      judge();
      EXPECT_EQ(labels(), "1 none, 2 duplicate, 3 duplicate");
      EXPECT_EQ(copy_of("1") + copy_of("2") + copy_of("3"), "12");
      EXPECT_EQ(counted(), 1);
      expect_exact();
      store::delete_posts(database(), {{"x", "1"}, {"x", "2"}, {"x", "3"}});
      judge();
      EXPECT_EQ(test_.number("select count(*) from post_print"), 0);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_F(Copies, ASecondRunChangesNothing) {
  const std::vector<store::AnalysedPost> posts = {saying("1", 0, "a b c d"),
                                                  saying("2", 1, "a b c d")};
  land(posts);
  EXPECT_EQ(judge(), 1);
  const std::string rows =
      "select string_agg(x, ' ' order by x) from (select post_id || xmin::text"
      " as x from post_print union all select post_id || xmin::text from"
      " mention union all select post_id || xmin::text from finding) t";
  const auto before = test_.text(rows);
  land(posts);
  EXPECT_EQ(test_.number("select count(*) from print_due"), 0)
      << "what is known changes nothing";
  EXPECT_EQ(judge(), 0);
  EXPECT_EQ(test_.text(rows), before);
  // Noted once more, as after a page that is read again.
  test_.run(
      "insert into print_due (posts, platforms, post_ids, times)"
      " select 2, array_agg(platform), array_agg(post_id),"
      "  array_agg(created_at) from post");
  EXPECT_EQ(judge(), 0);
  EXPECT_EQ(test_.text(rows), before);
}

TEST_F(Copies, OnlyOfTheLastFourWeeksAndOfOneSite) {
  auto elsewhere = saying("9", 1, "a b c d");
  elsewhere.post.key.platform = "youtube";
  land({saying("1", 0, "a b c d"), saying("2", 672, "a b c d"), elsewhere});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 duplicate, 9 none") << "to the hour";
  land({saying("3", 672 * 2 + 1, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 duplicate, 3 none, 9 none");
  expect_exact();
}

TEST_F(Copies, ShortTextsAndContextAreNone) {
  auto parent = saying("3", 0, "a b c d");
  parent.post.context_only = true;
  land({saying("1", 1, "lol lol"), saying("2", 2, "lol lol"), parent,
        saying("4", 3, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 none, 3 none, 4 none");
  // A query finds the parent.
  land({saying("3", 0, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 none, 3 none, 4 duplicate");
  expect_exact();
}

TEST_F(Copies, WhatTheRulesCallNoiseStaysSo) {
  auto seller = saying("2", 1, "a b c d");
  seller.analysis.noise = domain::Noise::promo;
  land({saying("1", 0, "a b c d"), seller});
  EXPECT_EQ(judge(), 0);
  EXPECT_EQ(labels(), "1 none, 2 promo");
  // Other rules call it nothing.
  auto page = batch({saying("2", 1, "a b c d")});
  page.posts[0].post.observed_at += std::chrono::hours(1);
  page.ruleset = "rules-2";
  store::adopt_ruleset(database(), "rules-2");
  store::land(database(), page);
  EXPECT_EQ(judge(), 1);
  EXPECT_EQ(labels(), "1 none, 2 duplicate");
  expect_exact();
}

TEST_F(Copies, TheNextTakesOverWhenTheOldestGoesOrSaysSomethingElse) {
  const auto first = saying("1", 0, "a b c d");
  land({first, saying("2", 1, "a b c d"), saying("3", 2, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 duplicate, 3 duplicate");
  edit(first, "k l m n");
  judge();
  EXPECT_EQ(labels(), "1 none, 2 none, 3 duplicate");
  store::delete_posts(database(), {{"x", "2"}});
  judge();
  EXPECT_EQ(labels(), "1 none, 3 none");
  edit(first, "a b c d");
  judge();
  EXPECT_EQ(labels(), "1 none, 3 duplicate");
  EXPECT_EQ(counted(), 1);
  expect_exact();
}

TEST_F(Copies, WhatWasErasedStillCountsAndSoHasCopies) {
  land({saying("1", 0, "a b c d"), saying("2", 1, "a b c d")});
  judge();
  store::erase_posts(database(), {{"x", "1"}, {"x", "2"}}, "suspended");
  judge();
  land({saying("3", 2, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 duplicate, 3 duplicate");
  EXPECT_EQ(test_.text("select string_agg(post_id, ' ') from post_print"
                       " where author is not null"),
            "3");
  EXPECT_EQ(counted(), 1);
  expect_exact();
}

TEST_F(Copies, EarlierVersionsOfAPostAreNoOriginals) {
  land({saying("98", 0, "a b c d")});
  judge();
  store::Batch edited = batch({saying("99", 0, "a b c e")});
  edited.edits.push_back({"x", {"98", "99"}});
  store::land(database(), edited);
  judge();
  EXPECT_EQ(labels(), "98 none, 99 none");
  EXPECT_EQ(counted(), 1);
  EXPECT_EQ(test_.number("select count(*) from post_print"), 1);
  expect_exact();
}

TEST_F(Copies, OtherRulesFindThemAsTheyAre) {
  const store::ReadText read = [](const auto&, const domain::Text& text) {
    domain::Analysis analysis;
    analysis.lang = "en";
    if (text.text.ends_with("sale")) analysis.noise = domain::Noise::promo;
    analysis.models = {"Kling"};
    return analysis;
  };
  auto sold = saying("2", 1, "a b c d sale");
  land({saying("1", 0, "a b c d"), sold, saying("3", 2, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 duplicate, 3 duplicate");
  store::begin_reanalysis(database(), "rules-2");
  store::read_some(database(), read, 2);
  // An older one, while the newer two are read already.
  land({saying("0", -1, "a b c d")});
  judge();
  do {
    while (store::read_some(database(), read, 2)) {
    }
  } while (!store::show_reanalysis(database(), read, 10));
  EXPECT_EQ(labels(), "0 none, 1 duplicate, 2 promo, 3 duplicate");
  EXPECT_EQ(judge(), 0);
  while (store::clear_some(database())) {
  }
  expect_exact();
}

TEST_F(Copies, AreCountedApartAndNamed) {
  auto seller = saying("3", 1, "k l m n");
  seller.analysis.noise = domain::Noise::promo;
  land({saying("1", 0, "a b c d"), saying("2", 1, "a b c d"), seller});
  judge();
  const auto totals = store::matrix(database(), {}).totals;
  EXPECT_EQ(totals.posts, 1);
  EXPECT_EQ(totals.noise, 2);
  ASSERT_EQ(totals.noise_by_kind.size(), 2U);
  EXPECT_EQ(totals.noise_by_kind[0].kind, "duplicate");
  EXPECT_EQ(totals.noise_by_kind[0].posts, 1);
  EXPECT_EQ(totals.noise_by_kind[1].kind, "promo");
  store::Filter spanish;
  spanish.langs = {"es"};
  EXPECT_TRUE(store::matrix(database(), spanish).totals.noise_by_kind.empty());
  const auto platforms = store::status(database()).platforms;
  ASSERT_EQ(platforms.size(), 1U);
  EXPECT_EQ(platforms[0].noise_by_kind.size(), 2U);
  EXPECT_EQ(test_.text("select array_to_string(report.known_categories(),"
                       " ' ')"),
            "price");
  store::Filter noise;
  noise.include_noise = true;
  const auto posts = store::posts(database(), noise);
  ASSERT_EQ(posts.size(), 3U);
  for (const auto& entry : posts) {
    EXPECT_EQ(entry.copy_of.value_or(""), entry.post.key.id == "2" ? "1" : "");
  }
}

TEST_F(Copies, GoWithTheirMonth) {
  land({saying("1", 0, "a b c d"), saying("2", 24 * 40, "a b c d")});
  judge();
  store::retain(database(), at("2025-01-01T00:00:00Z"));
  EXPECT_EQ(test_.text("select string_agg(post_id, ' ') from post_print"), "2");
  EXPECT_EQ(test_.number("select count(*) from pg_class where relname ="
                         " 'post_print_2024_12'"),
            0);
  EXPECT_TRUE(store::verify_rollups(database()).faults.empty());
}

TEST_F(Copies, OneProgramAtATimeLooksForThem) {
  land({saying("1", 0, "a b c d")});
  store::Database other(test_.url());
  {
    store::Transaction holder(other);
    holder.run(
        "select pg_advisory_xact_lock("
        "hashtextextended('grumble copies', 0))");
    EXPECT_FALSE(store::judge_some(database(), bands_of, kNoBots, 10));
  }
  EXPECT_EQ(store::judge_some(database(), bands_of, kNoBots, 10)->posts, 1);
}

}  // namespace
}  // namespace grumble::tests
