#include "simulator/youtube.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/youtube_search.h"
#include "tests/simulator/support.h"

namespace grumble::simulator::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kBase = "/youtube/v3/";

std::string text_at(const json::value& object, std::string_view key) {
  return std::string(object.as_object().at(key).as_string());
}

const json::array& items_of(const Answer& answer) {
  EXPECT_EQ(answer.status, 200) << answer.response.body;
  return answer.body.at("items").as_array();
}

std::string reason_of(const Answer& answer) {
  const auto& error = answer.body.at("error").as_object();
  EXPECT_EQ(error.at("code").as_int64(), answer.status);
  return text_at(error.at("errors").as_array().at(0), "reason");
}

std::string video_id(Client& client, size_t index) {
  return client.simulator().world().videos().at(index).id;
}

TEST(YoutubeSearch, EscapesTitlesAndCutsDescriptions) {
  Client client(small_world());
  const Answer answer =
      client.get(kBase + "search",
                 {{"part", "snippet"}, {"q", "kling"}, {"type", "video"}});
  ASSERT_EQ(items_of(answer).size(), 1u);
  const auto& item = items_of(answer).at(0);
  EXPECT_EQ(text_at(item.at("id"), "kind"), "youtube#video");
  EXPECT_EQ(text_at(item.at("id"), "videoId"), video_id(client, 0));
  const auto& snippet = item.at("snippet");
  EXPECT_EQ(text_at(snippet, "title"),
            "Sora &amp; Kling: who&#39;s &quot;better&quot;?");
  EXPECT_EQ(text_at(snippet, "channelTitle"), "Frame \"Loft\" & Co");
  EXPECT_THAT(text_at(snippet, "description"), ::testing::EndsWith(" ..."));
  EXPECT_EQ(text_at(snippet, "publishTime"), text_at(snippet, "publishedAt"));
  EXPECT_NE(answer.body.at("pageInfo").at("totalResults").as_int64(), 1)
      << "an estimate";
}

TEST(YoutubeSearch, FiltersAndOrders) {
  Client client(small_world());
  const auto count = [&](Parameters parameters) {
    parameters.emplace_back("part", "id");
    return items_of(client.get(kBase + "search", parameters)).size();
  };
  EXPECT_EQ(count({}), 3u);
  EXPECT_EQ(count({{"q", "sora"}}), 2u);
  EXPECT_EQ(count({{"q", "sora -kling"}}), 1u);
  EXPECT_EQ(count({{"q", "kling|pika"}}), 2u);
  EXPECT_EQ(count({{"q", "kling | pika"}}), 2u);
  EXPECT_EQ(count({{"q", "\"one minute\""}}), 1u);
  EXPECT_EQ(count({{"q", "pika unheardofword"}}), 1u);
  EXPECT_EQ(count({{"q", "unheardofword"}}), 0u);
  EXPECT_EQ(count({{"type", "channel"}}), 0u);
  EXPECT_EQ(count({{"maxResults", "0"}}), 0u);
  EXPECT_EQ(count({{"publishedAfter", "2024-12-11T10:00:00Z"}}), 2u);
  EXPECT_EQ(count({{"publishedBefore", "2024-12-11T10:00:00Z"}}), 2u);
  EXPECT_EQ(count({{"channelId", client.simulator().world().channels()[0].id}}),
            2u);
  client.at = moment("2024-12-12T00:00:00Z");
  EXPECT_EQ(count({}), 2u) << "the third is not published yet";
}

TEST(SearchTerms, TheFirstWordsDecide) {
  const std::string a = fold_words(U"kling ai video");
  const std::string b = fold_words(U"kling at last");
  const std::string c = fold_words(U"an ai video of cats");
  const auto scores =
      SearchTerms("kling ai video").scores({&a, &b, &c, &c, &c, &c});
  EXPECT_TRUE(scores[0] && scores[1]);
  EXPECT_FALSE(scores[2]);
  EXPECT_GT(*scores[0], *scores[1]);
}

TEST(YoutubeVideos, OmitUnknownIdsAndHiddenCounters) {
  Client client(small_world());
  const std::string ids =
      video_id(client, 1) + ",AAAAAAAAAAA," + video_id(client, 0);
  const Answer answer =
      client.get(kBase + "videos",
                 {{"part", "snippet,statistics,contentDetails"}, {"id", ids}});
  ASSERT_EQ(items_of(answer).size(), 2u);
  const auto& disabled = items_of(answer).at(0);
  const auto& open = items_of(answer).at(1);
  EXPECT_EQ(text_at(disabled, "id"), video_id(client, 1));
  EXPECT_FALSE(disabled.at("statistics").as_object().contains("commentCount"));
  EXPECT_EQ(text_at(open.at("statistics"), "viewCount"), "10321");
  EXPECT_EQ(text_at(open.at("statistics"), "commentCount"), "10");
  EXPECT_EQ(text_at(open.at("snippet"), "title"),
            "Sora & Kling: who's \"better\"?")
      << "raw here";
  EXPECT_EQ(text_at(open.at("contentDetails"), "duration"), "PT8M12S");
  const Answer bare =
      client.get(kBase + "videos", {{"part", "id"}, {"id", ids}});
  EXPECT_EQ(items_of(bare).at(0).as_object().size(), 3u);
}

TEST(YoutubeChannels, LeadToTheUploads) {
  Client client(small_world());
  const Answer channel = client.get(
      kBase + "channels", {{"part", "id,contentDetails,snippet,statistics"},
                           {"forHandle", "@FrameLoft"}});
  ASSERT_EQ(items_of(channel).size(), 1u);
  EXPECT_EQ(text_at(items_of(channel).at(0).at("statistics"), "videoCount"),
            "2");
  const std::string uploads = text_at(
      items_of(channel).at(0).at("contentDetails").at("relatedPlaylists"),
      "uploads");
  const Answer items =
      client.get(kBase + "playlistItems",
                 {{"part", "snippet,contentDetails"}, {"playlistId", uploads}});
  ASSERT_EQ(items_of(items).size(), 2u);
  EXPECT_EQ(text_at(items_of(items).at(0).at("contentDetails"), "videoId"),
            video_id(client, 2))
      << "newest first";
  EXPECT_FALSE(client.get(kBase + "channels", {{"part", "id"}, {"id", "UCx"}})
                   .body.contains("items"));
}

struct Bad {
  std::string method;
  Parameters parameters;
  int status;
  std::string reason;
};

TEST(YoutubeRefusals, GiveAReason) {
  Client client(small_world());
  const std::string id = video_id(client, 0);
  const std::string closed = video_id(client, 1);
  const std::vector<Bad> all = {
      {"search", {{"q", "a"}}, 400, "missingRequiredParameter"},
      {"search", {{"part", "nope"}}, 400, "unknownPart"},
      {"search",
       {{"part", "id"}, {"maxResults", "51"}},
       400,
       "invalidParameter"},
      {"search",
       {{"part", "id"}, {"order", "newest"}},
       400,
       "invalidParameter"},
      {"search",
       {{"part", "id"}, {"publishedAfter", "2024"}},
       400,
       "invalidParameter"},
      {"search",
       {{"part", "id"}, {"pageToken", "zzz"}},
       400,
       "invalidPageToken"},
      {"search", {{"part", "id"}, {"query", "a"}}, 400, "invalid"},
      {"videos", {{"part", "id"}}, 400, "missingRequiredParameter"},
      {"videos",
       {{"part", "id"}, {"id", "a"}, {"chart", "mostPopular"}},
       400,
       "incompatibleParameters"},
      {"commentThreads", {{"part", "id"}}, 400, "missingRequiredParameter"},
      {"commentThreads",
       {{"part", "id"}, {"videoId", id}, {"id", "x"}},
       400,
       "incompatibleParameters"},
      {"commentThreads",
       {{"part", "id"}, {"videoId", closed}},
       403,
       "commentsDisabled"},
      {"commentThreads",
       {{"part", "id"}, {"videoId", "AAAAAAAAAAA"}},
       404,
       "videoNotFound"},
      {"commentThreads",
       {{"part", "id"}, {"id", "Ugx"}},
       404,
       "commentThreadNotFound"},
      {"commentThreads",
       {{"part", "id"}, {"videoId", id}, {"maxResults", "101"}},
       400,
       "invalidParameter"},
      {"commentThreads",
       {{"part", "id"}, {"videoId", id}, {"pageToken", "AAAA"}},
       400,
       "invalidPageToken"},
      {"commentThreads",
       {{"part", "id"}, {"videoId", id}, {"textFormat", "rtf"}},
       400,
       "invalidParameter"},
      {"comments", {{"part", "id"}}, 400, "missingRequiredParameter"},
      {"comments",
       {{"part", "id"}, {"parentId", "Ugx"}},
       404,
       "commentNotFound"},
      {"playlistItems",
       {{"part", "id"}, {"playlistId", "UUx"}},
       404,
       "playlistNotFound"},
      {"nothing", {{"part", "id"}}, 404, "notFound"},
  };
  for (const Bad& bad : all) {
    const Answer answer = client.get(kBase + bad.method, bad.parameters);
    const std::string request = target_of(bad.method, bad.parameters);
    ASSERT_EQ(answer.status, bad.status) << request << answer.response.body;
    EXPECT_EQ(reason_of(answer), bad.reason) << request;
  }
}

TEST(YoutubeKey, IsTakenFromHeaderOrQuery) {
  Client client(small_world());
  Request request;
  request.target = kBase + "search?part=id";
  EXPECT_EQ(client.send(request).status, 403);
  request.target += "&key=wrong";
  const Answer wrong = client.send(request);
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(reason_of(wrong), "badRequest");
  EXPECT_EQ(
      text_at(wrong.body.at("error").at("details").as_array().at(0), "reason"),
      "API_KEY_INVALID");
  request.target = kBase + "search?part=id&key=simulated";
  EXPECT_EQ(client.send(request).status, 200);
}

TEST(YoutubeQuota, HasTwoBucketsAndChargesErrors) {
  Client client(small_world(), {}, {"simulated", 2, 1});
  const Parameters part = {{"part", "id"}};
  client.at = moment("2024-12-15T07:59:00Z");
  EXPECT_EQ(client.get(kBase + "search", part).status, 200);
  EXPECT_EQ(client.get(kBase + "search", {}).status, 400);
  const Answer refused = client.get(kBase + "search", part);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(reason_of(refused), "quotaExceeded");
  const Parameters video = {{"part", "id"}, {"id", video_id(client, 0)}};
  EXPECT_EQ(client.get(kBase + "videos", video).status, 200);
  EXPECT_EQ(client.get(kBase + "videos", video).status, 403);
  const auto units =
      client.get("/simulator/bill", {}).body.at("youtube").at("units");
  EXPECT_EQ(units.at("search").as_int64(), 2);
  EXPECT_EQ(units.at("default").as_int64(), 1);
  client.at = moment("2024-12-15T08:00:00Z");  // midnight in California
  EXPECT_EQ(client.get(kBase + "search", part).status, 200);
}

TEST(YoutubeEtag, AnswersUnchangedWith304) {
  Client client(small_world());
  Request request;
  request.target = kBase + "search?part=id&key=simulated";
  const Answer first = client.send(request);
  const std::string etag(first.response.header("etag"));
  EXPECT_EQ(etag, "\"" + text_at(first.body, "etag") + "\"");
  request.headers["if-none-match"] = etag;
  const Answer second = client.send(request);
  EXPECT_EQ(second.status, 304);
  EXPECT_TRUE(second.response.body.empty());
  client.at = moment("2024-12-12T00:00:00Z");
  EXPECT_EQ(client.send(request).status, 200);
}

}  // namespace
}  // namespace grumble::simulator::testing
