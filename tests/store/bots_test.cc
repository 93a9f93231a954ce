// Probable bots: who writes more in a day than a person, or many copies.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "store/retention.h"
#include "tests/store/copies_fixture.h"

namespace grumble::tests {
namespace {

using testing::HasSubstr;

TEST_F(Copies, ABotIsWhoWritesMoreADayThanAPerson) {
  const auto write = [&](int first, int last, int day) {
    std::vector<store::AnalysedPost> posts;
    for (int id = first; id < last; ++id) {
      posts.push_back(
          saying(std::to_string(id), 24 * day, "no " + std::to_string(id)));
      posts.back().post.author_id = "busy";
    }
    land(posts);
  };
  constexpr store::BotLimits kLimits{5, 0};
  write(10, 14, 0);
  write(20, 24, 1);
  judge(kLimits);
  EXPECT_THAT(labels(), testing::Not(HasSubstr("bot")));
  write(14, 15, 0);
  judge(kLimits);
  EXPECT_EQ(labels(),
            "10 bot, 11 bot, 12 bot, 13 bot, 14 bot,"
            " 20 none, 21 none, 22 none, 23 none");
  EXPECT_EQ(counted(), 4);
  store::delete_posts(database(), {{"x", "12"}});
  judge(kLimits);
  EXPECT_THAT(labels(), testing::Not(HasSubstr("bot")));
  EXPECT_EQ(counted(), 8);
  // Thousands at once, in steps far smaller than the day.
  write(1000, 2000, 0);
  judge(kLimits, 10);
  EXPECT_EQ(test_.number("select count(*) from mention where ordinal = 0"
                         " and noise = 'bot'"),
            1004);
  expect_exact();
}

TEST_F(Copies, ABotIsWhoWritesManyCopiesADay) {
  std::vector<store::AnalysedPost> posts;
  for (int id = 1; id <= 5; ++id) {
    posts.push_back(saying(std::to_string(id), id, "a b c d"));
    posts.back().post.author_id = "spam";
  }
  posts.push_back(saying("8", 9, "I say so myself"));
  posts.back().post.author_id = "spam";
  posts.push_back(saying("9", 9, "a b c d"));
  land(posts);
  judge({100, 4});
  EXPECT_EQ(labels(), "1 bot, 2 bot, 3 bot, 4 bot, 5 bot, 8 bot, 9 duplicate");
  EXPECT_EQ(copy_of("5"), "1");
  edit(posts[4], "now for something else");
  judge({100, 4});
  EXPECT_EQ(labels(),
            "1 none, 2 duplicate, 3 duplicate, 4 duplicate, 5 none, 8 none,"
            " 9 duplicate");
  expect_exact();
}

}  // namespace
}  // namespace grumble::tests
