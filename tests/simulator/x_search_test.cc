// What a search answers: selection, objects, pages, words.

#include "simulator/x.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/simulator/support.h"

namespace grumble::simulator::testing {
namespace {

using ::testing::HasSubstr;

const std::string kAll = "/2/tweets/search/all";
const std::string kRecent = "/2/tweets/search/recent";
const std::string kEverything =
    "(sora OR kling OR agreed OR worth OR coca OR 可灵 OR logo)";

XOptions in(Dialect dialect) {
  XOptions options;
  options.dialect = dialect;
  return options;
}

std::string text_at(const json::object& object, std::string_view key) {
  return std::string(object.at(key).as_string());
}

std::vector<std::string> ids_of(const Answer& answer) {
  std::vector<std::string> ids;
  if (!answer.body.contains("data")) return ids;
  for (const auto& post : answer.body.at("data").as_array()) {
    ids.push_back(text_at(post.as_object(), "id"));
  }
  return ids;
}

json::object only_post(const Answer& answer) {
  EXPECT_EQ(ids_of(answer).size(), 1u) << answer.response.body;
  return answer.body.at("data").as_array().at(0).as_object();
}

TEST(XSearch, AnswersWithTheDefaultFieldsAlone) {
  Client client(small_world());
  const Answer answer = client.get(kRecent, {{"query", "café"}});
  EXPECT_EQ(answer.status, 200);
  const json::object post = only_post(answer);
  EXPECT_EQ(post.size(), 3u);
  EXPECT_EQ(post.at("edit_history_tweet_ids").as_array().at(0), post.at("id"));
  EXPECT_EQ(answer.response.header("date"), "Sun, 15 Dec 2024 00:00:00 UTC");
  EXPECT_EQ(answer.response.header("x-rate-limit-limit"), "450");
  EXPECT_EQ(answer.response.header("x-rate-limit-remaining"), "449");
  EXPECT_EQ(answer.response.header("x-rate-limit-reset"), "1734221700");
}

TEST(XSearch, OmitsDataWhenNothingMatches) {
  Client client(small_world());
  const Answer answer = client.get(kRecent, {{"query", "nothinglikethis"}});
  EXPECT_EQ(answer.response.body, R"({"meta":{"result_count":0}})");
}

TEST(XSearch, EscapesTextAndPlacesEntitiesInCodePoints) {
  Client client(small_world());
  const json::object post = only_post(
      client.get(kRecent, {{"query", "#sora"}, {"tweet.fields", "entities"}}));
  const std::string text = text_at(post, "text");
  EXPECT_THAT(text, HasSubstr("Sora is out &amp; &lt;finally&gt; in"));
  const auto code_points = to_code_points(text);
  const auto& entities = post.at("entities").as_object();
  for (const char* kind : {"urls", "hashtags"}) {
    const auto& entity = entities.at(kind).as_array().at(0).as_object();
    const auto start = static_cast<size_t>(entity.at("start").as_int64());
    const auto end = static_cast<size_t>(entity.at("end").as_int64());
    const std::string part = to_utf8(code_points.substr(start, end - start));
    EXPECT_EQ(part, kind == std::string("urls") ? text_at(entity, "url")
                                                : "#" + text_at(entity, "tag"));
  }
  EXPECT_EQ(
      text_at(entities.at("urls").as_array().at(0).as_object(), "expanded_url"),
      "https://example.com/launch?x=1&y=2");
}

TEST(XSearch, CutsLongTextsAndKeepsTheNote) {
  Client client(small_world());
  const json::object post =
      only_post(client.get(kRecent, {{"query", "sandwich"},
                                     {"tweet.fields", "note_tweet,entities"}}));
  const std::string text = text_at(post, "text");
  const auto code_points = to_code_points(text);
  EXPECT_LE(weighted_length(code_points, find_entities(code_points)), 290u);
  EXPECT_THAT(text, HasSubstr("… https://t.co/"));
  const auto& note = post.at("note_tweet").as_object();
  EXPECT_THAT(text_at(note, "text"), HasSubstr("know which one to keep."));
  EXPECT_TRUE(note.at("entities").as_object().contains("hashtags"));
  const json::object bare =
      only_post(client.get(kRecent, {{"query", "sandwich"}}));
  EXPECT_FALSE(bare.contains("note_tweet"));
  EXPECT_FALSE(bare.contains("entities"));
}

TEST(XSearch, ExpandsUsersAndReferences) {
  Client client(small_world());
  const Answer answer = client.get(
      kRecent, {{"query", "agreed"},
                {"tweet.fields",
                 "author_id,conversation_id,created_at,"
                 "in_reply_to_user_id,referenced_tweets,public_metrics"},
                {"expansions",
                 "author_id,referenced_tweets.id,"
                 "referenced_tweets.id.author_id,"
                 "entities.mentions.username"}});
  const json::object post = only_post(answer);
  const auto& includes = answer.body.at("includes").as_object();
  EXPECT_EQ(includes.at("users").as_array().size(), 2u);
  EXPECT_EQ(includes.at("tweets").as_array().size(), 1u);
  EXPECT_EQ(text_at(post, "created_at"), "2024-12-09T19:00:00.000Z");
  const auto& reference =
      post.at("referenced_tweets").as_array().at(0).as_object();
  EXPECT_EQ(text_at(reference, "type"), "replied_to");
  // A mentioned handle that does not exist is a partial error.
  const auto& error = answer.body.at("errors").as_array().at(0).as_object();
  EXPECT_EQ(text_at(error, "value"), "nobody_here");
  EXPECT_THAT(text_at(error, "type"), HasSubstr("resource-not-found"));
}

TEST(XSearch, HidesWhatIsNotWrittenYet) {
  Client client(small_world());
  client.at = moment("2024-12-09T18:40:10Z");
  EXPECT_EQ(ids_of(client.get(kRecent, {{"query", kEverything}})).size(), 1u)
      << "the newest 30 seconds are not searchable by default";
  client.at = moment("2024-12-09T18:41:00Z");
  EXPECT_EQ(ids_of(client.get(kRecent, {{"query", kEverything}})).size(), 2u);
}

TEST(XSearch, RecentReachesBackSevenDays) {
  Client client(small_world());
  client.at = moment("2024-12-17T09:00:00Z");
  EXPECT_EQ(ids_of(client.get(kRecent, {{"query", kEverything}})).size(), 3u);
  EXPECT_EQ(ids_of(client.get(kAll, {{"query", kEverything}})).size(), 8u);
  client.at = moment("2026-01-01T00:00:00Z");
  EXPECT_EQ(ids_of(client.get(kAll, {{"query", kEverything}})).size(), 0u)
      << "without a start time the archive reaches back 30 days";
  EXPECT_EQ(ids_of(client.get(kAll, {{"query", kEverything},
                                     {"start_time", "2024-01-01T00:00:00Z"}}))
                .size(),
            8u);
  EXPECT_EQ(
      ids_of(client.get(kAll, {{"query", kEverything}, {"since_id", "1"}}))
          .size(),
      8u);
}

TEST(XSearch, BoundsAreExclusiveForIdsAndInclusiveForTheStart) {
  Client client(small_world());
  const auto all = ids_of(client.get(kAll, {{"query", kEverything}}));
  ASSERT_EQ(all.size(), 8u);
  EXPECT_EQ(ids_of(client.get(kAll, {{"query", kEverything},
                                     {"since_id", all.back()},
                                     {"until_id", all.front()}}))
                .size(),
            6u);
  EXPECT_EQ(ids_of(client.get(kAll, {{"query", kEverything},
                                     {"start_time", "2024-12-09T18:12:07Z"},
                                     {"end_time", "2024-12-14T08:00:00Z"}}))
                .size(),
            7u);
}

TEST(XSearch, PagesBringEachPostOnceForEveryPageSize) {
  Client client(long_world(230, "2024-12-14T12:00:00Z"));
  for (const std::string order : {"recency", "relevancy"}) {
    for (int size = 10; size <= 100; ++size) {
      std::vector<std::string> seen;
      Parameters parameters = {{"query", "kling"},
                               {"sort_order", order},
                               {"max_results", std::to_string(size)}};
      for (int page = 0; page < 30; ++page) {
        client.at.uptime += std::chrono::minutes(15);
        const Answer answer = client.get(kRecent, parameters);
        ASSERT_EQ(answer.status, 200) << answer.response.body;
        const auto ids = ids_of(answer);
        seen.insert(seen.end(), ids.begin(), ids.end());
        const auto& meta = answer.body.at("meta").as_object();
        EXPECT_EQ(static_cast<size_t>(meta.at("result_count").as_int64()),
                  ids.size());
        if (!meta.contains("next_token")) break;
        parameters.resize(3);
        parameters.emplace_back("next_token", text_at(meta, "next_token"));
      }
      EXPECT_EQ(seen.size(), 230u) << size << " " << order;
      EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 230u);
      if (order == "recency") {
        EXPECT_TRUE(std::is_sorted(seen.rbegin(), seen.rend()));
      }
    }
  }
}

TEST(XSearch, PageSizeMayChangeOnTheWay) {
  Client client(long_world(60, "2024-12-14T12:00:00Z"));
  const Answer first =
      client.get(kAll, {{"query", "kling"}, {"max_results", "10"}});
  const std::string token =
      text_at(first.body.at("meta").as_object(), "next_token");
  const Answer rest = client.get(kAll, {{"query", "kling"},
                                        {"max_results", "500"},
                                        {"pagination_token", token}});
  EXPECT_EQ(ids_of(rest).size(), 50u);
}

TEST(XDialects, ChangeTheWords) {
  Client client(small_world(), in(Dialect::post));
  const Answer answer =
      client.get(kRecent, {{"query", "agreed OR sandwich"},
                           {"post.fields", "public_metrics,note_post"},
                           {"expansions", "author_id,referenced_posts"},
                           {"user.fields", "public_metrics"}});
  ASSERT_EQ(answer.status, 200) << answer.response.body;
  const auto& includes = answer.body.at("includes").as_object();
  EXPECT_TRUE(includes.contains("posts"));
  EXPECT_TRUE(includes.at("users")
                  .at(0)
                  .at("public_metrics")
                  .as_object()
                  .contains("post_count"));
  const auto& data = answer.body.at("data").as_array();
  EXPECT_TRUE(data.at(0).as_object().contains("note_post"));
  EXPECT_TRUE(
      data.at(0).at("public_metrics").as_object().contains("repost_count"));
  EXPECT_TRUE(data.at(1).as_object().contains("referenced_posts"));
  EXPECT_FALSE(data.at(1).as_object().contains("edit_history_post_ids"));
  EXPECT_EQ(
      client.get(kRecent, {{"query", "a"}, {"tweet.fields", "id"}}).status,
      400);
  EXPECT_EQ(client.get(kRecent, {{"query", "a"}, {"post.fields", "author_id"}})
                .status,
            400);
}

TEST(XDialects, MixedFollowsTheParameterSent) {
  Client client(small_world(), in(Dialect::mixed));
  const auto answer = [&](const char* parameter) {
    return client
        .get(kRecent, {{"query", "sandwich"},
                       {parameter, "public_metrics"},
                       {"expansions", "author_id"},
                       {"user.fields", "public_metrics"}})
        .response.body;
  };
  EXPECT_THAT(answer("tweet.fields"), HasSubstr("retweet_count"));
  EXPECT_THAT(answer("post.fields"), HasSubstr("repost_count"));
  EXPECT_THAT(answer("post.fields"), HasSubstr("\"tweet_count\""));
}

}  // namespace
}  // namespace grumble::simulator::testing
