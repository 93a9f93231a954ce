// Refusals, limits, lookup, counts, usage and the bill of the X half.

#include "simulator/x.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/simulator/support.h"

namespace grumble::simulator::testing {
namespace {

using ::testing::HasSubstr;

const std::string kAll = "/2/tweets/search/all";
const std::string kRecent = "/2/tweets/search/recent";
const std::string kEverything =
    "(sora OR kling OR agreed OR worth OR coca OR 可灵 OR logo)";

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

std::string message_of(const Answer& answer) {
  return text_at(answer.body.at("errors").as_array().at(0).as_object(),
                 "message");
}

struct Bad {
  std::string path;
  Parameters parameters;
  std::string message;
};

TEST(XRefusals, NameTheParameter) {
  Client client(long_world(60, "2024-12-14T12:00:00Z"));
  const std::string id = ids_of(client.get(kAll, {{"query", "kling"}})).front();
  const std::string old_id = std::to_string(
      snowflake(*domain::parse_timestamp("2024-12-01T00:00:00Z")));
  const std::string token = text_at(
      client.get(kAll, {{"query", "kling"}}).body.at("meta").as_object(),
      "next_token");
  const std::vector<Bad> all = {
      {kAll, {}, "can not be empty"},
      {kRecent, {{"query", std::string(513, 'a')}}, "512"},
      {kAll, {{"query", std::string(1025, 'a')}}, "1024"},
      {kAll, {{"query", "lang:en"}}, "stand alone"},
      {kAll, {{"query", "-(a b)"}}, "cannot be negated"},
      {kAll, {{"query", "bogus:1 a"}}, "invalid operator 'bogus'"},
      {kAll, {{"query", "a"}, {"max_results", "9"}}, "between 10 and 500"},
      {kAll, {{"query", "a"}, {"max_results", "501"}}, "between 10 and 500"},
      {kRecent, {{"query", "a"}, {"max_results", "101"}}, "between 10 and 100"},
      {kRecent, {{"query", "a"}, {"max_results", "ten"}}, "between 10 and 100"},
      {kAll,
       {{"query", "a"},
        {"max_results", "101"},
        {"tweet.fields", "context_annotations"}},
       "between 10 and 100"},
      {kAll, {{"query", "a"}, {"next_token", "abc"}}, "not valid"},
      {kAll, {{"query", "other"}, {"next_token", token}}, "not valid"},
      {kRecent, {{"query", "kling"}, {"next_token", token}}, "not valid"},
      {kAll,
       {{"query", "a"},
        {"since_id", id},
        {"start_time", "2024-12-10T00:00:00Z"}},
       "in conjunction with"},
      {kAll,
       {{"query", "a"}, {"until_id", id}, {"end_time", "2024-12-10T00:00:00Z"}},
       "in conjunction with"},
      {kRecent, {{"query", "a"}, {"since_id", old_id}}, "created after"},
      {kRecent, {{"query", "a"}, {"until_id", old_id}}, "created after"},
      {kAll, {{"query", "a"}, {"since_id", "x1"}}, "no post id"},
      {kAll, {{"query", "a"}, {"since_id", "-1"}}, "no post id"},
      {kAll, {{"query", "a"}, {"since_id", id}, {"until_id", id}}, "larger"},
      {kAll, {{"query", "a"}, {"end_time", "2024-12-14T23:59:51Z"}}, "10 sec"},
      {kAll,
       {{"query", "a"}, {"start_time", "2025-01-01T00:00:00Z"}},
       "10 sec"},
      {kAll, {{"query", "a"}, {"start_time", "yesterday"}}, "RFC 3339"},
      {kAll,
       {{"query", "a"},
        {"start_time", "2024-12-10T00:00:00Z"},
        {"end_time", "2024-12-10T00:00:00Z"}},
       "later than"},
      {kRecent,
       {{"query", "a"}, {"start_time", "2024-12-01T00:00:00Z"}},
       "on or after"},
      {kAll,
       {{"query", "a"}, {"start_time", "2005-12-01T00:00:00Z"}},
       "on or after"},
      {kAll, {{"query", "a"}, {"sort_order", "oldest"}}, "is not one of"},
      {kAll, {{"query", "a"}, {"tweet.field", "id"}}, "[tweet.field]"},
      {kAll, {{"query", "a"}, {"post.fields", "id"}}, "[post.fields]"},
      {kAll, {{"query", "a"}, {"tweet.fields", "id,nope"}}, "[nope]"},
      {kAll, {{"query", "a"}, {"user.fields", "nope"}}, "[nope]"},
      {kAll, {{"query", "a"}, {"expansions", "referenced_posts"}}, "[refer"},
      {"/2/tweets", {}, "between 1 and 100"},
      {"/2/tweets", {{"ids", "1,x"}}, "does not match"},
      {"/2/tweets/12a", {}, "does not match"},
      {"/2/tweets/counts/all",
       {{"query", "a"}, {"granularity", "week"}},
       "is not one of"},
      {"/2/tweets/counts/recent",
       {{"query", "a"}, {"max_results", "10"}},
       "[max_results]"},
      {"/2/usage/tweets", {{"days", "91"}}, "between 1 and 90"},
  };
  for (const Bad& bad : all) {
    const Answer answer = client.get(bad.path, bad.parameters);
    const std::string request = target_of(bad.path, bad.parameters);
    ASSERT_EQ(answer.status, 400) << request;
    EXPECT_EQ(text_at(answer.body, "title"), "Invalid Request");
    EXPECT_THAT(text_at(answer.body, "type"), HasSubstr("/invalid-request"));
    EXPECT_THAT(message_of(answer), HasSubstr(bad.message)) << request;
  }
}

TEST(XRefusals, OldSinceIdNamesTheOldestAllowed) {
  Client client(small_world());
  const Answer answer =
      client.get(kRecent, {{"query", "a"}, {"since_id", "1000"}});
  const int64_t oldest =
      snowflake(*domain::parse_timestamp("2024-12-08T00:00:00Z"));
  EXPECT_THAT(message_of(answer), HasSubstr("2024-12-08T00:00Z"));
  EXPECT_THAT(message_of(answer), HasSubstr(std::to_string(oldest)));
  EXPECT_EQ(
      client
          .get(kRecent, {{"query", "a"}, {"since_id", std::to_string(oldest)}})
          .status,
      200);
}

TEST(XRefusals, WrongTokenPathOrMethod) {
  Client client(small_world());
  Request request;
  request.target = kRecent + "?query=sora";
  EXPECT_EQ(client.send(request).status, 401);
  request.headers["authorization"] = "Bearer wrong";
  const Answer answer = client.send(request);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(
      answer.response.body,
      R"({"title":"Unauthorized","detail":"Unauthorized","type":"about:blank","status":401})");
  EXPECT_EQ(answer.response.header("x-rate-limit-limit"), "");
  request.headers["authorization"] = "Bearer simulated";
  request.method = "POST";
  EXPECT_EQ(client.send(request).status, 405);
  EXPECT_EQ(client.get("/2/nothing", {}).status, 404);
}

TEST(XLimits, RefuseUntilTheWindowEnds) {
  XOptions options;
  options.limits[kRecent] = 2;
  Client client(small_world(), options);
  client.at = moment(kNow, 60);
  const Parameters query = {{"query", "sora"}};
  EXPECT_EQ(client.get(kRecent, query).status, 200);
  EXPECT_EQ(client.get(kRecent, {{"query", ""}}).status, 400);
  const Answer refused = client.get(kRecent, query);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.response.header("x-rate-limit-remaining"), "0");
  EXPECT_EQ(refused.response.header("x-rate-limit-reset"), "1734221700");
  EXPECT_EQ(client.get(kAll, query).status, 200) << "a window an endpoint";
  client.at = moment(kNow, 60 + 15 * 60);
  EXPECT_EQ(client.get(kRecent, query).status, 200);
}

TEST(XLookup, AnswersEachIdOrAnError) {
  Client client(small_world());
  const auto all = ids_of(client.get(kAll, {{"query", kEverything}}));
  const Answer some = client.get(
      "/2/tweets", {{"ids", all[1] + "," + all[0] + "," + all[1] + ",77"}});
  EXPECT_EQ(ids_of(some), (std::vector<std::string>{all[1], all[0]}));
  EXPECT_EQ(text_at(some.body.at("errors").as_array().at(0).as_object(),
                    "resource_id"),
            "77");
  const Answer none = client.get("/2/tweets", {{"ids", "77"}});
  EXPECT_EQ(none.status, 200);
  EXPECT_FALSE(none.body.contains("data"));
  const Answer one = client.get("/2/tweets/" + all[0], {});
  EXPECT_EQ(text_at(one.body.at("data").as_object(), "id"), all[0]);
  client.at = moment("2024-12-10T00:00:00Z");
  EXPECT_FALSE(client.get("/2/tweets/" + all[0], {}).body.contains("data"));
}

TEST(XCounts, AddUpToTheSearch) {
  Client client(small_world());
  for (const std::string step : {"minute", "hour", "day"}) {
    const Answer answer =
        client.get("/2/tweets/counts/recent",
                   {{"query", kEverything}, {"granularity", step}});
    const auto& data = answer.body.at("data").as_array();
    int64_t total = 0;
    std::string last;
    for (const auto& bucket : data) {
      total += bucket.at("tweet_count").as_int64();
      if (!last.empty()) {
        EXPECT_EQ(text_at(bucket.as_object(), "start"), last);
      }
      last = text_at(bucket.as_object(), "end");
    }
    EXPECT_EQ(total, 8);
    EXPECT_EQ(answer.body.at("meta").at("total_tweet_count").as_int64(), 8);
    EXPECT_EQ(last, "2024-12-14T23:59:30.000Z");
    EXPECT_EQ(text_at(data.at(0).as_object(), "start"),
              "2024-12-08T00:00:00.000Z");
  }
}

TEST(XCounts, PageThroughTheArchive) {
  Client client(small_world());
  Parameters parameters = {{"query", kEverything},
                           {"granularity", "day"},
                           {"start_time", "2024-08-01T00:00:00Z"}};
  int64_t total = 0;
  int pages = 0;
  for (; pages < 10; ++pages) {
    const Answer answer = client.get("/2/tweets/counts/all", parameters);
    ASSERT_EQ(answer.status, 200) << answer.response.body;
    const auto& meta = answer.body.at("meta").as_object();
    total += meta.at("total_tweet_count").as_int64();
    if (!meta.contains("next_token")) break;
    parameters.resize(3);
    parameters.emplace_back("next_token", text_at(meta, "next_token"));
  }
  EXPECT_EQ(total, 8);
  EXPECT_EQ(pages, 4);
}

TEST(XBill, CountsWhatWasReturned) {
  Client client(small_world());
  for (int i = 0; i < 2; ++i) {
    client.get(kRecent, {{"query", "agreed"},
                         {"expansions", "author_id,referenced_tweets.id"}});
  }
  client.get(kRecent, {{"query", ""}});
  client.get("/2/tweets/counts/recent", {{"query", "a"}});
  const json::object bill =
      client.get("/simulator/bill", {}).body.at("x").as_object();
  EXPECT_EQ(bill.at("posts_returned").as_int64(), 4);
  EXPECT_EQ(bill.at("posts_charged").as_int64(), 2);
  EXPECT_EQ(bill.at("users_charged").as_int64(), 1);
  EXPECT_EQ(bill.at("microusd").as_int64(), 2 * 5'000 + 10'000 + 5'000);
  const auto& requests = bill.at("requests").at(kRecent);
  EXPECT_EQ(requests.at("200").as_int64(), 2);
  EXPECT_EQ(requests.at("400").as_int64(), 1);
  const Answer usage = client.get("/2/usage/tweets", {});
  EXPECT_EQ(text_at(usage.body.at("data").as_object(), "project_usage"), "2");
}

TEST(Answers, AreCompressedWhenAsked) {
  Client client(small_world());
  Request request;
  request.target = kRecent + "?query=sora";
  request.headers["authorization"] = "Bearer simulated";
  const std::string plain = client.send(request).response.body;
  request.headers["accept-encoding"] = "deflate, gzip";
  const Response packed = client.send(request).response;
  EXPECT_EQ(packed.header("content-encoding"), "gzip");
  std::string out(plain.size() + 100, '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string body = packed.body;
  stream.next_in = reinterpret_cast<Bytef*>(body.data());
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  EXPECT_EQ(out, plain);
}

}  // namespace
}  // namespace grumble::simulator::testing
