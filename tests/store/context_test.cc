#include "store/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/landing.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using testing::ElementsAre;

TEST(ParentsOf, NearestFirst) {
  domain::Post comment = post("c").post;
  comment.kind = domain::PostKind::comment;
  comment.conversation_id = "v";
  comment.references = {{domain::ReferenceKind::repost, "r"},
                        {domain::ReferenceKind::quote, "q"},
                        {domain::ReferenceKind::reply, "p"}};
  const auto parents = store::parents_of(comment);
  ASSERT_EQ(parents.size(), 3U);
  EXPECT_EQ(parents[0].kind, "reply");
  EXPECT_EQ(parents[0].key.id, "p");
  EXPECT_EQ(parents[1].kind, "quote");
  EXPECT_EQ(parents[2].kind, "video");
  EXPECT_EQ(parents[2].key.id, "v");
  comment.kind = domain::PostKind::post;
  EXPECT_EQ(store::parents_of(comment).size(), 2U)
      << "an X conversation is no video";
}

TEST(ContextsOf, GivesTextsOfStoredParents) {
  TestDatabase test;
  store::record_ruleset(test.database(), "rules-1", "");
  auto video = post("v", "long description");
  video.post.kind = domain::PostKind::video;
  video.post.title = "kling, reviewed";
  video.analysis.models = {"Kling"};
  video.analysis.findings = {finding("", "speed")};
  store::land(test.database(), batch({post("p", "a question"), video}));
  const auto contexts = store::contexts_of(
      test.database(), {{"x", "v"}, {"x", "p"}, {"x", "absent"}});
  ASSERT_EQ(contexts.size(), 2U);
  EXPECT_EQ(contexts.at({"x", "v"}).text, "kling, reviewed");
  EXPECT_THAT(contexts.at({"x", "v"}).models, ElementsAre("Kling"));
  EXPECT_EQ(contexts.at({"x", "p"}).text, "a question");
  EXPECT_TRUE(store::contexts_of(test.database(), {}).empty());
}

}  // namespace
}  // namespace grumble::tests
