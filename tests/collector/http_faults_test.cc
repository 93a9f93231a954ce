// What the HTTP client makes of a site that answers badly, over real sockets.
#include <gmock/gmock.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <fstream>

#include "collector/http_client.h"
#include "tests/collector/faulty_site.h"

namespace grumble::collector {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const std::string kPage =
    "/2/tweets/search/recent?query=take&max_results=100&"
    "tweet.fields=created_at,public_metrics,conversation_id";

/// An answer, or why there is none.
struct Outcome {
  HttpResponse response;
  std::string error;
  bool timed_out = false;
};

Outcome fetch(const std::string& url, const HttpLimits& limits = {}) {
  HttpRequest request;
  request.url = url;
  request.credential.emplace("Authorization", Secret("Bearer simulated"));
  asio::io_context context;
  HttpClient client(context.get_executor(), limits);
  auto answer = asio::co_spawn(context, client.send(request), asio::use_future);
  context.run();
  Outcome outcome;
  try {
    outcome.response = answer.get();
  } catch (const HttpError& error) {
    outcome.error = error.what();
    outcome.timed_out = error.timed_out();
  }
  return outcome;
}

HttpLimits impatient() {
  HttpLimits limits;
  limits.total = 400ms;
  return limits;
}

/// The most memory that this process has used since it was made.
class PeakMemory {
 public:
  PeakMemory() { std::ofstream("/proc/self/clear_refs") << "5"; }

  static int64_t kilobytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
    }
    return 0;
  }
};

// Catalogue: 20
TEST(HttpFaults, ABodyCutAtAnyKilobyteIsNoAnswer) {
  std::string rules;
  for (int kilobyte = 0; kilobyte < 64; ++kilobyte) {
    rules += R"({"fault":"cut","from":)" + std::to_string(kilobyte + 1) +
             R"(,"to":)" + std::to_string(kilobyte + 1) + R"(,"bytes":)" +
             std::to_string(kilobyte * 1024) + "}\n";
  }
  const FaultySite site(rules);
  int cut = 0;
  Outcome outcome = fetch(site.url(kPage));
  while (!outcome.error.empty()) {
    ++cut;
    outcome = fetch(site.url(kPage));
  }
  EXPECT_GE(cut, 3) << "so many kilobytes a page has";
  EXPECT_EQ(site.fired("cut"), cut);
  EXPECT_EQ(outcome.response.status, 200);
}

// Catalogue: 20
TEST(HttpFaults, WrongLengthsAndUnendedChunksAreNoAnswer) {
  const FaultySite site(
      R"({"fault":"wrong-length","to":1,"bytes":1000})"
      "\n"
      R"({"fault":"unended-chunks","from":2,"to":2})"
      "\n"
      R"({"fault":"wrong-length","from":3,"to":3,"bytes":-50})");
  EXPECT_THAT(fetch(site.url(kPage)).error, Not(""));
  EXPECT_THAT(fetch(site.url(kPage)).error, Not(""));
  EXPECT_THAT(fetch(site.url(kPage)).response.body, Not(EndsWith("}")))
      << "no end, so no page: the reader refuses it";
  EXPECT_EQ(fetch(site.url(kPage)).response.status, 200);
  EXPECT_EQ(site.fired("wrong-length"), 2);
}

// Catalogue: 19
TEST(HttpFaults, ResetsAreErrorsThatPass) {
  const FaultySite site(R"({"fault":"reset","to":1})"
                        "\n"
                        R"({"fault":"reset","from":2,"to":2,"bytes":2000})");
  EXPECT_THAT(fetch(site.url(kPage)).error, Not(""));
  EXPECT_THAT(fetch(site.url(kPage)).error, Not(""));
  EXPECT_EQ(fetch(site.url(kPage)).response.status, 200);
  EXPECT_EQ(site.fired("reset"), 2);
}

// Catalogue: 19
TEST(HttpFaults, ARefusedConnectionAndAnUnknownNameAreErrors) {
  EXPECT_THAT(fetch("http://127.0.0.1:1/").error, HasSubstr("127.0.0.1:1"));
  EXPECT_THAT(fetch("https://no-such-host.invalid/").error,
              HasSubstr("no-such-host.invalid"));
}

// Catalogue: 19, 21
TEST(HttpFaults, SilenceEndsWithTheTotalTime) {
  // A site each: a request that is given up may never have come to one.
  for (const std::string rule :
       {R"({"fault":"black-hole"})", R"({"fault":"stall","bytes":500})",
        R"({"fault":"drip","bytes":1,"ms":20})"}) {
    const FaultySite site(rule);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(fetch(site.url(kPage), impatient()).timed_out) << rule;
    EXPECT_LT(std::chrono::steady_clock::now() - begin,
              HttpLimits().total - 1s);
  }
}

// Catalogue: 21
TEST(HttpFaults, ADripIsGivenUpForItsSlowness) {
  const FaultySite site(R"({"fault":"drip","bytes":1,"ms":50})");
  HttpLimits limits;
  limits.slow_after = 1s;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(fetch(site.url(kPage), limits).timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, limits.total - 1s);
}

TEST(HttpFaults, ADripThatEndsInTimeIsAnAnswer) {
  const FaultySite site(R"({"fault":"drip","bytes":700,"ms":1})");
  EXPECT_EQ(fetch(site.url(kPage)).response.status, 200);
  EXPECT_EQ(site.fired("drip"), 1);
}

// Catalogue: 34
TEST(HttpFaults, NoRedirectCarriesTheCredentialAway) {
  const FaultySite other("");
  std::string rules;
  constexpr std::array kStatuses = {301, 302, 303, 307, 308};
  const std::vector<std::string> targets = {
      other.url("/2/tweets/search/recent"), "http://169.254.169.254/latest",
      "file:///etc/passwd", "//127.0.0.2/"};
  int number = 0;
  for (const int status : kStatuses) {
    for (const std::string& target : targets) {
      ++number;
      rules += R"({"fault":"redirect","from":)" + std::to_string(number) +
               R"(,"to":)" + std::to_string(number) + R"(,"status":)" +
               std::to_string(status) + R"(,"target":")" + target + "\"}\n";
    }
  }
  const FaultySite site(rules);
  for (const int status : kStatuses) {
    for (size_t i = 0; i < targets.size(); ++i) {
      EXPECT_EQ(fetch(site.url(kPage)).response.status, status);
    }
  }
  EXPECT_EQ(site.fired("redirect"), number);
  EXPECT_TRUE(other.visits().empty());
}

// Catalogue: 22
TEST(HttpFaults, WhatIsNotPackedAsSaidIsNoAnswer) {
  const FaultySite site(R"({"fault":"wrong-encoding","to":1})"
                        "\n"
                        R"({"fault":"packed-twice","from":2,"to":2})");
  EXPECT_THAT(fetch(site.url(kPage)).error, Not(""));
  const Outcome twice = fetch(site.url(kPage));
  EXPECT_THAT(twice.response.body, Not(HasSubstr("\"data\"")));
}

// Catalogue: 21, 22
TEST(HttpFaults, NoAnswerTakesMuchMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own memory would be counted";
#endif
  const FaultySite site(R"({"fault":"gzip-bomb","to":1,"bytes":1073741824})"
                        "\n"
                        R"({"fault":"endless-body","from":2,"to":2})"
                        "\n"
                        R"({"fault":"endless-head","from":3,"to":3})"
                        "\n"
                        R"({"fault":"gzip-bomb","from":4,"bytes":8388608})");
  const PeakMemory peak;
  EXPECT_THAT(fetch(site.url(kPage)).error, HasSubstr("larger than 8388608"));
  EXPECT_THAT(fetch(site.url(kPage)).error, HasSubstr("larger than 8388608"));
  EXPECT_THAT(fetch(site.url(kPage)).error, HasSubstr("headers are larger"));
  EXPECT_EQ(fetch(site.url(kPage)).response.body.size(), 8u << 20)
      << "as much as is allowed";
  EXPECT_LT(PeakMemory::kilobytes(), 128 * 1024) << "the site's included";
}

}  // namespace
}  // namespace grumble::collector
