#include "simulator/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulator/support.h"

namespace grumble::simulator {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using testing::small_world;
using testing::world_of;

std::string error_of(const std::string& text) {
  try {
    world_of(text);
  } catch (const WorldError& error) {
    return error.what();
  }
  return "no error";
}

const std::string kPost =
    R"({"kind":"post","at":"2024-12-09T18:12:07Z","by":"abc","text":"hello"})";

TEST(World, DerivesIdsOfTheRightShape) {
  const World world = small_world();
  ASSERT_EQ(world.posts().size(), 8u);
  ASSERT_EQ(world.videos().size(), 3u);
  ASSERT_EQ(world.comments().size(), 10u);
  for (const XPost& post : world.posts()) {
    EXPECT_EQ(time_of(post.id), post.at);
    EXPECT_EQ(world.find_post(post.id), &post);
  }
  EXPECT_THAT(world.users().front().id, MatchesRegex("[0-9]{1,19}"));
  EXPECT_THAT(world.channels().front().id, MatchesRegex("UC[A-Za-z0-9_-]{22}"));
  EXPECT_THAT(world.videos().front().id, MatchesRegex("[A-Za-z0-9_-]{11}"));
  for (const Comment& comment : world.comments()) {
    if (comment.parent) {
      EXPECT_THAT(comment.id,
                  MatchesRegex("Ug[A-Za-z0-9_-]{24}\\.[A-Za-z0-9_-]{22}"));
    } else {
      EXPECT_THAT(comment.id, MatchesRegex("Ug[A-Za-z0-9_-]{24}"));
    }
  }
}

TEST(World, LinksRepliesAndConversations) {
  const World world = small_world();
  const XPost& root = world.posts()[0];
  const XPost& last = world.posts()[2];
  EXPECT_EQ(last.conversation, root.id);
  EXPECT_EQ(world.posts()[*last.reply_to].text.substr(0, 8), "@inkfern");
  EXPECT_EQ(world.posts()[4].quote_of, std::optional<size_t>(0));
}

TEST(World, IgnoresTheOrderOfLines) {
  const std::string second =
      R"({"kind":"post","at":"2024-12-10T00:00:00Z","by":"d","text":"x"})";
  const World a = world_of(kPost + "\n" + second + "\n");
  const World b = world_of("\n" + second + "\r\n" + kPost);
  ASSERT_EQ(b.posts().size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(a.posts()[i].id, b.posts()[i].id);
    EXPECT_EQ(a.posts()[i].text, b.posts()[i].text);
  }
}

TEST(World, SaysWhereAndWhatIsWrong) {
  EXPECT_EQ(error_of(kPost + "\n{}"),
            "world:2: 'kind' is missing: post, video or comment");
  EXPECT_THAT(error_of("{"), HasSubstr("world:1: not valid json"));
  EXPECT_THAT(error_of("[]"), HasSubstr("not a json object"));
  EXPECT_THAT(error_of(R"({"kind":"post","by":"abc","text":"x"})"),
              HasSubstr("'at' is missing"));
  EXPECT_THAT(error_of(R"({"kind":"post","at":"soon","by":"abc","text":""})"),
              HasSubstr("'at' is no time"));
  EXPECT_THAT(error_of(R"({"kind":"tweet"})"), HasSubstr("unknown kind"));
  EXPECT_THAT(error_of(R"({"kind":"post","txt":"x"})"),
              HasSubstr("unknown key 'txt' in a post"));
  EXPECT_THAT(
      error_of(
          R"({"kind":"post","at":"2024-12-09T18:12:07Z","by":"a b","text":""})"),
      HasSubstr("'by' is no handle"));
  EXPECT_THAT(error_of(R"({"kind":"post","likes":-1})"),
              HasSubstr("'likes' must be a whole number"));
}

TEST(World, RefusesIdsGivenTwice) {
  EXPECT_THAT(error_of(kPost + "\n" + kPost),
              HasSubstr("was given out before"));
}

TEST(World, RefusesReferencesThatLeadNowhere) {
  const auto reply = [](const std::string& at, const std::string& to) {
    return R"({"kind":"post","by":"d","text":"y","at":")" + at +
           R"(","reply_to":")" + to + "\"}";
  };
  const std::string root =
      R"({"kind":"post","at":"2024-12-09T18:12:07Z","by":"a","text":"x","ref":"r"})";
  EXPECT_THAT(error_of(reply("2024-12-10T00:00:00Z", "r")),
              HasSubstr("no line has the ref 'r'"));
  EXPECT_THAT(error_of(root + "\n" + reply("2024-12-08T00:00:00Z", "r")),
              HasSubstr("is not later than 'r'"));
  EXPECT_THAT(error_of(root + "\n" + root), HasSubstr("was given before"));
  EXPECT_EQ(error_of(root + "\n" + reply("2024-12-10T00:00:00Z", "r")),
            "no error");
}

TEST(World, ReportsManyFaultsAtOnce) {
  EXPECT_EQ(error_of("{\n{\n{").find("world:3") == std::string::npos, false);
}

}  // namespace
}  // namespace grumble::simulator
