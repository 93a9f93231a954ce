#include "collector/sources/x_counts.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace grumble::collector {
namespace {

TEST(XCounts, AsksByDaysAndReadsTheSum) {
  SourceConfig config;
  config.base_url = "https://api.x.com";
  config.credential = Secret("token");
  config.queries["sora"] = "sora lang:en";
  const auto request = x_counts_request(
      config, "sora", domain::parse_timestamp("2024-12-09T00:00:00Z").value(),
      domain::parse_timestamp("2024-12-11T00:00:00Z").value(), "more");
  EXPECT_EQ(request.url,
            "https://api.x.com/2/tweets/counts/all?query=sora%20lang%3Aen"
            "&granularity=day&start_time=2024-12-09T00%3A00%3A00Z"
            "&end_time=2024-12-11T00%3A00%3A00Z&next_token=more");
  EXPECT_EQ(request.credential->second.reveal(), "Bearer token");
  const auto counts = read_x_counts(
      {200,
       {},
       R"({"data":[],"meta":{"total_tweet_count":7,"next_token":"x"}})"},
      false, {});
  EXPECT_EQ(counts.posts, 7);
  EXPECT_EQ(counts.next_token, "x");
  EXPECT_EQ(
      read_x_counts({200, {}, R"({"meta":{"total_post_count":3}})"}, false, {})
          .posts,
      3);
  EXPECT_THROW(read_x_counts({200, {}, "{}"}, false, {}), SourceError);
  EXPECT_THROW(read_x_counts({402, {}, "{}"}, false, {}), SourceError);
  EXPECT_THROW(x_counts_request(config, "kling", {}, domain::Timestamp(), ""),
               std::invalid_argument);
}

}  // namespace
}  // namespace grumble::collector
