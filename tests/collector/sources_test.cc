#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "collector/registry.h"
#include "collector/sources/json.h"
#include "collector/sources/text.h"
#include "collector/sources/x_items.h"

namespace grumble::collector {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

domain::Timestamp at(const std::string& text) {
  return *domain::parse_timestamp(text);
}

SourceConfig config_of(const std::string& type,
                       std::map<std::string, std::string> options = {}) {
  SourceConfig config;
  config.type = type;
  config.credential = Secret("canary-1");
  config.queries["sora"] = "sora -is:retweet";
  config.options = std::move(options);
  return config;
}

Round round_at(const std::string& now, const std::string& watermark = "") {
  Round round;
  round.query = "sora";
  round.watermark = watermark;
  round.now = at(now);
  round.since = round.now - std::chrono::hours(24);
  return round;
}

std::string id_at(const std::string& time, int64_t more = 0) {
  return std::to_string(x_first_id_of(at(time)) + more);
}

std::string refused(const SourceConfig& config) {
  try {
    make_source(config);
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(Registry, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(refused(config_of("myspace")),
            "unknown source type 'myspace', expected one of x, youtube");
  EXPECT_THAT(refused(config_of("x", {{"archve", "true"}})),
              HasSubstr("unknown option 'archve', expected one of archive"));
  EXPECT_THAT(refused(config_of("x", {{"dialect", "toot"}})),
              HasSubstr("expected tweet or post"));
  EXPECT_THAT(refused(config_of("x", {{"max_results", "500"}})),
              HasSubstr("expected 10 to 100"));
  EXPECT_THAT(refused(config_of("youtube", {{"comments", "maybe"}})),
              HasSubstr("expected true or false"));
  EXPECT_EQ(
      refused(config_of("x", {{"max_results", "500"}, {"archive", "true"}})),
      "");
}

TEST(XSource, TheFirstRoundIsBoundedByTimesAndClosedAbove) {
  const auto source = make_source(config_of("x"));
  const Opening opening = source->open(round_at("2026-03-02T12:00:30.250Z"));
  ASSERT_THAT(opening.cursors, SizeIs(1));
  EXPECT_EQ(opening.cursors[0].step,
            R"({"end":"2026-03-02T11:59:30Z","start":"2026-03-01T12:00:30Z"})");
  EXPECT_EQ(opening.watermark, id_at("2026-03-02T11:59:30Z", -1));
  const HttpRequest request = source->request(opening.cursors[0]);
  EXPECT_THAT(request.url, testing::StartsWith(
                               "https://api.x.com/2/tweets/search/recent?"
                               "query=sora%20-is%3Aretweet&max_results=100"));
  EXPECT_THAT(request.url, HasSubstr("start_time=2026-03-01T12%3A00%3A30Z"));
  EXPECT_THAT(request.url, HasSubstr("tweet.fields=id"));
  EXPECT_THAT(request.url, Not(HasSubstr("since_id")));
  EXPECT_THAT(request.url, Not(HasSubstr("canary")));
  EXPECT_EQ(request.credential->second.reveal(), "Bearer canary-1");
}

TEST(XSource, TheNextRoundGoesOnAfterTheWatermark) {
  const auto source = make_source(config_of("x", {{"dialect", "post"}}));
  const std::string watermark = id_at("2026-03-02T11:00:00Z");
  const Opening opening =
      source->open(round_at("2026-03-02T12:00:00Z", watermark));
  ASSERT_THAT(opening.cursors, SizeIs(1));
  const std::string url = source->request(opening.cursors[0]).url;
  EXPECT_THAT(url, HasSubstr("since_id=" + watermark +
                             "&until_id=" + id_at("2026-03-02T11:59:00Z")));
  EXPECT_THAT(url, Not(HasSubstr("_time=")));
  EXPECT_THAT(url, HasSubstr("post.fields=id"));
}

TEST(XSource, RoundsLeaveNoIdBetweenThem) {
  const auto source = make_source(config_of("x"));
  const Opening first = source->open(round_at("2026-03-02T12:00:00Z"));
  const Opening second =
      source->open(round_at("2026-03-02T12:05:00Z", first.watermark));
  // since_id is exclusive, and the first range ended before its `end`.
  EXPECT_THAT(second.cursors.at(0).step,
              HasSubstr("\"lo\":\"" + id_at("2026-03-02T11:59:00Z", -1)));
}

TEST(XSource, ARangeWithoutRoomIsNotAskedFor) {
  const auto source = make_source(config_of("x"));
  const std::string watermark = id_at("2026-03-02T11:59:00Z", -1);
  for (const char* now : {"2026-03-02T12:00:00Z", "2026-03-02T11:00:00Z"}) {
    const Opening opening = source->open(round_at(now, watermark));
    EXPECT_THAT(opening.cursors, IsEmpty());
    EXPECT_EQ(opening.watermark, watermark);
  }
}

TEST(XSource, AnOldWatermarkIsClampedAndTheGapKept) {
  const auto source = make_source(config_of("x"));
  const Opening opening = source->open(
      round_at("2026-03-20T12:00:00Z", id_at("2026-03-02T00:00:00Z")));
  ASSERT_THAT(opening.cursors, SizeIs(1));
  EXPECT_EQ(opening.cursors[0].step, R"({"end":"2026-03-20T11:59:00Z",)"
                                     R"("gap_from":"2026-03-02T00:00:00Z",)"
                                     R"("start":"2026-03-13T13:00:00Z"})");
  const auto archive = make_source(config_of("x", {{"archive", "true"}}));
  const Opening whole = archive->open(
      round_at("2026-03-20T12:00:00Z", id_at("2026-03-02T00:00:00Z")));
  EXPECT_THAT(whole.cursors.at(0).step, HasSubstr("\"lo\""));
  EXPECT_THAT(archive->request(whole.cursors[0]).url,
              HasSubstr("/2/tweets/search/all?"));
}

TEST(XSource, WorstCostCoversWhatComesAlong) {
  const Cursor cursor{"x", "sora", "{}"};
  EXPECT_EQ(make_source(config_of("x"))->worst_cost(cursor).amount,
            100 * 3 * 15'000);
  EXPECT_EQ(make_source(config_of("x", {{"expansions", "author_id"},
                                        {"max_results", "10"}}))
                ->worst_cost(cursor)
                .amount,
            10 * 15'000);
  EXPECT_EQ(make_source(config_of("x", {{"bill_includes", "false"}}))
                ->worst_cost(cursor)
                .amount,
            100 * 5'000);
}

/// How a source meets an answer that is no page.
SourceError met(const std::string& type, int status, const std::string& body,
                const std::string& step = "{}",
                std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpResponse response{status, std::move(headers), body};
  try {
    make_source(config_of(type))
        ->read(response, {type, "sora", step}, at("2026-03-02T12:00:00Z"));
  } catch (const SourceError& error) {
    return error;
  }
  ADD_FAILURE() << "read as a page: " << status << ' ' << body;
  return SourceError(Action::retry, "");
}

const std::string kStep =
    R"({"lo":"2028379781329846272","hi":"2028425079813046272"})";

TEST(XSource, MeetsRefusals) {
  const auto action = [](int status, const std::string& body) {
    return met("x", status, body, kStep).action();
  };
  EXPECT_EQ(action(401, R"({"title":"Unauthorized"})"),
            Action::stop_credential);
  EXPECT_EQ(action(402, R"({"title":"CreditsDepleted","account_id":12})"),
            Action::stop_source);
  EXPECT_EQ(action(400, R"({"errors":[{"message":"bad"}]})"),
            Action::stop_query);
  EXPECT_EQ(action(429, "{}"), Action::wait);
  EXPECT_EQ(
      action(429, R"({"type":"https://api.x.com/2/problems/usage-capped"})"),
      Action::stop_window);
  EXPECT_EQ(action(403, R"({"title":"SpendCapReached"})"), Action::stop_window);
  EXPECT_EQ(action(503, "<html>"), Action::retry);
  EXPECT_EQ(action(418, ""), Action::stop_source);
  EXPECT_EQ(action(200, "<html>Sign in</html>"), Action::retry);
  EXPECT_EQ(action(200, "{}"), Action::retry);
  EXPECT_EQ(action(200, ""), Action::retry);
  EXPECT_FALSE(met("x", 503, "", kStep).charged());
  EXPECT_TRUE(met("x", 200, "", kStep).charged());
}

TEST(XSource, WaitsByTheSitesOwnClock) {
  const SourceError error = met(
      "x", 429, "{}", kStep,
      {{"date", "Mon, 02 Mar 2026 18:00:00 UTC"},
       {"x-rate-limit-reset",
        std::to_string(at("2026-03-02T18:02:05Z").time_since_epoch() / 1s)}});
  EXPECT_EQ(error.not_before(), at("2026-03-02T12:02:05Z"));
}

TEST(XSource, ARefusedTokenRestartsBelowWhatLanded) {
  const auto source = make_source(config_of("x"));
  HttpResponse response{400, {}, R"({"errors":[{"message":"token"}]})"};
  const Cursor cursor{"x", "sora",
                      R"({"lo":"2028379781329846272",)"
                      R"("hi":"2028425079813046272","token":"t",)"
                      R"("low":"2028409728660406279"})"};
  const Page page = source->read(response, cursor, at("2026-03-02T12:00:00Z"));
  ASSERT_THAT(page.next, SizeIs(1));
  EXPECT_EQ(page.cost.amount, 0);
  EXPECT_THAT(page.next[0].step, HasSubstr(R"("hi":"2028409728660406279")"));
  EXPECT_THAT(page.next[0].step, Not(HasSubstr("token")));
}

TEST(XSource, ARangeThatGrewTooOldIsClampedAndTold) {
  const auto source = make_source(config_of("x"));
  HttpResponse response{
      400, {}, R"({"errors":[{"message":"'since_id' must be larger"}]})"};
  Page page =
      source->read(response, {"x", "sora", kStep}, at("2026-03-09T10:00:00Z"));
  ASSERT_THAT(page.rejects, SizeIs(1));
  EXPECT_EQ(page.rejects[0].reason,
            "coverage gap: 2026-03-02T08:00:00Z to 2026-03-02T11:00:00Z, "
            "older than the site searches");
  EXPECT_THAT(page.next, IsEmpty());
  page =
      source->read(response, {"x", "sora", kStep}, at("2026-03-09T09:00:00Z"));
  ASSERT_THAT(page.next, SizeIs(1));
  EXPECT_THAT(page.next[0].step, HasSubstr("2026-03-02T10:00:00Z"));
}

TEST(YoutubeSource, OpensWithASearchAndTheKnownVideos) {
  const auto source = make_source(config_of("youtube"));
  Round round = round_at("2026-03-02T12:00:00Z", "2026-03-02T06:00:00Z");
  round.since = at("2026-01-01T00:00:00Z");
  round.known = {"vid00000001", "no id!"};
  const Opening opening = source->open(round);
  ASSERT_THAT(opening.cursors, SizeIs(2));
  const HttpRequest request = source->request(opening.cursors[0]);
  EXPECT_THAT(request.url,
              HasSubstr("/youtube/v3/search?part=snippet&type=video&order=date"
                        "&maxResults=50&q=sora"));
  EXPECT_THAT(request.url,
              HasSubstr("publishedAfter=2026-03-01T06%3A00%3A00Z"));
  EXPECT_EQ(request.credential->first, "X-Goog-Api-Key");
  EXPECT_THAT(request.url, Not(HasSubstr("canary")));
  EXPECT_THAT(source->request(opening.cursors[1]).url,
              HasSubstr("/youtube/v3/commentThreads?part=id%2Csnippet%2Creplies"
                        "&videoId=vid00000001"));
  EXPECT_EQ(source->worst_cost(opening.cursors[0]).bucket, "youtube.search");
  EXPECT_EQ(source->worst_cost(opening.cursors[1]).bucket, "youtube.units");
}

TEST(YoutubeSource, MeetsRefusalsByTheirReasons) {
  const auto action = [](int status, const std::string& reason,
                         const std::string& detail = "") {
    const std::string body = R"({"error":{"code":1,"message":"a <b>m</b>",)"
                             R"("errors":[{"reason":")" +
                             reason + R"("}],"details":[{"reason":")" + detail +
                             R"("}]}})";
    return met("youtube", status, body, R"({"step":"threads","video":"v"})")
        .action();
  };
  EXPECT_EQ(action(403, "commentsDisabled"), Action::drop_step);
  EXPECT_EQ(action(404, "videoNotFound"), Action::drop_step);
  EXPECT_EQ(action(403, "quotaExceeded"), Action::stop_window);
  EXPECT_EQ(action(403, "rateLimitExceeded"), Action::wait);
  EXPECT_EQ(action(400, "badRequest", "API_KEY_INVALID"),
            Action::stop_credential);
  EXPECT_EQ(action(400, "processingFailure"), Action::retry);
  EXPECT_EQ(action(400, "invalidFilters"), Action::stop_query);
  EXPECT_EQ(action(500, "backendError"), Action::retry);
  EXPECT_EQ(action(409, "neverHeardOf"), Action::stop_source);
}

TEST(YoutubeSource, ARefusedTokenStartsTheListAnew) {
  const auto source = make_source(config_of("youtube"));
  const HttpResponse response{
      400, {}, R"({"error":{"errors":[{"reason":"invalidPageToken"}]}})"};
  Cursor cursor{"youtube", "sora",
                R"({"step":"threads","video":"v","token":"t","page":"3"})"};
  for (int i = 1; i <= 2; ++i) {
    const Page page = source->read(response, cursor, {});
    ASSERT_THAT(page.next, SizeIs(1));
    EXPECT_EQ(page.next[0].step, R"({"restarts":")" + std::to_string(i) +
                                     R"(","step":"threads","video":"v"})");
    auto members = read_flat(page.next[0].step);
    members["token"] = "u";
    cursor.step = write_flat(members);
  }
  EXPECT_THROW(source->read(response, cursor, {}), SourceError);
}

TEST(ErrorTable, KnowsEveryCollectedBody) {
  const char* root = std::getenv("GRUMBLE_SHARED");
  const std::filesystem::path samples =
      std::filesystem::path(root != nullptr ? root : "../shared") /
      "api/samples";
  if (!std::filesystem::exists(samples)) GTEST_SKIP() << "no " << samples;
  for (const std::string type : {"x", "youtube"}) {
    std::ifstream file(samples / type / "error_bodies.json");
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    const JsonText text(bytes);
    const auto bodies = split_array(text.view());
    ASSERT_TRUE(bodies);
    for (const auto slice : *bodies) {
      const auto members = *split_object(slice);
      const int status =
          std::stoi(std::string(find_member(members, "http_status")));
      if (status == 200) continue;
      const auto name = find_member(members, "name");
      SCOPED_TRACE(name);
      const SourceError error =
          met(type, status, std::string(find_member(members, "body")),
              type == "x" ? kStep : R"({"step":"threads","video":"v"})");
      EXPECT_THAT(error.what(), Not(HasSubstr("not known")));
      EXPECT_THAT(error.what(), Not(HasSubstr("<")));
    }
  }
}

TEST(Text, ReplacesInvalidUtf8AndKeepsTheRest) {
  EXPECT_EQ(valid_utf8("a\xC3\xA9\xF0\x9F\x98\x80"),
            "a\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(valid_utf8("\xC0\xAF"), "\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("cut \xE4\xB8"), "cut \uFFFD\uFFFD");
}

TEST(Text, UndoesHtml) {
  EXPECT_EQ(unescape_html("&amp;lt; &lt; &#39; &#x1F600; &nope; &#0; &"),
            "&lt; < ' \U0001F600 &nope; &#0; &");
  EXPECT_EQ(text_of_html("It&#39;s<br>a <a href=\"x\">link</a> 1 < 2"),
            "It's\na link 1 < 2");
}

TEST(Text, WritesUrls) {
  EXPECT_EQ(
      url_with("http://h/p", {{"a", "1 &=\u00e9"}, {"b", ""}, {"c", "~"}}),
      "http://h/p?a=1%20%26%3D%C3%A9&c=~");
}

TEST(Json, NestingIsLimited) {
  std::string deep(100'000, '[');
  deep += std::string(100'000, ']');
  const JsonText text(deep);
  JsonParser parser;
  EXPECT_FALSE(parser.parse(text.view()));
  split_array(text.view());
}

TEST(Json, ExcerptsEndOnACodePoint) {
  const std::string text = "x" + std::string(5000, '\xC3');
  EXPECT_LE(excerpt(text).size(), 4096U);
  std::string accents;
  for (int i = 0; i < 3000; ++i) accents += "\u00e9";
  EXPECT_EQ(valid_utf8(excerpt(accents)), excerpt(accents));
}

}  // namespace
}  // namespace grumble::collector
