// Holds the keys of the simulator's answers against recorded answers, when
// this machine has them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/simulator/support.h"

namespace grumble::simulator::testing {
namespace {

using ::testing::IsEmpty;

#define NEED_SHARED_API()        \
  const auto api = shared_api(); \
  if (!api) GTEST_SKIP() << "no ../shared/api on this machine"

struct Endpoint {
  std::string path;
  Parameters parameters;
};

/// Every path to a key; items of arrays are taken together.
void add_paths(const json::value& value, const std::string& at,
               std::set<std::string>& paths) {
  if (value.is_object()) {
    for (const auto& pair : value.as_object()) {
      const std::string path = at + "/" + std::string(pair.key());
      paths.insert(path);
      add_paths(pair.value(), path, paths);
    }
  } else if (value.is_array()) {
    for (const auto& item : value.as_array()) add_paths(item, at, paths);
  }
}

std::set<std::string> paths_of(const json::value& value) {
  std::set<std::string> paths;
  add_paths(value, "", paths);
  return paths;
}

/// Recorded keys that our answer lacks, without those under `optional`.
std::vector<std::string> lacking(const json::value& recorded,
                                 const json::value& ours,
                                 const std::vector<std::string>& optional) {
  const auto have = paths_of(ours);
  std::vector<std::string> missing;
  for (const std::string& path : paths_of(recorded)) {
    const bool left_out = std::any_of(
        optional.begin(), optional.end(),
        [&](const std::string& part) { return path.find(part) != path.npos; });
    if (!left_out && !have.contains(path)) missing.push_back(path);
  }
  return missing;
}

TEST(RecordedShapes, XSearchHasTheSameKeys) {
  NEED_SHARED_API();
  Client client(long_world(30, "2024-12-14T12:00:00Z"));
  const json::value recorded =
      read_json(*api / "samples/x/tweepy_client_search_recent_tweets.json");
  const auto& body = recorded.at(0).at("response").at("body");
  const Answer ours =
      client.get("/2/tweets/search/recent", {{"query", "kling"}});
  EXPECT_EQ(paths_of(body), paths_of(ours.body));
}

TEST(RecordedShapes, XSearchHasTheHeaders) {
  NEED_SHARED_API();
  Client client(small_world());
  const json::value recorded =
      read_json(*api / "samples/x/tweepy_client_search_recent_tweets.json");
  const Answer ours =
      client.get("/2/tweets/search/recent", {{"query", "kling"}});
  for (const char* name :
       {"date", "content-type", "api-version", "x-access-level",
        "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset",
        "x-transaction-id", "x-response-time", "cache-control"}) {
    EXPECT_TRUE(
        recorded.at(0).at("response").at("headers").as_object().contains(name))
        << name;
    EXPECT_NE(ours.response.header(name), "") << name;
  }
}

TEST(RecordedShapes, XCountsHaveTheSameKeys) {
  NEED_SHARED_API();
  Client client(small_world());
  const json::value recorded =
      read_json(*api / "samples/x/tweepy_client_get_recent_tweets_count.json");
  EXPECT_EQ(
      paths_of(recorded.at(0).at("response").at("body")),
      paths_of(
          client.get("/2/tweets/counts/recent", {{"query", "sora"}}).body));
}

TEST(RecordedShapes, XErrorsHaveTheSameKeys) {
  NEED_SHARED_API();
  const json::value bodies = read_json(*api / "samples/x/error_bodies.json");
  const auto recorded = [&](std::string_view name) {
    for (const auto& each : bodies.as_array()) {
      if (each.at("name").as_string() == json::string_view(name)) {
        return paths_of(each.at("body"));
      }
    }
    return std::set<std::string>();
  };
  Client client(small_world());
  const std::string search = "/2/tweets/search/recent";
  EXPECT_EQ(
      recorded("since_id_too_old"),
      paths_of(client.get(search, {{"query", "a"}, {"since_id", "1"}}).body));
  EXPECT_EQ(recorded("since_id_with_start_time"),
            paths_of(client
                         .get(search, {{"query", "a"},
                                       {"since_id", "1"},
                                       {"start_time", "2024-12-10T00:00:00Z"}})
                         .body));
  EXPECT_EQ(recorded("partial_not_found"),
            paths_of(client.get("/2/tweets", {{"ids", "77"}}).body));
  Request request;
  request.target = search;
  EXPECT_EQ(recorded("unauthorized"), paths_of(client.send(request).body));
  XOptions none;
  none.limits[search] = 0;
  Client limited(small_world(), none);
  EXPECT_EQ(recorded("too_many_requests"),
            paths_of(limited.get(search, {{"query", "a"}}).body));
}

TEST(RecordedShapes, YoutubeAnswersHaveAllRecordedKeys) {
  NEED_SHARED_API();
  const std::vector<std::pair<std::string, std::string>> files = {
      {"search", "search_list_2024_with_publishTime_3of10.json"},
      {"videos", "pyyoutube_videos_info_multi.json"},
      {"commentThreads", "pyyoutube_comment_threads_by_video_paged_1.json"},
      {"comments", "pyyoutube_comments_by_parent_paged_1.json"},
      {"channels", "pyyoutube_channel_info_single.json"},
      {"playlistItems", "pyyoutube_playlist_items_paged_2.json"}};
  // Depends on the resource, or was dropped by YouTube since 2019.
  const std::vector<std::string> optional = {
      "/tags",         "/localized",    "/defaultLanguage", "/country",
      "/player",       "/thumbnails",   "/dislikeCount",    "/topicDetails",
      "/commentCount", "/defaultAudio", "/prevPageToken",   "/note"};
  for (const auto& [method, file] : files) {
    Client client(small_world());
    const auto& requests = youtube_requests();
    const auto request = std::find_if(requests.begin(), requests.end(),
                                      [&, wanted = method](const auto& each) {
                                        return each.first == wanted;
                                      });
    const Answer ours = client.get("/youtube/v3/" + method, request->second);
    EXPECT_THAT(lacking(read_json(*api / "samples/youtube" / file), ours.body,
                        optional),
                IsEmpty())
        << method;
  }
}

TEST(RecordedShapes, YoutubeErrorsHaveTheSameKeys) {
  NEED_SHARED_API();
  const json::value bodies =
      read_json(*api / "samples/youtube/error_bodies.json");
  const World world = small_world();
  const std::string threads = "/youtube/v3/commentThreads";
  const std::vector<std::pair<std::string, Endpoint>> all = {
      {"commentsDisabled",
       {threads, {{"part", "id"}, {"videoId", world.videos()[1].id}}}},
      {"videoNotFound",
       {threads, {{"part", "id"}, {"videoId", "AAAAAAAAAAA"}}}},
      {"invalidPageToken",
       {"/youtube/v3/search", {{"part", "id"}, {"pageToken", "zz"}}}},
      {"quotaExceeded", {"/youtube/v3/search", {{"part", "id"}}}},
  };
  for (const auto& [name, endpoint] : all) {
    Client client(small_world(), {},
                  {"simulated", name == "quotaExceeded" ? 0 : 9, 9});
    const Answer answer = client.get(endpoint.path, endpoint.parameters);
    for (const auto& each : bodies.as_array()) {
      if (each.at("name").as_string() != json::string_view(name)) continue;
      EXPECT_EQ(paths_of(each.at("body")), paths_of(answer.body)) << name;
      EXPECT_EQ(each.at("http_status").as_int64(), answer.status);
      EXPECT_EQ(each.at("body").at("error").at("errors").at(0).at("reason"),
                answer.body.at("error").at("errors").at(0).at("reason"));
    }
  }
}

}  // namespace
}  // namespace grumble::simulator::testing
