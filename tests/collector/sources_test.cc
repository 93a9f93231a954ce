#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "collector/refresh.h"
#include "collector/registry.h"
#include "collector/sources/json.h"
#include "collector/sources/text.h"
#include "collector/sources/x_items.h"
#include "collector/sources/x_stream.h"
#include "tests/collector/source_calls.h"

namespace grumble::collector {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

std::string id_at(const std::string& time, int64_t more = 0) {
  return std::to_string(x_first_id_of(at(time)) + more);
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

int64_t number_at(const std::string& time, int64_t more = 0) {
  return x_first_id_of(at(time)) + more;
}

TEST(XSource, TheFirstRoundIsClosedAbove) {
  const auto source = make_source(config_of("x"));
  const Start start = source->open(round_at("2026-03-02T12:00:30.250Z"));
  EXPECT_EQ(start.list, "posts");
  EXPECT_EQ(start.range.open, (Range{number_at("2026-03-01T12:00:30.250Z", -1),
                                     number_at("2026-03-02T11:59:30.250Z")}));
  EXPECT_FALSE(start.range.unreachable);
  EXPECT_EQ(start.range.top, number_at("2026-03-02T11:59:30.250Z", -1));
  const HttpRequest request = source->request(gap_of(start));
  EXPECT_THAT(request.url,
              testing::StartsWith("https://api.x.com/2/tweets/search/recent?"
                                  "query=sora%20-is%3Aretweet&max_results=25"));
  EXPECT_THAT(request.url,
              HasSubstr("since_id=" + id_at("2026-03-01T12:00:30.250Z", -1) +
                        "&until_id=" + id_at("2026-03-02T11:59:30.250Z")));
  EXPECT_THAT(request.url, HasSubstr("tweet.fields=id"));
  EXPECT_THAT(request.url, Not(HasSubstr("_time")));
  EXPECT_THAT(request.url, Not(HasSubstr("canary")));
  EXPECT_EQ(request.credential->second.reveal(), "Bearer canary-1");
}

TEST(XSource, ATokenIsSentWithTheBoundsItBelongsTo) {
  const auto source = make_source(config_of("x", {{"dialect", "post"}}));
  Gap gap = gap_of(source->open(round_at("2026-03-02T12:00:00Z")));
  gap.token = "t1";
  gap.hi -= 1000;
  const std::string url = source->request(gap).url;
  EXPECT_THAT(url, HasSubstr("&until_id=" + std::to_string(gap.asked_hi)));
  EXPECT_THAT(url, HasSubstr("&next_token=t1"));
  EXPECT_THAT(url, HasSubstr("post.fields=id"));
}

TEST(XSource, RoundsLeaveNoIdBetweenThem) {
  const auto source = make_source(config_of("x"));
  const Start first = source->open(round_at("2026-03-02T12:00:00Z"));
  const Start second = source->open(
      round_at("2026-03-02T12:05:00Z", std::to_string(first.range.top)));
  // since_id is exclusive, and the first range ended before its `hi`.
  EXPECT_EQ(second.range.open->lo, first.range.open->hi - 1);
}

TEST(XSource, ARangeWithoutRoomIsNotAskedFor) {
  const auto source = make_source(config_of("x"));
  const std::string top = id_at("2026-03-02T11:59:00Z", -1);
  for (const char* now : {"2026-03-02T12:00:00Z", "2026-03-02T11:00:00Z"}) {
    const Start start = source->open(round_at(now, top));
    EXPECT_FALSE(start.range.open);
    EXPECT_EQ(std::to_string(start.range.top), top);
  }
}

TEST(XSource, WhatIsTooOldIsUnreachable) {
  const auto source = make_source(config_of("x"));
  const Start start = source->open(
      round_at("2026-03-20T12:00:00Z", id_at("2026-03-02T00:00:00Z")));
  const int64_t reach = number_at("2026-03-13T13:00:00Z", -1);
  EXPECT_EQ(start.range.unreachable,
            (Range{number_at("2026-03-02T00:00:00Z"), reach + 1}));
  EXPECT_EQ(start.range.open->lo, reach);
  const auto archive = make_source(config_of("x", {{"archive", "true"}}));
  const Start whole = archive->open(
      round_at("2026-03-20T12:00:00Z", id_at("2026-03-02T00:00:00Z")));
  EXPECT_FALSE(whole.range.unreachable);
  EXPECT_THAT(archive->request(gap_of(whole)).url,
              HasSubstr("/2/tweets/search/all?"));
}

TEST(XSource, AnOpenGapGrowsTooOldAnHourAtATime) {
  const auto source = make_source(config_of("x"));
  const Gap gap = gap_of(source->open(round_at("2026-03-02T12:00:00Z")));
  EXPECT_FALSE(source->too_old(gap, at("2026-03-08T11:40:00Z")));
  EXPECT_EQ(source->too_old(gap, at("2026-03-08T11:55:00Z")),
            number_at("2026-03-01T12:55:00Z", -1));
}

TEST(XSource, WorstCostCoversWhatComesAlong) {
  const Gap cursor;
  const auto worst = [&](bool names, const char* dialect) {
    SourceConfig config = config_of("x", {{"dialect", dialect}});
    config.names = names;
    return make_source(config)->worst_cost(cursor).amount;
  };
  EXPECT_EQ(worst(false, "tweet"), 25 * 3 * 5'000);
  EXPECT_EQ(worst(true, "tweet"), 25 * 3 * 15'000);
  EXPECT_EQ(worst(false, "post"), 25 * 3 * 15'000) << "no ids without accounts";
  EXPECT_EQ(make_source(config_of("x", {{"expansions", "author_id"},
                                        {"max_results", "10"}}))
                ->worst_cost(cursor)
                .amount,
            10 * 15'000);
  EXPECT_EQ(make_source(config_of("x", {{"bill_includes", "false"}}))
                ->worst_cost(cursor)
                .amount,
            25 * 5'000);
}

TEST(XSource, TheStreamTellsIdsOfAuthorsInEitherDialect) {
  Gap stream;
  stream.list = kStream;
  for (const char* dialect : {"tweet", "post"}) {
    SourceConfig config = config_of("x", {{"dialect", dialect}});
    const auto url = [&] { return make_source(config)->request(stream).url; };
    EXPECT_THAT(url(), HasSubstr("expansions=referenced_tweets.id&"));
    EXPECT_THAT(url(), HasSubstr("author_id")) << "a field";
    config.names = true;
    EXPECT_THAT(url(), HasSubstr("expansions=author_id"));
  }
}

TEST(XSource, MeetsRefusals) {
  const auto action = [](int status, const std::string& body) {
    return met("x", status, body).action();
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
  EXPECT_FALSE(met("x", 503, "").charged());
  EXPECT_TRUE(met("x", 200, "").charged());
}

TEST(XSource, WaitsByTheSitesOwnClock) {
  const SourceError error = met(
      "x", 429, "{}", "",
      {{"date", "Mon, 02 Mar 2026 18:00:00 UTC"},
       {"x-rate-limit-reset",
        std::to_string(at("2026-03-02T18:02:05Z").time_since_epoch() / 1s)}});
  EXPECT_EQ(error.not_before(), at("2026-03-02T12:02:05Z"));
}

TEST(XSource, ARefusedTokenIsToldFromARefusedQuery) {
  EXPECT_EQ(met("x", 400, "{}", "t").action(), Action::restart);
  EXPECT_EQ(met("x", 400, "{}").action(), Action::stop_query);
  EXPECT_FALSE(met("x", 400, "{}", "t").charged());
}

TEST(Refresh, HasABucketThatSearchesOfYoutubeDoNotUse) {
  EXPECT_EQ(refresh_bucket(*make_source(config_of("x"))), "x.posts");
  EXPECT_EQ(refresh_bucket(*make_source(config_of("youtube"))),
            "youtube.units");
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
          met(type, status, std::string(find_member(members, "body")));
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

TEST(Json, ExcerptsEndOnACodePoint) {
  const std::string text = "x" + std::string(5000, '\xC3');
  EXPECT_LE(excerpt(text).size(), 4096U);
  std::string accents;
  for (int i = 0; i < 3000; ++i) accents += "\u00e9";
  EXPECT_EQ(valid_utf8(excerpt(accents)), excerpt(accents));
}

}  // namespace
}  // namespace grumble::collector
