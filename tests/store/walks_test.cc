#include "store/walks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/landing.h"
#include "store/page.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

class Walks : public testing::Test {
 protected:
  Walks() {
    store::record_ruleset(test_.database(), "rules-1", "");
    lease_ = *store::hold_lease(test_.database(), "x", store::new_uuid(), 1h);
  }
  void open(std::optional<store::Bounds> range, int64_t top,
            std::vector<store::NewList> lists = {}) {
    store::open_round(test_.database(), lease_,
                      {"x", "sora", "posts", range, {}, top, std::move(lists)});
  }
  std::vector<domain::Gap> gaps() {
    return store::open_gaps(test_.database(), "x", "sora", 100);
  }
  /// Lands the page of one gap, which closes.
  std::vector<domain::Gap> close(const domain::Gap& gap,
                                 std::vector<store::NewList> lists = {}) {
    const int64_t page = store::keep_page(
        test_.database(), lease_, {gap, store::new_uuid(), 0, "{}", {}});
    return store::apply_page(test_.database(), lease_, page, batch({}),
                             {gap, true, ""}, lists)
        .gaps;
  }

  TestDatabase test_;
  store::Lease lease_;
  int64_t top_ = 0;
};

TEST_F(Walks, ARoundOpensARangeAndMovesTheTop) {
  open({{100, 200}}, 199);
  ASSERT_THAT(gaps(), SizeIs(1));
  EXPECT_EQ(gaps()[0].lo, 100);
  EXPECT_EQ(gaps()[0].hi, 200);
  EXPECT_EQ(gaps()[0].asked_hi, 200);
  auto start = store::next_round(test_.database(), "x", "sora", 5);
  EXPECT_EQ(start.top, 199);
  EXPECT_TRUE(start.unfinished);
  open({{199, 300}}, 299);
  EXPECT_THAT(gaps(), SizeIs(2)) << "the next range touches the first";
  EXPECT_EQ(test_.text("select completed_at from round"), "");
  for (const auto& gap : gaps()) close(gap);
  EXPECT_NE(test_.text("select completed_at from round"), "");
  EXPECT_FALSE(store::next_round(test_.database(), "x", "sora", 5).unfinished);
}

TEST_F(Walks, AnOpeningWhoseAnswerWasLostIsMadeOnce) {
  open({{100, 200}}, 199, {{"videos", "sora", "abc", 0}});
  open({{100, 200}}, 199, {{"videos", "sora", "abc", 0}});
  EXPECT_THAT(gaps(), SizeIs(2));
}

TEST_F(Walks, OpenGapsOfAWalkDoNotOverlap) {
  open({{100, 200}}, 199);
  EXPECT_THROW(open({{198, 300}}, 299), store::DatabaseError);
  EXPECT_EQ(store::next_round(test_.database(), "x", "sora", 5).top, 199)
      << "all or nothing";
}

TEST_F(Walks, WhatIsTooOldIsWrittenDown) {
  open({{100, 200}}, 199);
  auto gap = gaps()[0];
  gap.lo = 150;
  const auto rest = store::clip_gap(test_.database(), lease_, gap, {100, 151});
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->lo, 150);
  EXPECT_EQ(rest->version, 1);
  const auto rows = store::gaps(test_.database());
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[1].state, "unreachable");
  EXPECT_EQ(rows[1].hi, 151);
}

TEST_F(Walks, AListIsOpenedAgainWhenItHasGrown) {
  open({{100, 200}}, 199);
  const auto first = close(gaps()[0], {{"threads", "video", "", 3}});
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].lo, 0) << "whole, the first time";
  EXPECT_EQ(first[0].query, "sora");
  open({{199, 300}}, 299, {{"threads", "video", "", 4}});
  EXPECT_THAT(gaps(), SizeIs(2)) << "it is open still";
  close(first[0]);
  open({}, 300, {{"threads", "video", "", 3}});
  EXPECT_THAT(gaps(), SizeIs(1)) << "as long as it was";
  open({}, 301, {{"threads", "video", "", 4}});
  ASSERT_THAT(gaps(), SizeIs(2));
  EXPECT_EQ(gaps()[1].lo, first[0].hi - 1) << "only what is new";
}

TEST_F(Walks, AVideoOfTwoQueriesHasItsCommentsWalkedOnce) {
  const auto open_for = [&](const char* query, int64_t comments) {
    store::open_round(test_.database(), lease_,
                      {"x",
                       query,
                       "search",
                       {},
                       {},
                       ++top_,
                       {{"threads", "vid00000001", "", comments}}});
  };
  const auto threads = [&] {
    return test_.number(
        "select count(*) from gap join walk using (walk_id)"
        " where list = 'threads'");
  };
  open_for("sora", 7);
  open_for("kling", 7);
  EXPECT_EQ(threads(), 1) << "while it is open";
  close(gaps().front());
  open_for("kling", 7);
  EXPECT_EQ(threads(), 1) << "nor when it was walked";
  open_for("kling", 8);
  EXPECT_EQ(threads(), 2) << "a comment came";
}

TEST_F(Walks, AFinalListRestsForAWeek) {
  open({}, 0, {{"threads", "video", "", 3}});
  const auto gap = gaps().at(0);
  store::refuse_request(test_.database(), lease_,
                        {.gap = gap,
                         .receipt = store::new_uuid(),
                         .bucket = "youtube.units",
                         .reason = "comments are disabled",
                         .move = store::GapMove{gap, true, "disabled"},
                         .ends_walk = true});
  open({}, 1, {{"threads", "video", "", 4}});
  EXPECT_THAT(gaps(), SizeIs(0));
  test_.run("update walk set due_at = now()");
  open({}, 2, {{"threads", "video", "", 4}});
  EXPECT_THAT(gaps(), SizeIs(1));
}

TEST_F(Walks, WhatIsAskedForByIdIsAGapOfItsOwn) {
  open({}, 0, {{"videos", "sora", "a,b", 0}, {"videos", "sora", "c", 0}});
  ASSERT_THAT(gaps(), SizeIs(2));
  EXPECT_EQ(gaps()[0].items, "a,b");
  EXPECT_EQ(gaps()[1].items, "c");
}

TEST_F(Walks, NextRoundKnowsTheVideosOfItsQuery) {
  std::vector<store::AnalysedPost> posts;
  for (const char* const id : {"old", "new", "parent", "comment", "closed"}) {
    auto video = post(id);
    video.post.key.platform = "youtube";
    video.post.kind = domain::PostKind::video;
    video.post.metrics.replies = 3;
    posts.push_back(video);
  }
  posts[1].post.created_at += std::chrono::hours(1);
  posts[2].post.context_only = true;
  posts[3].post.kind = domain::PostKind::comment;
  posts[4].post.metrics.replies.reset();  // comments are switched off
  auto page = batch(posts);
  page.source = "youtube";
  store::land(test_.database(), page);
  EXPECT_THAT(store::next_round(test_.database(), "youtube", "sora", 5).known,
              ElementsAre("new", "old"));
  EXPECT_THAT(store::next_round(test_.database(), "youtube", "sora", 1).known,
              ElementsAre("new"));
}

}  // namespace
}  // namespace grumble::tests
