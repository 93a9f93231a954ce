// Near-copies and probable bots, from a file to every place that shows them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/app/program.h"

namespace grumble::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Copies : public testing::Test {
 protected:
  Copies() {
    std::ofstream(file_) << "data_dir = \"data\"\n"
                         << "[noise]\n"
                         << "bot_copies_a_day = 3\n";
  }

  Outcome grumble(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--config", file_});
    return run("grumble", arguments);
  }
  void add(const std::string& id, const std::string& author,
           const std::string& time, const std::string& text) {
    posts_ += R"({"platform":"x","id":")" + id + R"(","author":{"id":")" +
              author + R"("},"lang":"en","created_at":"2024-12-10T)" + time +
              R"(:00Z","text":")" + text + "\"}\n";
  }
  Outcome import() {
    const auto file = files_.path() / "posts.ndjson";
    std::ofstream(file) << posts_;
    return grumble({"import", file});
  }

  TemporaryDirectory files_;
  std::string file_ = files_.path() / "grumble.toml";
  std::string posts_;
};

TEST_F(Copies, AreNoiseWhereverTheyAreShown) {
  const std::string plea =
      "Sora is far too expensive for what it does, two clips and the whole "
      "month of credits is gone";
  add("103", "u3", "09:00", "@friend " + plea + " !!! https://a.b/c");
  add("101", "u1", "08:00", plea);
  add("102", "u2", "08:30", "Sora is too expensive");
  add("104", "u4", "09:30", "Sora is too expensive");
  for (int i = 0; i < 4; ++i) {
    add("11" + std::to_string(i), "spam", "1" + std::to_string(i) + ":00",
        "Kling is far too expensive as well, believe me, I have tried all of "
        "its plans and went back to drawing");
  }
  const Outcome imported = import();
  ASSERT_EQ(imported.status, 0) << imported.err;

  const Outcome posts = grumble({"posts", "--noise", "--limit", "20"});
  EXPECT_THAT(posts.out,
              AllOf(HasSubstr("[duplicate of 101]"),
                    HasSubstr("[bot, copy of 110]"), HasSubstr("[bot]")));
  const Outcome counted = grumble({"posts", "-o", "csv", "--limit", "20"});
  EXPECT_THAT(counted.out, AllOf(HasSubstr("x,101,"), HasSubstr("x,102,"),
                                 HasSubstr("x,104,"), Not(HasSubstr("x,103,")),
                                 Not(HasSubstr("x,110,"))));
  EXPECT_THAT(grumble({"posts", "--noise", "-o", "csv"}).out,
              HasSubstr("duplicate,101,"));
  const Outcome matrix = grumble({"matrix"});
  EXPECT_THAT(matrix.err, AllOf(HasSubstr("3 posts"),
                                HasSubstr("5 as noise (4 bot, 1 duplicate)")));
  EXPECT_THAT(grumble({"status", "-o", "csv"}).out,
              AllOf(HasSubstr("stored,x,noise,5"),
                    HasSubstr("stored,x,\"noise, bot\",4")));
  EXPECT_THAT(grumble({"db", "verify"}).out, HasSubstr("all as the rows"));

  // Again, and an older original that comes later.
  EXPECT_EQ(import().status, 0);
  EXPECT_EQ(grumble({"matrix"}).err, matrix.err);
  add("100", "u0", "07:00", plea);
  EXPECT_EQ(import().status, 0);
  EXPECT_THAT(grumble({"posts", "--noise", "--model", "sora"}).out,
              AllOf(HasSubstr("[duplicate of 100]"),
                    Not(HasSubstr("[duplicate of 101]"))));
  EXPECT_THAT(grumble({"matrix"}).err,
              AllOf(HasSubstr("3 posts"), HasSubstr("6 as noise")));
  EXPECT_THAT(grumble({"db", "verify"}).out, HasSubstr("all as the rows"));
}

}  // namespace
}  // namespace grumble::test
