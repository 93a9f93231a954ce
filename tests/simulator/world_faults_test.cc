// Faults of the world and not of a request, and what is told of both.
#include <gmock/gmock.h>

#include <sstream>

#include "simulator/faults.h"
#include "simulator/generate.h"
#include "tests/simulator/reader.h"

namespace grumble::simulator::testing {
namespace {

using ::testing::HasSubstr;

TEST(WorldFaults, LatePostsAreFoundLater) {
  Reader reader(R"({"fault":"late","share":0.5,"seconds":3600})");
  reader.client.at = moment("2024-12-15T00:01:00Z");
  const auto early = ids_of(reader.page());
  reader.token.clear();
  reader.client.at = moment("2024-12-15T02:00:00Z");
  const auto late = ids_of(reader.page());
  EXPECT_NE(early, late);
  EXPECT_EQ(late.size(), 100u);
  EXPECT_GT(reader.client.fired("late"), 10);
}

TEST(WorldFaults, ARunOfDeletedPostsLeavesAnEmptyPageWithAToken) {
  Reader reader(R"({"fault":"deleted","share":0.5,"run":100})",
                long_world(1000, kNow));
  size_t seen = 0;
  int empty = 0;
  do {
    const auto ids = ids_of(reader.page());
    seen += ids.size();
    if (ids.empty() && !reader.token.empty()) ++empty;
  } while (!reader.token.empty());
  EXPECT_EQ(seen % 100, 0u);
  EXPECT_LT(seen, 1000u);
  EXPECT_GT(empty, 0);
  EXPECT_EQ(reader.client.fired("empty-page"), empty);
  EXPECT_EQ(reader.client.fired("deleted"), 1000 - static_cast<int64_t>(seen));
}

TEST(WorldFaults, AClosedAccountTakesItsPostsAlong) {
  // Two writers, who wrote at midnight and a minute before it.
  Reader reader(R"({"fault":"closed","share":1,"seconds":120})",
                long_world(2, kNow));
  reader.client.at = moment("2024-12-15T00:00:59Z");
  EXPECT_EQ(ids_of(reader.page()).size(), 2u);
  reader.client.at = moment("2024-12-15T00:01:01Z");
  EXPECT_EQ(ids_of(reader.page()).size(), 1u);
  reader.client.at = moment("2024-12-15T00:02:01Z");
  EXPECT_EQ(ids_of(reader.page()).size(), 0u);
  EXPECT_EQ(reader.client.fired("deleted"), 3);
}

TEST(WorldFaults, ADeletedPostIsAnErrorInALookup) {
  Reader reader(R"({"fault":"deleted","share":1,"seconds":60})",
                long_world(2, kNow));
  reader.client.at = moment("2024-12-15T00:00:31Z");
  const auto ids = ids_of(reader.page());
  ASSERT_EQ(ids.size(), 1u) << "the other is gone since half a minute";
  reader.client.at = moment("2024-12-15T01:00:00Z");
  const Answer answer = reader.client.get("/2/tweets", {{"ids", ids[0]}});
  EXPECT_FALSE(answer.body.contains("data"));
  EXPECT_EQ(answer.body.at("errors").at(0).at("resource_id").as_string(),
            ids[0].c_str());
}

TEST(WorldFaults, AnEditIsANewPostThatReplacesTheOld) {
  Reader reader(R"({"fault":"edited","share":1,"seconds":60})",
                long_world(3, kNow));
  const Answer answer = reader.page();
  ASSERT_EQ(ids_of(answer).size(), 3u);
  const json::object& post = answer.body.at("data").at(0).as_object();
  EXPECT_THAT(std::string(post.at("text").as_string()), HasSubstr("(edited)"));
  EXPECT_EQ(post.at("edit_history_tweet_ids").as_array().size(), 2u);
  EXPECT_EQ(post.at("edit_history_tweet_ids").at(1), post.at("id"));
  EXPECT_EQ(reader.client.fired("edited"), 3);
}

TEST(Truth, TellsWhatArrivedAndWhatWasAskedFor) {
  Reader reader(R"({"fault":"cut","to":1,"bytes":500})"
                "\n"
                R"({"fault":"malformed","from":2,"to":2})",
                long_world(120, kNow));
  reader.page();
  reader.token.clear();
  reader.page();
  const Answer report = reader.client.get("/simulator/truth", {});
  std::istringstream lines(report.response.body);
  int shown = 0, broken = 0, wanted = 0, posts = 0;
  json::object last;
  for (std::string line; std::getline(lines, line);) {
    last = json::parse(line).as_object();
    if (!last.contains("id")) continue;
    ++posts;
    shown += static_cast<int>(last.at("shown").as_int64());
    broken += static_cast<int>(last.at("broken").as_int64());
    wanted += last.contains("wanted") ? 1 : 0;
  }
  EXPECT_EQ(posts, 120);
  EXPECT_EQ(shown, 99) << "the first answer was cut";
  EXPECT_EQ(broken, 1);
  EXPECT_EQ(wanted, 120);
  EXPECT_EQ(last.at("bill").at("x").at("hits_returned"), 200);
  EXPECT_EQ(last.at("bill").at("x").at("days").at("2024-12-15"), 500'000);
}

TEST(Generate, MakesTheSameWorldFromTheSameSeed) {
  Generation options;
  options.posts = 2000;
  options.videos = 5;
  options.end = *domain::parse_timestamp(kNow);
  const World one = generate(options);
  const World two = generate(options);
  ASSERT_EQ(one.posts().size(), 2000u);
  EXPECT_EQ(one.videos().size(), 5u);
  EXPECT_EQ(one.comments().size(), 200u);
  size_t replies = 0, quotes = 0, answered = 0;
  for (size_t i = 0; i < one.posts().size(); ++i) {
    EXPECT_EQ(one.posts()[i].id, two.posts()[i].id);
    EXPECT_LT(one.posts()[i].at, options.end);
    EXPECT_GE(one.posts()[i].at, options.end - options.span);
    if (one.posts()[i].reply_to) ++replies;
    if (one.posts()[i].quote_of) ++quotes;
  }
  for (const Comment& comment : one.comments()) {
    if (comment.parent) ++answered;
  }
  EXPECT_NEAR(static_cast<double>(replies), 200, 60);
  EXPECT_NEAR(static_cast<double>(quotes), 100, 40);
  EXPECT_GT(answered, 50u);
  options.seed = 2;
  EXPECT_NE(generate(options).posts()[7].text, one.posts()[7].text);
}

TEST(Health, AnswersWithoutCredentials) {
  Client client(small_world());
  Request request;
  request.target = "/simulator/health";
  const Answer answer = client.send(request);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.at("posts").as_int64(), 8);
}

}  // namespace
}  // namespace grumble::simulator::testing
