#include "store/cursors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/landing.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using domain::Cursor;
using testing::ElementsAre;

TEST(Cursors, KeepTheirOrderAndTheirBytes) {
  TestDatabase test;
  const Cursor long_token{"x", "sora", std::string(9000, 't') + "\"{}\\"};
  const Cursor other{"x", "sora", "{}"};
  store::open_round(test.database(), "x", "sora", {long_token, other}, "w");
  EXPECT_THAT(store::open_cursors(test.database(), "x", "sora"),
              ElementsAre(long_token, other));
  EXPECT_TRUE(store::open_cursors(test.database(), "x", "kling").empty());
}

TEST(Cursors, ARoundIsNotOpenedOverAnother) {
  TestDatabase test;
  store::open_round(test.database(), "x", "sora", {{"x", "sora", "1"}}, "one");
  EXPECT_THROW(store::open_round(test.database(), "x", "sora",
                                 {{"x", "sora", "2"}}, "two"),
               store::RoundOpen);
  EXPECT_EQ(store::next_round(test.database(), "x", "sora", 5).watermark,
            "one");
  EXPECT_EQ(test.number("select count(*) from cursor"), 1);
}

TEST(Cursors, DroppingKeepsAReject) {
  TestDatabase test;
  const Cursor step{"youtube", "sora", R"({"video":"v"})"};
  store::open_round(test.database(), "youtube", "sora", {step}, "");
  EXPECT_TRUE(store::drop_cursor(test.database(), step, "comments disabled"));
  EXPECT_FALSE(store::drop_cursor(test.database(), step, "comments disabled"));
  EXPECT_EQ(test.text("select reason || ' ' || convert_from(raw, 'UTF8')"
                      " from reject"),
            R"(comments disabled {"video":"v"})");
  EXPECT_NE(test.text("select completed_at from round"), "");
}

TEST(Cursors, NextRoundKnowsTheVideosOfItsQuery) {
  TestDatabase test;
  store::record_ruleset(test.database(), "rules-1", "");
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
  store::land(test.database(), page);
  EXPECT_THAT(store::next_round(test.database(), "youtube", "sora", 5).known,
              ElementsAre("new", "old"));
  EXPECT_THAT(store::next_round(test.database(), "youtube", "sora", 1).known,
              ElementsAre("new"));
  EXPECT_TRUE(
      store::next_round(test.database(), "youtube", "kling", 5).known.empty());
}

}  // namespace
}  // namespace grumble::tests
