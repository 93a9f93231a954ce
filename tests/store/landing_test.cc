#include "store/landing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "store/ruleset.h"
#include "store/statement.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::Batch;
using store::land;

/// The tables that a page writes; edits dirty roll-ups besides.
constexpr std::array kWritten{"post_key", "post",       "mention", "author",
                              "finding",  "comparison", "value",   "reject",
                              "cell",     "rollup"};

class Landing : public testing::Test {
 protected:
  Landing() {
    store::record_ruleset(test_.database(), "rules-1", "price = ...");
    store::record_ruleset(test_.database(), "rules-2", "price = ....");
  }

  store::Landed land_it(const Batch& batch) {
    return land(test_.database(), batch);
  }

  /// Every row of every table that a page writes, with its place on disk and
  /// the transactions that touched it.
  std::string everything() {
    std::string all;
    std::vector<std::string> tables(kWritten.begin(), kWritten.end());
    tables.emplace_back("rollup_dirty");
    for (const std::string& table : tables) {
      all += test_.text(
          "select string_agg(t.ctid::text || t.xmin::text ||"
          " t.xmax::text || t::text, E'\\n' order by t.ctid)"
          " from " +
          table + " t");
      all += "\n--\n";
    }
    return all;
  }

  /// One of everything.
  static Batch full_batch() {
    auto complaint = post("1", "sora is $200 a month, kling is cheaper");
    complaint.post.references = {{domain::ReferenceKind::reply, "9"}};
    complaint.post.metrics.likes = 5;
    complaint.analysis.findings = {finding("Sora", "price")};
    complaint.analysis.comparisons = {{"Kling", "Sora", "price"}};
    complaint.analysis.values = {{"price", 200, "USD", "month", 8, 12}};
    complaint.analysis.models = {"Kling", "Sora"};
    auto parent = post("9", "anyone tried it?");
    parent.post.context_only = true;
    Batch all = batch({complaint, parent, post("2")});
    all.authors = {{"x", "u1", "ann", "Ann", 10}};
    all.rejects = {{"/data/3", "3", "no text", std::string("{\0\xFF", 3)}};
    return all;
  }

  TestDatabase test_;
};

TEST_F(Landing, WritesAPageWhole) {
  const auto landed = land_it(full_batch());
  EXPECT_EQ(landed.inserted, 3);
  EXPECT_EQ(landed.updated, 0);
  EXPECT_EQ(landed.rejected, 1);
  EXPECT_EQ(test_.text("select models::text from report.post"
                       " where post_id = '1'"),
            "{Kling,Sora}");
  EXPECT_EQ(test_.text("select model || begin_byte || end_byte || confidence"
                       " from finding"),
            "Sora040.9");
  EXPECT_EQ(test_.text("select better || worse || category from comparison"),
            "KlingSoraprice");
  EXPECT_EQ(test_.text("select kind || amount || unit || per from value"),
            "price200USDmonth");
  EXPECT_EQ(test_.text("select parents::text from post where post_id = '1'"),
            R"({"reply 9"})");
  EXPECT_EQ(test_.number("select count(*) from post"
                         " where queries = array['x sora']"),
            2)
      << "the parent was not returned by the query";
  EXPECT_EQ(test_.text("select encode(raw, 'hex') from reject"), "7b00ff");
  EXPECT_EQ(test_.text("select day::text from report.post where post_id = '1'"),
            "2024-12-10");
}

// Catalogue: 6, 44
TEST_F(Landing, ASecondTimeTouchesNoRow) {
  land_it(full_batch());
  const std::string before = everything();
  const auto again = land_it(full_batch());
  EXPECT_EQ(again.inserted, 0);
  EXPECT_EQ(again.updated, 0);
  EXPECT_EQ(again.unchanged, 3);
  EXPECT_EQ(everything(), before);
  auto later = full_batch();
  for (auto& one : later.posts) one.post.observed_at += std::chrono::hours(9);
  EXPECT_EQ(land_it(later).unchanged, 3) << "nothing new was observed";
  EXPECT_EQ(everything(), before);
}

// Catalogue: 45
TEST_F(Landing, ANewerStateReplacesTextAndFindings) {
  land_it(full_batch());
  auto edited = post("1", "sora: fixed now, thanks");
  edited.post.observed_at += std::chrono::hours(1);
  edited.analysis.findings = {
      finding("Sora", "price", domain::Polarity::resolved),
      finding("Sora", "speed")};
  const auto landed = land_it(batch({edited}));
  EXPECT_EQ(landed.updated, 1);
  EXPECT_EQ(test_.text("select string_agg(category || polarity, ','"
                       " order by ordinal) from finding"),
            "priceresolved,speedcomplaint");
  EXPECT_EQ(test_.number("select count(*) from comparison"), 0);
  EXPECT_EQ(test_.number("select likes from post where post_id = '1'"), 5)
      << "a counter that the newer state lacks is kept";
}

// Catalogue: 45
TEST_F(Landing, AnOlderStateChangesNothing) {
  land_it(full_batch());
  const std::string before = everything();
  auto older = post("1", "an older wording");
  older.post.observed_at -= std::chrono::hours(1);
  EXPECT_EQ(land_it(batch({older})).unchanged, 1);
  EXPECT_EQ(everything(), before);
}

TEST_F(Landing, NewCountersLeaveTheFindingsAlone) {
  land_it(full_batch());
  const std::string finding_row =
      "select ctid::text || xmin::text from finding";
  const std::string before = test_.text(finding_row);
  auto liked = full_batch();
  liked.posts[0].post.metrics.likes = 6;
  liked.posts[0].post.observed_at += std::chrono::hours(1);
  EXPECT_EQ(land_it(liked).updated, 1);
  EXPECT_EQ(test_.number("select likes from post where post_id = '1'"), 6);
  EXPECT_EQ(test_.text(finding_row), before);
}

TEST_F(Landing, AnotherRuleSetReanalyses) {
  land_it(full_batch());
  auto again = full_batch();
  again.ruleset = "rules-2";
  EXPECT_THROW(land_it(again), store::RulesetChanged) << "it is not shown";
  store::adopt_ruleset(test_.database(), "rules-2");
  again.posts[0].analysis.findings.push_back(finding("Kling", "speed"));
  EXPECT_EQ(land_it(again).updated, 3);
  EXPECT_EQ(test_.number("select count(*) from finding"), 2);
  EXPECT_EQ(test_.number("select count(distinct ruleset_id) from post"), 1);
}

TEST_F(Landing, ContextBecomesAHitAndNeverBack) {
  land_it(full_batch());
  auto hit = post("9", "anyone tried it?");
  hit.post.observed_at -= std::chrono::hours(5);
  EXPECT_EQ(land_it(batch({hit})).updated, 1) << "even in an older state";
  EXPECT_EQ(test_.text("select context_only from post where post_id = '9'"),
            "f");
  EXPECT_EQ(test_.number("select cardinality(queries) from post"
                         " where post_id = '9'"),
            1);
  hit.post.context_only = true;
  hit.post.observed_at += std::chrono::hours(50);
  EXPECT_EQ(land_it(batch({hit})).unchanged, 1);
  EXPECT_EQ(test_.text("select context_only from post where post_id = '9'"),
            "f");
}

TEST_F(Landing, AnExactTimeReplacesAnEstimate) {
  auto estimate = post("1");
  estimate.post.approximate_time = true;
  estimate.analysis.findings = {finding("Sora", "price")};
  land_it(batch({estimate}));
  auto exact = estimate;
  exact.post.approximate_time = false;
  exact.post.created_at = at("2024-12-09T17:30:01.250Z");
  EXPECT_EQ(land_it(batch({exact})).updated, 1);
  EXPECT_EQ(test_.number("select count(*) from finding join post"
                         " using (platform, post_id, created_at)"
                         " where created_at = '2024-12-09 17:30:01.25+00'"),
            1);
  EXPECT_EQ(land_it(batch({estimate})).unchanged, 1);
}

TEST_F(Landing, CountsRepeatsAndRefusals) {
  auto broken = post("3", std::string("a\0b", 3));
  const auto landed = land_it(batch({post("1"), post("1"), broken, post("2")}));
  EXPECT_EQ(landed.inserted, 2);
  EXPECT_EQ(landed.duplicates, 1);
  EXPECT_EQ(landed.rejected, 1);
  EXPECT_EQ(test_.text("select item_id || ': ' || reason from reject"),
            "3: text holds a NUL byte at offset 1");
}

// Catalogue: 53
TEST_F(Landing, WhatOneItemOverdoesLeavesTheOthersAlone) {
  // Nothing that repeats: what is packed small fits into more.
  std::string wild;
  for (uint64_t x = 1; wild.size() < 6000; x = x * 6364136223846793005U + 1) {
    wild += "0123456789abcdefghijklmnopqrstuv"[x >> 59];
  }
  auto items = batch({post("1"), post("2"), post("3"), post("4")});
  items.posts[0].post.author_id = wild;
  items.posts[1].analysis.lang = "";
  items.posts[1].post.lang = wild;
  for (auto* counters : {&items.posts[2], &items.posts[3]}) {
    counters->post.metrics = {INT64_MAX, INT64_MAX, INT64_MAX,
                              INT64_MAX, INT64_MAX, INT64_MAX};
  }
  items.authors = {{"x", wild, "wild", "", {}}, {"x", "u3", "tame", "", {}}};
  const auto landed = land_it(items);
  EXPECT_EQ(landed.inserted, 2);
  EXPECT_EQ(landed.rejected, 2);
  EXPECT_EQ(test_.number("select count(*) from author"), 1);
}

TEST_F(Landing, LeavesNothingWhenItFailsHalfWay) {
  test_.run(
      "create function boom() returns trigger language plpgsql as"
      " $$ begin raise exception 'disk on fire'; end $$;"
      "create trigger boom before insert on rollup"
      " for each row execute function boom()");
  auto page = full_batch();
  const std::string before = everything();
  EXPECT_THROW(land_it(page), store::DatabaseError);
  EXPECT_EQ(everything(), before);
}

// Catalogue: 5
TEST_F(Landing, LeavesNothingWhenTheServerKillsIt) {
  if (on_citus()) GTEST_SKIP() << "Citus takes no triggers of spread tables";
  test_.run(
      "create function die() returns trigger language plpgsql as"
      " $$ begin perform pg_terminate_backend(pg_backend_pid());"
      " return null; end $$");
  const std::string before = everything();
  for (const std::string table : kWritten) {
    test_.run("create trigger die after insert on " + table +
              " for each statement execute function die()");
    EXPECT_THROW(land_it(full_batch()), store::Unreachable) << table;
    EXPECT_EQ(everything(), before) << table;
    test_.run("drop trigger die on " + table);
  }
  EXPECT_EQ(land_it(full_batch()).inserted, 3);
}

TEST_F(Landing, RefusesAnUnknownRuleSet) {
  auto page = full_batch();
  page.ruleset = "never recorded";
  EXPECT_THROW(land_it(page), std::invalid_argument);
}

TEST_F(Landing, KeepsWhatItKnowsOfAnAuthor) {
  auto page = full_batch();
  land_it(page);
  page.authors = {{"x", "u1", "", "", {}}};
  land_it(page);
  EXPECT_EQ(test_.text("select handle || name || followers from author"),
            "annAnn10");
  page.authors = {{"x", "u1", "anna", "", 11}};
  land_it(page);
  EXPECT_EQ(test_.text("select handle || name || followers from author"),
            "annaAnn11");
}

// Catalogue: 16
TEST_F(Landing, ManyWritersInAnyOrderDoNotDeadlock) {
  std::vector<store::AnalysedPost> posts;
  for (int i = 0; i < 300; ++i) posts.push_back(post(std::to_string(i)));
  const auto program = [&](bool backwards) {
    store::Database database(test_.url());
    for (int round = 0; round < 10; ++round) {
      auto page = batch(posts);
      if (backwards) std::reverse(page.posts.begin(), page.posts.end());
      for (auto& one : page.posts) {
        one.post.metrics.likes = round;
        one.post.observed_at += std::chrono::minutes(round);
      }
      land(database, page);
    }
  };
  auto one = std::async(std::launch::async, program, false);
  auto two = std::async(std::launch::async, program, true);
  EXPECT_NO_THROW(one.get());
  EXPECT_NO_THROW(two.get());
  EXPECT_EQ(test_.number("select count(*) from post where likes = 9"), 300);
}

}  // namespace
}  // namespace grumble::tests
