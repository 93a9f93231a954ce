// Holds the simulator's answers against the published specifications and the
// key structure of recorded answers, when this machine has them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/simulator/schema.h"
#include "tests/simulator/support.h"

namespace grumble::simulator::testing {
namespace {

using ::testing::IsEmpty;

#define NEED_SHARED_API()        \
  const auto api = shared_api(); \
  if (!api) GTEST_SKIP() << "no ../shared/api on this machine"

/// Every field the world has a value for, in either dialect.
const std::string kTweetFields =
    "id,text,author_id,created_at,conversation_id,in_reply_to_user_id,"
    "referenced_tweets,lang,public_metrics,possibly_sensitive,entities,"
    "edit_history_tweet_ids,edit_controls,note_tweet,reply_settings,source,"
    "withheld,geo,attachments,context_annotations";
const std::string kPostFields =
    "id,text,created_at,conversation_id,lang,public_metrics,note_post,"
    "possibly_sensitive,entities,edit_controls,reply_settings";
const std::string kUserFields =
    "id,name,username,created_at,public_metrics,verified,verified_type,"
    "protected,description,profile_image_url,location";
const std::string kQuery =
    "sora OR kling OR agreed OR worth OR coca OR 可灵 OR logo";

struct Endpoint {
  std::string path;
  Parameters parameters;
};

class XContract : public ::testing::TestWithParam<Dialect> {
 protected:
  static bool tweet() { return GetParam() == Dialect::tweet; }

  static std::string file() {
    return tweet() ? "x-api-v2-openapi-2.166-tweet-dialect.json"
                   : "x-api-v2-openapi-2.167-post-dialect.json";
  }

  static XOptions options() {
    XOptions options;
    options.dialect = GetParam();
    return options;
  }

  static Parameters with_everything(Parameters parameters) {
    if (tweet()) {
      parameters.emplace_back("tweet.fields", kTweetFields);
      parameters.emplace_back("expansions",
                              "author_id,referenced_tweets.id,"
                              "referenced_tweets.id.author_id,"
                              "in_reply_to_user_id,entities.mentions.username");
    } else {
      parameters.emplace_back("post.fields", kPostFields);
      parameters.emplace_back("expansions",
                              "author_id,referenced_posts,in_reply_to_user_id,"
                              "edit_history_post_ids,"
                              "entities.mentions.username");
    }
    parameters.emplace_back("user.fields", kUserFields);
    return parameters;
  }

  /// The name of the schema that the specification gives a good answer.
  static std::string answer_schema(const json::value& api,
                                   const std::string& path) {
    std::string name(api.at("paths")
                         .at(path)
                         .at("get")
                         .at("responses")
                         .at("200")
                         .at("content")
                         .at("application/json")
                         .at("schema")
                         .at("$ref")
                         .as_string());
    return name.substr(name.rfind('/') + 1);
  }
};

TEST_P(XContract, GoodAnswersFitTheSpecification) {
  NEED_SHARED_API();
  const json::value spec = read_json(*api / file());
  const Schemas schemas(spec.at("components").at("schemas").as_object());
  Client client(small_world(), options());
  const Answer all =
      client.get("/2/tweets/search/all", with_everything({{"query", kQuery}}));
  ASSERT_EQ(all.body.at("data").as_array().size(), 8u);
  const std::string id(all.body.at("data").at(0).at("id").as_string());
  const std::vector<std::pair<std::string, Endpoint>> endpoints = {
      {"/2/tweets/search/recent",
       {"/2/tweets/search/recent", with_everything({{"query", kQuery}})}},
      {"/2/tweets/search/all",
       {"/2/tweets/search/all", with_everything({{"query", kQuery}})}},
      {"/2/tweets/search/all",
       {"/2/tweets/search/all", {{"query", "nothinglikeit"}}}},
      {"/2/tweets", {"/2/tweets", with_everything({{"ids", id + ",77"}})}},
      {"/2/tweets/{id}", {"/2/tweets/" + id, with_everything({})}},
      {"/2/tweets/{id}", {"/2/tweets/77", {}}},
      {"/2/tweets/counts/recent",
       {"/2/tweets/counts/recent", {{"query", kQuery}}}},
      {"/2/tweets/counts/all",
       {"/2/tweets/counts/all", {{"query", kQuery}, {"since_id", "1"}}}},
  };
  for (const auto& [path, endpoint] : endpoints) {
    const Answer answer = client.get(endpoint.path, endpoint.parameters);
    ASSERT_EQ(answer.status, 200) << answer.response.body;
    EXPECT_THAT(schemas.faults(answer_schema(spec, path), answer.body),
                IsEmpty())
        << endpoint.path << "\n"
        << answer.response.body;
  }
}

TEST_P(XContract, RefusalsFitTheSpecification) {
  NEED_SHARED_API();
  const json::value spec = read_json(*api / file());
  Schemas schemas(spec.at("components").at("schemas").as_object());
  schemas.tolerate("errors");  // 2.167 leaves them out, the wire does not
  Client client(small_world(), options());
  EXPECT_THAT(schemas.faults("InvalidRequestProblem",
                             client.get("/2/tweets/search/all", {}).body),
              IsEmpty());
}

/// Parameters of both sides: whatever the specification knows, we accept.
TEST_P(XContract, TakesEveryFieldOfTheSpecification) {
  NEED_SHARED_API();
  const json::value spec = read_json(*api / file());
  Client client(small_world(), options());
  const auto& parameters =
      spec.at("paths").at("/2/tweets/search/recent").at("get").at("parameters");
  size_t lists = 0;
  for (json::value parameter : parameters.as_array()) {
    if (const auto* reference = parameter.as_object().if_contains("$ref")) {
      std::string name(reference->as_string());
      name.erase(0, name.rfind('/') + 1);
      parameter = spec.at("components").at("parameters").at(name);
    }
    const auto& schema = parameter.at("schema").as_object();
    if (!schema.contains("items")) continue;
    const auto* allowed = schema.at("items").as_object().if_contains("enum");
    if (allowed == nullptr) continue;
    ++lists;
    std::string all;
    for (const auto& value : allowed->as_array()) {
      all += (all.empty() ? "" : ",") + std::string(value.as_string());
    }
    const std::string name(parameter.at("name").as_string());
    const Answer answer =
        client.get("/2/tweets/search/recent", {{"query", "sora"}, {name, all}});
    EXPECT_EQ(answer.status, 200) << name << " " << answer.response.body;
  }
  EXPECT_GE(lists, 3u);
}

/// Not for 2.166: it calls the numbers integers, where recorded answers have
/// strings, as 2.167 says.
TEST(XUsageContract, FitsTheSpecification) {
  NEED_SHARED_API();
  const json::value spec =
      read_json(*api / "x-api-v2-openapi-2.167-post-dialect.json");
  const Schemas schemas(spec.at("components").at("schemas").as_object());
  XOptions options;
  options.dialect = Dialect::post;
  Client client(small_world(), options);
  const Answer answer =
      client.get("/2/usage/tweets", {{"usage.fields", "daily_project_usage"}});
  EXPECT_THAT(schemas.faults("GetUsageResponse", answer.body), IsEmpty())
      << answer.response.body;
}

INSTANTIATE_TEST_SUITE_P(Dialects, XContract,
                         ::testing::Values(Dialect::tweet, Dialect::post),
                         [](const auto& each) {
                           return each.param == Dialect::tweet ? "tweet"
                                                               : "post";
                         });

const std::vector<std::pair<std::string, Parameters>>& youtube_requests() {
  static const World kWorld = small_world();
  static const std::string kVideos =
      kWorld.videos()[0].id + "," + kWorld.videos()[1].id;
  static const std::vector<std::pair<std::string, Parameters>> kRequests = {
      {"search", {{"part", "snippet"}, {"maxResults", "2"}}},
      {"videos",
       {{"part", "snippet,statistics,contentDetails,status"}, {"id", kVideos}}},
      {"commentThreads",
       {{"part", "id,snippet,replies"},
        {"videoId", kWorld.videos()[0].id},
        {"maxResults", "2"},
        {"order", "relevance"}}},
      {"comments",
       {{"part", "snippet"},
        {"parentId", kWorld.comments()[0].id},
        {"maxResults", "2"}}},
      {"channels",
       {{"part", "snippet,statistics,contentDetails"},
        {"id", kWorld.channels()[0].id}}},
      {"playlistItems",
       {{"part", "snippet,contentDetails,status"},
        {"playlistId", "UU" + kWorld.channels()[0].id.substr(2)}}}};
  return kRequests;
}

TEST(YoutubeContract, AnswersFitTheDiscoveryDocument) {
  NEED_SHARED_API();
  const json::value document =
      read_json(*api / "youtube-data-api-v3-discovery.json");
  Schemas schemas(document.at("schemas").as_object());
  schemas.tolerate("publishTime");  // undocumented, in every recorded search
  for (const auto& [method, parameters] : youtube_requests()) {
    Client client(small_world());
    const Answer answer = client.get("/youtube/v3/" + method, parameters);
    ASSERT_EQ(answer.status, 200) << answer.response.body;
    const auto& list =
        document.at("resources").at(method).at("methods").at("list");
    EXPECT_THAT(
        schemas.faults(std::string(list.at("response").at("$ref").as_string()),
                       answer.body),
        IsEmpty())
        << method << "\n"
        << answer.response.body;
    for (const auto& [name, value] : parameters) {
      EXPECT_TRUE(list.at("parameters").as_object().contains(name)) << name;
    }
  }
}

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
    const auto request =
        std::find_if(requests.begin(), requests.end(),
                     [&](const auto& each) { return each.first == method; });
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

TEST(SchemaValidator, FindsFaults) {
  const Schemas schemas(
      json::parse(
          R"({"A":{"type":"object","required":["x"],"properties":{
               "x":{"type":"string","pattern":"^[0-9]+$"},
               "n":{"type":"array","minItems":1,"items":{"$ref":"#/B"}}}},
              "B":{"type":"string","enum":["u","v"]},
              "C":{"oneOf":[{"$ref":"A"},{"$ref":"B"}]},
              "D":{"allOf":[{"$ref":"A"},
                            {"type":"object","properties":{"y":{}}}]}})")
          .as_object());
  const auto count = [&](const char* name, const char* text) {
    return schemas.faults(name, json::parse(text)).size();
  };
  EXPECT_EQ(count("A", R"({"x":"12","n":["u"]})"), 0u);
  EXPECT_EQ(count("A", R"({})"), 1u);
  EXPECT_EQ(count("A", R"({"x":"ab"})"), 1u);
  EXPECT_EQ(count("A", R"({"x":1})"), 1u);
  EXPECT_EQ(count("A", R"({"x":"1","z":1})"), 1u);
  EXPECT_EQ(count("A", R"({"x":"1","n":[]})"), 1u);
  EXPECT_EQ(count("A", R"({"x":"1","n":["w"]})"), 1u);
  EXPECT_EQ(count("C", R"("u")"), 0u);
  EXPECT_GT(count("C", R"("w")"), 0u);
  EXPECT_EQ(count("D", R"({"x":"1","y":2})"), 0u);
  EXPECT_EQ(count("D", R"({"x":"1","z":2})"), 1u);
  EXPECT_EQ(count("Missing", "1"), 1u);
}

}  // namespace
}  // namespace grumble::simulator::testing
