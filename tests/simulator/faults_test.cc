#include "simulator/faults.h"

#include <gmock/gmock.h>

#include <sstream>

#include "simulator/generate.h"
#include "tests/simulator/reader.h"

namespace grumble::simulator::testing {
namespace {

using ::testing::HasSubstr;

const std::string kComments = "/youtube/v3/commentThreads";

/// One kind of fault, a request that meets it, and what comes of it.
struct Case {
  const char* name;
  const char* rule;
  void (*check)(const Answer&);
};

void expect_status(const Answer& answer, int status, const char* text) {
  EXPECT_EQ(answer.status, status);
  EXPECT_THAT(answer.response.body, HasSubstr(text));
}

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = {
      {"refuse", R"({"fault":"refuse","status":502})",
       [](const Answer& a) { expect_status(a, 502, "Bad Gateway"); }},
      {"refuse", R"({"fault":"refuse","status":401})",
       [](const Answer& a) { expect_status(a, 401, "Unauthorized"); }},
      {"refuse",
       R"({"fault":"refuse","status":402,"reason":"credits-depleted"})",
       [](const Answer& a) {
         expect_status(a, 402, "problems/credits-depleted");
       }},
      {"refuse",
       R"({"fault":"refuse","status":403,"reason":"client-forbidden"})",
       [](const Answer& a) { expect_status(a, 403, "client-forbidden"); }},
      {"rate-limit", R"({"fault":"rate-limit","seconds":90})",
       [](const Answer& a) {
         EXPECT_EQ(a.status, 429);
         EXPECT_EQ(a.response.header("x-rate-limit-remaining"), "0");
         EXPECT_EQ(a.response.header("x-rate-limit-reset"), "1734224490");
       }},
      {"rate-limit-bare", R"({"fault":"rate-limit-bare"})",
       [](const Answer& a) {
         EXPECT_EQ(a.status, 429);
         EXPECT_EQ(a.response.header("x-rate-limit-reset"), "");
         EXPECT_EQ(a.response.header("date"), "");
       }},
      {"rate-limit-remaining", R"({"fault":"rate-limit-remaining"})",
       [](const Answer& a) {
         EXPECT_EQ(a.status, 429);
         EXPECT_EQ(a.response.header("x-rate-limit-remaining"), "800");
       }},
      {"usage-cap", R"({"fault":"usage-cap"})",
       [](const Answer& a) { expect_status(a, 429, "UsageCapExceeded"); }},
      {"html", R"({"fault":"html"})",
       [](const Answer& a) { expect_status(a, 200, "<!DOCTYPE html>"); }},
      {"empty-body", R"({"fault":"empty-body"})",
       [](const Answer& a) {
         EXPECT_EQ(a.status, 200);
         EXPECT_EQ(a.response.body, "");
       }},
      {"redirect", R"({"fault":"redirect","target":"http://127.0.0.2/"})",
       [](const Answer& a) {
         EXPECT_EQ(a.status, 302);
         EXPECT_EQ(a.response.header("location"), "http://127.0.0.2/");
       }},
      {"gzip-bomb", R"({"fault":"gzip-bomb","bytes":104857600})",
       [](const Answer& a) {
         EXPECT_LT(a.response.body.size(), 1u << 20);
         EXPECT_GT(a.response.body.size(), 10'000u);
         EXPECT_EQ(a.response.header("content-encoding"), "gzip");
       }},
      {"shuffle", R"({"fault":"shuffle"})",
       [](const Answer& a) {
         auto ids = ids_of(a);
         EXPECT_FALSE(std::is_sorted(ids.rbegin(), ids.rend()));
         EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 100u);
       }},
      {"duplicate", R"({"fault":"duplicate"})",
       [](const Answer& a) {
         const auto ids = ids_of(a);
         EXPECT_EQ(ids.size(), 101u);
         EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 100u);
       }},
      {"partial-error", R"({"fault":"partial-error"})",
       [](const Answer& a) {
         EXPECT_EQ(ids_of(a).size(), 100u);
         EXPECT_EQ(a.body.at("errors").as_array().size(), 1u);
       }},
      {"malformed", R"({"fault":"malformed"})",
       [](const Answer& a) {
         EXPECT_EQ(a.body.at("data").as_array().size(), 100u);
         EXPECT_EQ(a.response.shown.size(), 99u);
         EXPECT_EQ(a.response.broken.size(), 1u);
       }},
      {"wrong-encoding", R"({"fault":"wrong-encoding"})",
       [](const Answer& a) {
         EXPECT_EQ(a.response.header("content-encoding"), "gzip");
         EXPECT_EQ(ids_of(a).size(), 100u) << "it is not";
       }},
      {"packed-twice", R"({"fault":"packed-twice"})",
       [](const Answer& a) {
         EXPECT_EQ(a.response.header("content-encoding"), "gzip");
         EXPECT_TRUE(a.body.empty());
       }},
      {"delay", R"({"fault":"delay","ms":250})",
       [](const Answer& a) {
         EXPECT_EQ(a.response.delay, std::chrono::milliseconds(250));
       }},
      {"drip", R"({"fault":"drip","bytes":5,"ms":20})",
       [](const Answer& a) {
         EXPECT_EQ(a.response.delivery.drip, 5u);
         EXPECT_EQ(a.response.delivery.pause, std::chrono::milliseconds(20));
         EXPECT_TRUE(a.response.delivery.arrives());
       }},
      {"cut", R"({"fault":"cut","bytes":1024})",
       [](const Answer& a) {
         EXPECT_EQ(a.response.delivery.body, 1024u);
         EXPECT_EQ(a.response.delivery.end, Delivery::End::close);
       }},
      {"reset", R"({"fault":"reset"})",
       [](const Answer& a) {
         EXPECT_FALSE(a.response.delivery.head);
         EXPECT_EQ(a.response.delivery.end, Delivery::End::reset);
       }},
      {"stall", R"({"fault":"stall","bytes":-1})",
       [](const Answer& a) {
         EXPECT_EQ(a.response.delivery.body, a.response.body.size() - 1);
         EXPECT_EQ(a.response.delivery.end, Delivery::End::hang);
       }},
      {"black-hole", R"({"fault":"black-hole"})",
       [](const Answer& a) { EXPECT_FALSE(a.response.delivery.head); }},
      {"wrong-length", R"({"fault":"wrong-length","bytes":-10})",
       [](const Answer& a) {
         EXPECT_EQ(a.response.delivery.length, a.response.body.size() - 10);
       }},
      {"unended-chunks", R"({"fault":"unended-chunks"})",
       [](const Answer& a) { EXPECT_TRUE(a.response.delivery.chunked); }},
      {"endless-head", R"({"fault":"endless-head"})",
       [](const Answer& a) { EXPECT_TRUE(a.response.delivery.endless_head); }},
      {"endless-body", R"({"fault":"endless-body"})",
       [](const Answer& a) { EXPECT_TRUE(a.response.delivery.endless_body); }},
      {"clock-skew", R"({"fault":"clock-skew","seconds":-3600})",
       [](const Answer& a) {
         EXPECT_EQ(a.response.header("date"), "Sun, 15 Dec 2024 00:00:00 GMT");
       }},
  };
  return kCases;
}

class EachFault : public ::testing::TestWithParam<Case> {};

TEST_P(EachFault, FiresAndIsCounted) {
  Reader reader(GetParam().rule);
  GetParam().check(reader.page());
  EXPECT_EQ(reader.client.fired(GetParam().name), 1);
}

std::string case_name(const ::testing::TestParamInfo<Case>& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name + "_" + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(Faults, EachFault, ::testing::ValuesIn(cases()),
                         case_name);

TEST(FaultScript, EveryKindOfRequestFaultHasACase) {
  std::set<std::string> covered = {"token-loop",     "page-repeat",
                                   "token-refused",  "stream-drop",
                                   "stream-silence", "phantom"};
  for (const Case& each : cases()) covered.insert(each.name);
  const std::string help = fault_script_help();
  const size_t begin = help.find("own keys:\n");
  std::istringstream lines(
      help.substr(begin, help.find("Of posts, whoever") - begin));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    EXPECT_TRUE(covered.contains(name)) << name;
  }
}

TEST(FaultScript, ChoosesRequestsByPathAndNumber) {
  Reader reader(
      R"({"fault":"refuse","path":"/2/tweets/search","from":2,"to":6,"every":2})"
      "\n# a comment\n\n"
      R"({"fault":"refuse","path":"/youtube","status":500,"times":1})");
  std::vector<int> statuses;
  for (int i = 0; i < 8; ++i) {
    statuses.push_back(reader.client.get(kSearch, {{"query", "kling"}}).status);
    EXPECT_EQ(reader.client.get("/2/usage/tweets", {}).status, 200);
  }
  EXPECT_EQ(statuses,
            (std::vector<int>{200, 503, 200, 503, 200, 503, 200, 200}));
  const Parameters search = {{"part", "snippet"}};
  EXPECT_EQ(reader.client.get("/youtube/v3/search", search).status, 500);
  EXPECT_EQ(reader.client.get("/youtube/v3/search", search).status, 200);
  EXPECT_EQ(reader.client.fired("refuse"), 4);
}

TEST(FaultScript, ChoosesByChanceAsTheSeedSays) {
  const auto run = [](uint64_t seed) {
    Reader reader(R"({"fault":"refuse","chance":0.3})", long_world(1, kNow),
                  seed);
    std::string statuses;
    for (int i = 0; i < 400; ++i) {
      const int status =
          reader.client.get(kSearch, {{"query", "kling"}}).status;
      statuses += status == 200 ? '.' : 'x';
    }
    return statuses;
  };
  const std::string first = run(7);
  EXPECT_EQ(first, run(7));
  EXPECT_NE(first, run(8));
  EXPECT_NEAR(std::count(first.begin(), first.end(), 'x'), 120, 40);
}

TEST(FaultScript, AnOutageBeginsAndEndsByTheClock) {
  Reader reader(R"({"fault":"refuse","begin":10,"end":20})");
  const auto status_at = [&](int seconds) {
    reader.client.at = moment(kNow, seconds);
    return reader.client.get("/2/usage/tweets", {}).status;
  };
  EXPECT_EQ(status_at(9), 200);
  EXPECT_EQ(status_at(10), 503);
  EXPECT_EQ(status_at(19), 503);
  EXPECT_EQ(status_at(20), 200);
}

TEST(FaultScript, RefusesWhatItCannotRead) {
  const auto error_of = [](const std::string& rules) -> std::string {
    try {
      script(rules);
      return "";
    } catch (const FaultScriptError& error) {
      return error.what();
    }
  };
  EXPECT_THAT(error_of("\n{"), HasSubstr("script:2: not valid json"));
  EXPECT_EQ(error_of(R"({"fault":"curse"})"),
            "script:1: unknown fault 'curse': see --help");
  EXPECT_EQ(error_of(R"({"fault":"cut","ms":3})"),
            "script:1: fault 'cut' knows no 'ms'");
  EXPECT_EQ(error_of(R"({"fault":"late","path":"/"})"),
            "script:1: fault 'late' knows no 'path'");
  EXPECT_THAT(error_of(R"({"fault":"cut","chance":2})"),
              HasSubstr("from 0 to 1"));
  EXPECT_THAT(error_of(R"({"fault":"cut","from":0})"), HasSubstr("at least 1"));
  EXPECT_THAT(error_of(R"({"fault":"cut","path":"2"})"),
              HasSubstr("must begin with '/'"));
  EXPECT_THAT(error_of(R"({"path":"/"})"), HasSubstr("'fault' is missing"));
}

TEST(FaultScript, YoutubeIsRefusedInItsOwnWordsAndCharges) {
  Reader reader(R"({"fault":"refuse","status":403,"reason":"quotaExceeded"})");
  const Answer answer = reader.client.get(kComments, {{"part", "id"}});
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.body.at("error").at("errors").at(0).at("reason"),
            "quotaExceeded");
  EXPECT_EQ(reader.client.get("/simulator/bill", {})
                .body.at("youtube")
                .at("units")
                .at("default"),
            1);
}

TEST(FaultScript, TokensAreRefusedLoopedAndPagesRepeated) {
  Reader refused(R"({"fault":"token-refused"})");
  EXPECT_EQ(refused.page().status, 200);
  EXPECT_EQ(refused.page().status, 400);
  EXPECT_EQ(refused.client.fired("token-refused"), 1);

  Reader loop(R"({"fault":"token-loop"})");
  loop.page();
  const std::string first = loop.token;
  loop.page();
  EXPECT_EQ(loop.token, first);

  Reader repeat(R"({"fault":"page-repeat"})");
  const auto ids = ids_of(repeat.page());
  EXPECT_EQ(ids_of(repeat.page()), ids);
  EXPECT_EQ(repeat.client.fired("page-repeat"), 1);
}

}  // namespace
}  // namespace grumble::simulator::testing
