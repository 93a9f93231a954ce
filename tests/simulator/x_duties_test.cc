// Compliance jobs and the filtered stream of the simulated X.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulator/schema.h"
#include "tests/simulator/support.h"

namespace grumble::simulator::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A post every ten seconds from kNow on.
World coming(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text +=
        R"({"kind":"post","by":"writer","at":")" +
        domain::to_string(moment(kNow).now + std::chrono::seconds(5 + 10 * i)) +
        R"(","text":"sora post )" + std::to_string(i) + "\"}\n";
  }
  return world_of(text);
}

class XDuties : public ::testing::Test {
 protected:
  Answer ask(const std::string& method, const std::string& target,
             const std::string& body = "", bool token = true) {
    Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers["host"] = "127.0.0.1:1";
    request.headers["content-type"] =
        method == "PUT" ? "text/plain" : "application/json";
    if (token) request.headers["authorization"] = "Bearer simulated";
    return client_.send(request);
  }
  std::string path_in(const Answer& answer, const char* name) {
    const std::string url(answer.body.at("data").at(name).as_string());
    return url.substr(std::string("http://127.0.0.1:1").size());
  }
  void add_rule(const std::string& value) {
    ASSERT_EQ(ask("POST", kRules,
                  R"({"add":[{"value":")" + value + R"(","tag":"t"}]})")
                  .status,
              200);
  }
  void at(int seconds) {
    client_.at = moment(kNow, seconds);
    client_.at.now += std::chrono::seconds(seconds);
  }
  /// What two documents say of these answers.
  static void expect_fit(
      const std::vector<std::pair<std::string, Answer>>& all) {
    const auto api = shared_api();
    if (!api) GTEST_SKIP() << "no ../shared/api on this machine";
    const json::value spec =
        read_json(*api / "x-api-v2-openapi-2.166-tweet-dialect.json");
    const Schemas schemas(spec.at("components").at("schemas").as_object());
    for (const auto& [schema, answer] : all) {
      EXPECT_THAT(schemas.faults(schema, answer.body), IsEmpty()) << schema;
    }
  }

  static constexpr const char* kRules = "/2/tweets/search/stream/rules";
  static constexpr const char* kStream = "/2/tweets/search/stream";
  Client client_{
      coming(10), {}, {}, script(R"({"fault":"phantom","seconds":100})")};
};

TEST_F(XDuties, AJobGoesFromUploadToResult) {
  const auto made =
      ask("POST", "/2/compliance/jobs", R"({"type":"tweets","name":"mine"})");
  ASSERT_EQ(made.status, 200);
  EXPECT_EQ(made.body.at("data").at("status").as_string(), "created");
  const std::string upload = path_in(made, "upload_url");
  const std::string download = path_in(made, "download_url");
  EXPECT_EQ(ask("GET", download, "", false).status, 404);
  EXPECT_EQ(ask("PUT", upload, "1\n").status, 400) << "no token belongs there";
  EXPECT_EQ(ask("PUT", upload, "1\n", false).status, 200);
  const std::string one =
      "/2/compliance/jobs/" +
      std::string(made.body.at("data").at("id").as_string());
  const auto busy = ask("GET", one);
  EXPECT_EQ(busy.body.at("data").at("status").as_string(), "in_progress");
  at(1);
  const auto done = ask("GET", one);
  EXPECT_EQ(done.body.at("data").at("status").as_string(), "complete");
  EXPECT_EQ(ask("GET", download, "", false).response.body, "");
  const auto list = ask("GET", "/2/compliance/jobs?type=tweets");
  EXPECT_EQ(list.body.at("data").as_array().size(), 1u);
  EXPECT_EQ(ask("POST", "/2/compliance/jobs", "{}").status, 400);
  expect_fit({{"CreateComplianceJobResponse", made},
              {"Get2ComplianceJobsIdResponse", done},
              {"Get2ComplianceJobsResponse", list}});
}

TEST_F(XDuties, AJobOfUsersTellsWhoIsGone) {
  client_ =
      Client(coming(2), {}, {}, script(R"({"fault":"closed","share":1})"));
  const World world = coming(2);
  const std::string author = world.users().front().id;
  const std::string post = std::to_string(world.posts().front().id);
  at(60);
  for (const std::string type : {"users", "tweets"}) {
    const auto made =
        ask("POST", "/2/compliance/jobs", R"({"type":")" + type + R"("})");
    ASSERT_EQ(made.status, 200);
    const std::string& id = type == "users" ? author : post;
    ask("PUT", path_in(made, "upload_url"), "1\n" + id + "\n", false);
    client_.at.uptime += std::chrono::seconds(1);
    const auto result =
        ask("GET", path_in(made, "download_url"), "", false).response.body;
    EXPECT_THAT(result, HasSubstr(R"({"id":")" + id + "\"")) << result;
    EXPECT_THAT(result, HasSubstr(R"("reason":"deactivated")"));
    EXPECT_EQ(std::count(result.begin(), result.end(), '\n'), 1);
    const auto list = ask("GET", "/2/compliance/jobs?type=" + type);
    EXPECT_EQ(list.body.at("data").as_array().size(), 1u);
  }
}

TEST_F(XDuties, RulesAreAddedTriedAndDeleted) {
  const auto tried = ask("POST", std::string(kRules) + "?dry_run=true",
                         R"({"add":[{"value":"sora"},{"value":"sora ("}]})");
  EXPECT_EQ(tried.body.at("errors").as_array().size(), 1u);
  EXPECT_EQ(tried.body.at("meta").at("summary").at("valid").as_int64(), 1);
  EXPECT_FALSE(ask("GET", kRules).body.contains("data"));
  add_rule("sora");
  add_rule("sora");
  const auto rules = ask("GET", kRules);
  ASSERT_EQ(rules.body.at("data").as_array().size(), 1u) << "no rule twice";
  const std::string id(rules.body.at("data").at(0).at("id").as_string());
  const auto gone =
      ask("POST", kRules, R"({"delete":{"ids":[")" + id + R"("]}})");
  EXPECT_EQ(gone.body.at("meta").at("summary").at("deleted").as_int64(), 1);
  EXPECT_EQ(ask("POST", kRules, "[]").status, 400);
  // A refused rule stands in `value`, of which the document knows nothing.
  expect_fit(
      {{"AddOrDeleteRulesResponse", gone}, {"RulesLookupResponse", rules}});
}

TEST_F(XDuties, AStreamSendsWhatComesAndKeepsAlive) {
  EXPECT_EQ(ask("GET", kStream).status, 409) << "no rules";
  add_rule("sora");
  const auto connected = ask("GET", kStream);
  ASSERT_TRUE(connected.response.feed);
  Feed& feed = *connected.response.feed;
  EXPECT_EQ(feed.next(client_.at).bytes, "");
  at(16);
  const auto piece = feed.next(client_.at);
  EXPECT_THAT(piece.bytes, HasSubstr("sora post 0"));
  EXPECT_THAT(piece.bytes, HasSubstr("sora post 1"));
  EXPECT_THAT(piece.bytes, Not(HasSubstr("sora post 2")));
  EXPECT_THAT(piece.bytes, HasSubstr(R"("matching_rules":[{"id":")"));
  EXPECT_EQ(piece.shown.size(), 2u);
  Answer line;
  line.body =
      json::parse(piece.bytes.substr(0, piece.bytes.find("\r\n"))).as_object();
  expect_fit({{"FilteredStreamingTweetResponse", line}});
  at(200);
  feed.next(client_.at);
  at(219);
  EXPECT_EQ(feed.next(client_.at).bytes, "");
  at(220);
  EXPECT_EQ(feed.next(client_.at).bytes, "\r\n");
}

TEST_F(XDuties, AStreamIsDroppedOrFallsSilent) {
  for (const std::string fault : {"stream-drop", "stream-silence"}) {
    client_ = Client(coming(10), {}, {},
                     script(R"({"fault":")" + fault + R"(","ms":10000})"));
    add_rule("sora");
    const auto connected = ask("GET", kStream);
    ASSERT_TRUE(connected.response.feed);
    Feed& feed = *connected.response.feed;
    at(6);
    EXPECT_THAT(feed.next(client_.at).bytes, HasSubstr("sora post 0"));
    for (const int later : {16, 60}) {
      at(later);
      const auto piece = feed.next(client_.at);
      EXPECT_EQ(piece.bytes, "") << "not even a keep-alive";
      EXPECT_EQ(piece.reset, fault == "stream-drop");
    }
    EXPECT_EQ(client_.fired(fault), 1);
  }
}

TEST_F(XDuties, OneStreamAtATimeAndPhantomsCount) {
  add_rule("sora");
  {
    const auto first = ask("GET", kStream);
    ASSERT_TRUE(first.response.feed);
    const auto second = ask("GET", kStream);
    EXPECT_EQ(second.status, 429);
    EXPECT_EQ(second.body.at("connection_issue").as_string(),
              "TooManyConnections");
  }
  EXPECT_EQ(ask("GET", kStream).status, 429) << "it still looks connected";
  const auto ended = ask("DELETE", "/2/connections/all");
  EXPECT_EQ(ended.body.at("data").at("successful_kills").as_int64(), 1);
  expect_fit({{"KillAllConnectionsResponse", ended}});
  const auto third = ask("GET", kStream);
  ASSERT_TRUE(third.response.feed);
  ask("DELETE", "/2/connections/all");
  EXPECT_TRUE(third.response.feed->next(client_.at).end);
}

}  // namespace
}  // namespace grumble::simulator::testing
