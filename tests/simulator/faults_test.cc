#include "simulator/faults.h"

#include <gtest/gtest.h>

#include "tests/simulator/support.h"

namespace grumble::simulator::testing {
namespace {

TEST(FailFirst, FailsThatManyRequestsOfAPath) {
  Faults faults;
  faults.push_back(parse_fail_first("/2/tweets/search=2:429"));
  faults.push_back(parse_fail_first("/youtube=1"));
  Client client(small_world(), {}, {}, std::move(faults));
  const Parameters query = {{"query", "sora"}};
  const std::string search = "/2/tweets/search/recent";
  EXPECT_EQ(client.get("/2/usage/tweets", {}).status, 200);
  EXPECT_EQ(client.get(search, query).status, 429);
  EXPECT_EQ(client.get(search, query).status, 429);
  EXPECT_EQ(client.get(search, query).status, 200);
  const Answer youtube = client.get("/youtube/v3/search", {{"part", "id"}});
  EXPECT_EQ(youtube.status, 503);
  EXPECT_TRUE(youtube.body.contains("error"));
  EXPECT_EQ(client.get("/youtube/v3/search", {{"part", "id"}}).status, 200);
  EXPECT_EQ(client.get("/simulator/bill", {})
                .body.at("x")
                .at("requests")
                .at(search)
                .at("total")
                .as_int64(),
            1)
      << "the site never saw the others";
}

TEST(FailFirst, RefusesWhatItCannotRead) {
  for (const char* text :
       {"", "x", "=3", "tweets=3", "/2=3:200", "/2=-1", "/2=3:", "/2="}) {
    EXPECT_EQ(parse_fail_first(text), nullptr) << text;
  }
  EXPECT_NE(parse_fail_first("3"), nullptr);
}

TEST(Faults, MayChangeAnAnswer) {
  class Late : public Fault {
    void after(const Request&, Moment, Response& response) override {
      response.delay = std::chrono::seconds(9);
    }
  };
  Faults faults;
  faults.push_back(std::make_unique<Late>());
  Client client(small_world(), {}, {}, std::move(faults));
  EXPECT_EQ(client.get("/2/usage/tweets", {}).response.delay,
            std::chrono::seconds(9));
}

TEST(Health, AnswersWithoutCredentials) {
  Client client(small_world());
  Request request;
  request.target = "/simulator/health";
  const Answer answer = client.send(request);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.at("posts").as_int64(), 8);
}

}  // namespace
}  // namespace grumble::simulator::testing
