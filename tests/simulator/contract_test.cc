// Holds the simulator's answers against the published specifications, when
// this machine has them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
