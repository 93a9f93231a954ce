// Comments and the walks through pages of the YouTube half.

#include "simulator/youtube.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "simulator/youtube_parameters.h"
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

/// A world with one video, `threads` top-level comments and `replies` to the
/// first of them.
World talkative_world(size_t threads, size_t replies) {
  std::string text =
      R"({"kind":"video","at":"2024-12-01T00:00:00Z","by":"chan","title":"Kling","ref":"v"})"
      "\n";
  const auto start = *domain::parse_timestamp("2024-12-02T00:00:00Z");
  for (size_t i = 0; i < threads + replies; ++i) {
    const bool reply = i >= threads;
    text += R"({"kind":"comment","by":"c","on":"v","text":"no )" +
            std::to_string(i) + R"(","at":")" +
            domain::to_string(start + std::chrono::seconds(i)) +
            (reply ? R"(","reply_to":"t0"})"
                   : R"(","ref":"t)" + std::to_string(i) + "\"}") +
            "\n";
  }
  return world_of(text);
}

TEST(YoutubePages, BringEachVideoOnceForEveryPageSize) {
  std::string text;
  for (int i = 10; i < 97; ++i) {
    text += R"({"kind":"video","at":"2024-12-01T00:)" +
            std::to_string(i % 50 + 10) + R"(:00Z","by":"chan)" +
            std::to_string(i % 3) + R"(","title":"kling )" + std::to_string(i) +
            "\"}\n";
  }
  for (const char* order : {"date", "relevance", "viewCount", "title"}) {
    for (int size = 1; size <= 50; ++size) {
      Client client(world_of(text));
      std::set<std::string> seen;
      size_t count = 0;
      Parameters parameters = {{"part", "id"},
                               {"q", "kling"},
                               {"order", order},
                               {"maxResults", std::to_string(size)}};
      for (;;) {
        const Answer answer = client.get(kBase + "search", parameters);
        for (const auto& item : items_of(answer)) {
          seen.insert(text_at(item.at("id"), "videoId"));
          ++count;
        }
        if (!answer.body.contains("nextPageToken")) break;
        parameters.resize(4);
        parameters.emplace_back("pageToken",
                                text_at(answer.body, "nextPageToken"));
      }
      EXPECT_EQ(count, 87u) << size << " " << order;
      EXPECT_EQ(seen.size(), 87u);
    }
  }
}

TEST(YoutubePages, TokensAreEncodedOffsets) {
  EXPECT_EQ(offset_token(5, false), "CAUQAA");
  EXPECT_EQ(offset_token(10, false), "CAoQAA");
  EXPECT_EQ(offset_token(25, false), "CBkQAA");
  Target far("/x?pageToken=" + offset_token(300, false));
  EXPECT_EQ(parse_offset_token(far), 300u);
}

TEST(YoutubeComments, ThreadsHoldAtMostFiveReplies) {
  Client client(small_world());
  const Answer answer = client.get(
      kBase + "commentThreads",
      {{"part", "id,snippet,replies"}, {"videoId", video_id(client, 0)}});
  ASSERT_EQ(items_of(answer).size(), 3u);
  EXPECT_EQ(answer.body.at("pageInfo").at("totalResults").as_int64(), 3);
  const auto& newest = items_of(answer).at(0);
  const auto& oldest = items_of(answer).at(2);
  EXPECT_FALSE(newest.as_object().contains("replies"));
  EXPECT_EQ(oldest.at("snippet").at("totalReplyCount").as_int64(), 7);
  EXPECT_EQ(oldest.at("replies").at("comments").as_array().size(), 5u);
  const auto& top = oldest.at("snippet").at("topLevelComment");
  EXPECT_EQ(text_at(top, "id"), text_at(oldest, "id"));
  const auto& snippet = top.at("snippet");
  EXPECT_EQ(text_at(snippet, "textDisplay"),
            "It&#39;s &lt;slow&gt; &amp; &quot;soft&quot;<br>see "
            "<a href=\"https://example.com/a\">https://example.com/a</a>");
  EXPECT_EQ(text_at(snippet, "textOriginal"),
            "It's <slow> & \"soft\"\nsee https://example.com/a");
  EXPECT_EQ(text_at(snippet, "updatedAt"), "2024-12-10T11:30:00Z");
  EXPECT_EQ(snippet.at("likeCount").as_int64(), 3);
  EXPECT_THAT(answer.response.body, HasSubstr("\\u003cbr\\u003e"));
}

TEST(YoutubeComments, PlainTextOrderAndSearchTerms) {
  Client client(small_world());
  const std::string id = video_id(client, 0);
  const Answer plain =
      client.get(kBase + "commentThreads", {{"part", "snippet"},
                                            {"videoId", id},
                                            {"textFormat", "plainText"},
                                            {"searchTerms", "slow"}});
  ASSERT_EQ(items_of(plain).size(), 1u);
  EXPECT_THAT(text_at(items_of(plain)
                          .at(0)
                          .at("snippet")
                          .at("topLevelComment")
                          .at("snippet"),
                      "textDisplay"),
              HasSubstr("<slow> & \"soft\"\nsee"));
  EXPECT_FALSE(items_of(plain).at(0).as_object().contains("replies"));
  const Answer ranked = client.get(
      kBase + "commentThreads",
      {{"part", "snippet"}, {"videoId", id}, {"order", "relevance"}});
  EXPECT_EQ(items_of(ranked)
                .at(0)
                .at("snippet")
                .at("topLevelComment")
                .at("snippet")
                .at("likeCount")
                .as_int64(),
            12);
}

std::vector<std::string> walk(Client& client, const std::string& method,
                              Parameters parameters) {
  std::vector<std::string> ids;
  const size_t own = parameters.size();
  for (;;) {
    const Answer answer = client.get(kBase + method, parameters);
    for (const auto& item : items_of(answer))
      ids.push_back(text_at(item, "id"));
    if (!answer.body.contains("nextPageToken")) return ids;
    parameters.resize(own);
    parameters.emplace_back("pageToken", text_at(answer.body, "nextPageToken"));
  }
}

TEST(YoutubePages, BringEachCommentOnceForEveryPageSize) {
  for (int size = 1; size <= 100; ++size) {
    Client client(talkative_world(130, 130), {}, {"simulated", 100, 100'000});
    const std::string most = std::to_string(size);
    const auto threads = walk(client, "commentThreads",
                              {{"part", "id"},
                               {"videoId", video_id(client, 0)},
                               {"maxResults", most}});
    EXPECT_EQ(threads.size(), 130u);
    EXPECT_EQ(std::set<std::string>(threads.begin(), threads.end()).size(),
              130u);
    const auto replies = walk(
        client, "comments",
        {{"part", "id"}, {"parentId", threads.back()}, {"maxResults", most}});
    EXPECT_EQ(replies.size(), 130u);
    EXPECT_EQ(std::set<std::string>(replies.begin(), replies.end()).size(),
              130u);
  }
}

TEST(YoutubePages, StandWhenCommentsArrive) {
  Client client(talkative_world(40, 0));
  client.at = moment("2024-12-02T00:00:29Z");
  Parameters parameters = {
      {"part", "id"}, {"videoId", video_id(client, 0)}, {"maxResults", "20"}};
  const Answer first = client.get(kBase + "commentThreads", parameters);
  client.at = moment(kNow);
  parameters.emplace_back("pageToken", text_at(first.body, "nextPageToken"));
  EXPECT_EQ(items_of(client.get(kBase + "commentThreads", parameters)).size(),
            10u);
}

TEST(YoutubeRefusals, TokenOfAnotherWalk) {
  Client client(talkative_world(40, 40));
  const std::string id = video_id(client, 0);
  const std::string token = text_at(
      client.get(kBase + "commentThreads", {{"part", "id"}, {"videoId", id}})
          .body,
      "nextPageToken");
  EXPECT_EQ(
      reason_of(client.get(kBase + "commentThreads", {{"part", "id"},
                                                      {"videoId", id},
                                                      {"order", "relevance"},
                                                      {"pageToken", token}})),
      "invalidPageToken");
}

}  // namespace
}  // namespace grumble::simulator::testing
