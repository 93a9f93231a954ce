#include "store/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "store/budget.h"
#include "store/dead_letters.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

class Page : public testing::Test {
 protected:
  Page() {
    store::record_ruleset(test_.database(), "rules-1", "");
    lease_ = *store::hold_lease(test_.database(), "x", store::new_uuid(), 1h);
    store::open_round(test_.database(), lease_,
                      {"x", "sora", "posts", {{100, 200}}, {}, 199, {}});
    gap_ = store::open_gaps(test_.database(), "x", "sora", 10).at(0);
    receipt_ = store::reserve(test_.database(), {.bucket = "x.posts",
                                                 .worst = 150,
                                                 .caps = {{1000}},
                                                 .source = "x"})
                   .receipt;
  }

  int64_t keep() {
    return store::keep_page(
        test_.database(), lease_,
        {gap_, receipt_, 15, body_, at("2024-12-11T00:00:00Z"), site_clock_});
  }
  store::AppliedPage apply(int64_t page,
                           const std::vector<store::NewList>& lists = {}) {
    auto moved = gap_;
    moved.hi = 150;
    moved.token = "next";
    return store::apply_page(test_.database(), lease_, page,
                             batch({post("1"), post("2")}), {moved, false, ""},
                             lists);
  }

  TestDatabase test_;
  store::Lease lease_;
  domain::Gap gap_;
  std::string receipt_;
  std::optional<domain::Timestamp> site_clock_ = at("2024-12-10T23:58:20Z");
  std::string body_ =
      std::string("{\"a\":\"\0\xFF", 8) + std::string(9999, 'x');
};

TEST_F(Page, IsDurableAndPaidBeforeItIsRows) {
  keep();
  const auto spent = store::spent(test_.database(), "x.posts", {});
  EXPECT_EQ(spent.settled, 15);
  EXPECT_EQ(spent.reserved, 0);
  EXPECT_EQ(test_.number("select count(*) from post"), 0);
  const auto kept = store::kept_pages(test_.database(), "x");
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].body, body_);
  EXPECT_EQ(kept[0].gap, gap_);
  EXPECT_EQ(kept[0].received_at, at("2024-12-11T00:00:00Z"));
  EXPECT_EQ(kept[0].site_clock, site_clock_);
  EXPECT_LT(test_.number("select length(body) from raw_page"), 500)
      << "it is compressed";
}

TEST_F(Page, BothStepsMayBeRepeated) {
  const int64_t page = keep();
  EXPECT_EQ(keep(), page);
  const auto applied = apply(page);
  EXPECT_EQ(applied.landed.inserted, 2);
  ASSERT_THAT(applied.gaps, SizeIs(1));
  EXPECT_EQ(applied.gaps[0].hi, 150);
  EXPECT_EQ(applied.gaps[0].version, 1);
  const auto again = apply(page);
  EXPECT_EQ(again.landed.inserted + again.landed.unchanged, 0);
  EXPECT_EQ(again.gaps, applied.gaps) << "what is there, not what was done";
  EXPECT_THAT(store::kept_pages(test_.database(), "x"), SizeIs(0));
}

TEST_F(Page, OfAGapThatHasMovedLandsAndMovesNothing) {
  const int64_t first = keep();
  receipt_ = store::new_uuid();
  const int64_t second = keep();
  apply(first);
  const auto kept = store::kept_pages(test_.database(), "x");
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].gap.hi, 0) << "no bounds that it could move";
  const auto applied = apply(second);
  EXPECT_EQ(applied.landed.unchanged, 2);
  EXPECT_EQ(applied.gaps.at(0).version, 1);
}

TEST_F(Page, NeedNotKnowTheSitesClock) {
  site_clock_.reset();
  keep();
  EXPECT_EQ(store::kept_pages(test_.database(), "x").at(0).site_clock,
            std::nullopt);
}

// Catalogue: 57
TEST_F(Page, OpensListsAsTheSiteHadThem) {
  const auto top = [&](const std::string& subject) {
    return test_.number("select top from walk where subject = '" + subject +
                        "'");
  };
  apply(keep(), {{"threads", "late", "", 3}});
  EXPECT_EQ(top("late"), site_clock_->time_since_epoch().count());
  const int64_t before = test_.number(
      "select (extract(epoch from clock_timestamp()) * 1000)::bigint");
  for (const auto& clock : {std::optional(at("2199-01-01T00:00:00Z")),
                            std::optional<domain::Timestamp>()}) {
    receipt_ = store::new_uuid();
    site_clock_ = clock;
    const std::string video = clock ? "early" : "unknown";
    apply(keep(), {{"threads", video, "", 3}});
    EXPECT_GE(top(video), before);
    EXPECT_LT(top(video),
              at("2198-01-01T00:00:00Z").time_since_epoch().count());
  }
}

TEST_F(Page, ARoundIsNotOverBeforeTheListsThatItsLastPageOpens) {
  const auto completed = [&] {
    return test_.number("select count(completed_at) from round") == 1;
  };
  const auto close = [&](const domain::Gap& gap,
                         const std::vector<store::NewList>& lists) {
    gap_ = gap;
    receipt_ = store::new_uuid();
    return store::apply_page(test_.database(), lease_, keep(), batch({}),
                             {gap, true, ""}, lists)
        .gaps;
  };
  const auto opened = close(gap_, {{"threads", "video", "", 3}});
  ASSERT_THAT(opened, SizeIs(1));
  EXPECT_FALSE(completed());
  close(opened[0], {});
  EXPECT_TRUE(completed());
}

TEST_F(Page, TwoProgramsApplyItOnce) {
  const int64_t page = keep();
  const auto program = [&] {
    store::Database database(test_.url());
    auto moved = gap_;
    moved.hi = 150;
    return store::apply_page(database, lease_, page, batch({post("1")}),
                             {moved, false, ""}, {})
        .landed.inserted;
  };
  auto one = std::async(std::launch::async, program);
  auto two = std::async(std::launch::async, program);
  EXPECT_EQ(one.get() + two.get(), 1);
}

TEST_F(Page, AStaleLeaseWritesNothing) {
  const int64_t page = keep();
  test_.run("update lease set epoch = epoch + 1");
  EXPECT_THROW(apply(page), store::LeaseLost);
  EXPECT_THROW(keep(), store::LeaseLost);
  EXPECT_EQ(test_.number("select count(*) from post"), 0);
  EXPECT_EQ(test_.text("select state from raw_page"), "landed");
}

TEST_F(Page, StaysKeptWhenItCannotBeApplied) {
  const int64_t page = keep();
  auto unknown = batch({post("1")});
  unknown.ruleset = "never recorded";
  EXPECT_THROW(store::apply_page(test_.database(), lease_, page, unknown,
                                 {gap_, true, ""}, {}),
               std::invalid_argument);
  EXPECT_THAT(store::kept_pages(test_.database(), "x"), SizeIs(1));
  EXPECT_THAT(store::open_gaps(test_.database(), "x", "sora", 10), SizeIs(1));
  store::reject_page(test_.database(), lease_, page, "no JSON");
  EXPECT_THAT(store::kept_pages(test_.database(), "x"), SizeIs(0));
}

TEST_F(Page, DeadLettersKnowTheirPage) {
  const int64_t page = keep();
  auto items = batch({});
  items.rejects = {{"/data/1", "7", "no text", "{}"},
                   {"/data/2", "8", "no id", "[]"}};
  store::apply_page(test_.database(), lease_, page, items, {gap_, true, ""},
                    {});
  auto letters = store::dead_letters(test_.database(), 10);
  ASSERT_THAT(letters, SizeIs(2));
  EXPECT_EQ(letters[0].pointer, "/data/2");
  EXPECT_EQ(letters[0].page, page);
  EXPECT_EQ(letters[0].raw, "[]");
  EXPECT_EQ(store::note_retry(test_.database(), page, {"/data/2"}), 1);
  letters = store::dead_letters(test_.database(), 10);
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(letters[0].tries, 1);
  EXPECT_TRUE(store::drop_dead_letter(test_.database(), letters[0].id));
  EXPECT_FALSE(store::drop_dead_letter(test_.database(), letters[0].id));
  EXPECT_EQ(store::dead_letter(test_.database(), letters[0].id)->raw, "");
}

TEST_F(Page, ARefusalShutsTheBreakerAndAPageOpensIt) {
  const store::Reservation ask{.bucket = "x.posts", .worst = 1, .source = "x"};
  store::refuse_request(test_.database(), lease_,
                        {.gap = gap_,
                         .receipt = receipt_,
                         .charged = false,
                         .bucket = "x.posts",
                         .rest = 5min,
                         .reason = "rate limit"});
  EXPECT_EQ(store::spent(test_.database(), "x.posts", {}).total(), 0);
  const auto refused = store::reserve(test_.database(), ask);
  EXPECT_FALSE(refused);
  EXPECT_THAT(refused.reason, testing::HasSubstr("rate limit"));
  EXPECT_GT(refused.rest, 4min);
  EXPECT_LE(refused.rest, 5min);
  auto other = ask;
  other.fingerprint = "another credential";
  EXPECT_TRUE(store::reserve(test_.database(), other));
  EXPECT_THAT(store::breakers(test_.database()), SizeIs(1));
  EXPECT_EQ(store::reset_breakers(test_.database(), "x.posts"), 1);
  EXPECT_TRUE(store::reserve(test_.database(), ask));
}

// Catalogue: 25
TEST_F(Page, APageEndsNoRestThatItsSiteHasOrdered) {
  const store::Reservation ask{.bucket = "x.posts", .worst = 1, .source = "x"};
  store::refuse_request(test_.database(), lease_,
                        {.gap = gap_,
                         .receipt = store::new_uuid(),
                         .bucket = "x.posts",
                         .failures = 3,
                         .rest = 5min,
                         .reason = "rate limit"});
  keep();  // a stream goes on while a search rests
  EXPECT_FALSE(store::reserve(test_.database(), ask));
  test_.run("update breaker set not_before = now()");
  EXPECT_EQ(store::reserve(test_.database(), ask).failures, 3);
  receipt_ = store::reserve(test_.database(), ask).receipt;
  keep();
  EXPECT_EQ(store::reserve(test_.database(), ask).failures, 0);
}

TEST_F(Page, ARefusalUnderAStaleLeaseIsRememberedAndMovesNothing) {
  test_.run("update lease set epoch = epoch + 1");
  const store::RefusedRequest refused{.gap = gap_,
                                      .receipt = receipt_,
                                      .charged = false,
                                      .bucket = "x.posts",
                                      .rest = 5min,
                                      .reason = "rate limit",
                                      .move = store::GapMove{gap_, true, ""}};
  EXPECT_THROW(store::refuse_request(test_.database(), lease_, refused),
               store::LeaseLost);
  EXPECT_EQ(store::spent(test_.database(), "x.posts", {}).total(), 0);
  EXPECT_THAT(store::breakers(test_.database()), SizeIs(1));
  EXPECT_THAT(store::open_gaps(test_.database(), "x", "sora", 10), SizeIs(1));
}

TEST_F(Page, WhatCostNothingIsGivenBackHoweverLateItIsKnown) {
  store::keep_worst_of_lost(test_.database(), 0s);
  const auto spent = [&] {
    return store::spent(test_.database(), "x.posts", {}).total();
  };
  EXPECT_GT(spent(), 0);
  store::RefusedRequest refused{.gap = gap_, .receipt = receipt_};
  store::refuse_request(test_.database(), lease_, refused);
  EXPECT_GT(spent(), 0) << "it may have been charged";
  refused.charged = false;
  store::refuse_request(test_.database(), lease_, refused);
  EXPECT_EQ(spent(), 0);
}

TEST_F(Page, OldOnesGoAndUnappliedOnesStay) {
  apply(keep());
  receipt_ = store::new_uuid();
  keep();
  EXPECT_EQ(store::delete_old_pages(test_.database(), 24h), 1);
  EXPECT_EQ(test_.text("select state from raw_page"), "landed");
  EXPECT_EQ(store::delete_old_pages(test_.database(), 24h), 0);
}

TEST_F(Page, OldDeadLettersAreEmptyAndNeverComeTwice) {
  auto items = batch({});
  items.rejects = {{"/errors/0", "ann", "not shown", R"({"value":"ann"})"},
                   {"/errors/0", "bob", "not shown", R"({"value":"bob"})"}};
  store::land(test_.database(), items);
  EXPECT_EQ(store::delete_old_pages(test_.database(), 24h), 0);
  test_.run("update reject set rejected_at = rejected_at - interval '2 days'");
  EXPECT_EQ(store::delete_old_pages(test_.database(), 24h), 2);
  EXPECT_EQ(store::delete_old_pages(test_.database(), 24h), 0);
  EXPECT_EQ(test_.number("select count(*) from reject r"
                         " where r::text ~ 'ann|bob' or length(raw) > 0"),
            0);
  store::land(test_.database(), items);
  EXPECT_EQ(test_.number("select count(*) from reject"), 2);
  for (const auto& letter : store::dead_letters(test_.database(), 10)) {
    EXPECT_EQ(letter.reason, "not shown");
    EXPECT_TRUE(store::drop_dead_letter(test_.database(), letter.id));
  }
}

TEST_F(Page, DroppedLettersOfOnePlaceStayTwo) {
  auto items = batch({});
  items.rejects = {{"/data/1", "7", "no text", "{}"},
                   {"/data/1", "8", "no text", "[]"}};
  store::land(test_.database(), items);
  for (const auto& letter : store::dead_letters(test_.database(), 10)) {
    EXPECT_TRUE(store::drop_dead_letter(test_.database(), letter.id));
  }
  EXPECT_EQ(test_.number("select count(*) from reject where raw = ''"), 2);
}

}  // namespace
}  // namespace grumble::tests
