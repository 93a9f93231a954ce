#include "collector/retry_policy.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace grumble::collector {
namespace {

using namespace std::chrono_literals;

domain::Timestamp at(const std::string& text) {
  return *domain::parse_timestamp(text);
}

TEST(RetryPolicy, DoublesUpToAMinute) {
  EXPECT_EQ(retry_delay(1, 1s, 0.5), 500ms);
  EXPECT_EQ(retry_delay(3, 1s, 0.5), 2s);
  EXPECT_EQ(retry_delay(60, 1s, 1.0), 1min);
  EXPECT_EQ(retry_delay(4, 1s, 0.0), 0ms);
}

TEST(RetryPolicy, ReadsBothWaysToWriteADate) {
  const auto expected = at("2022-10-07T22:43:19Z");
  EXPECT_EQ(parse_http_date("Fri, 07 Oct 2022 22:43:19 UTC"), expected);
  EXPECT_EQ(parse_http_date("Fri, 07 Oct 2022 22:43:19 GMT"), expected);
  for (const char* bad :
       {"", "Fri, 07 Oct 2022 22:43:19 CET", "Fri, 07 Foo 2022 22:43:19 GMT",
        "Fri, 07 Oct 2022 25:43:19 GMT", "Friday, 07-Oct-22 22:43:19 GMT"}) {
    EXPECT_EQ(parse_http_date(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(http_date(expected + 999ms), "Fri, 07 Oct 2022 22:43:19 GMT");
  EXPECT_EQ(http_date(at("1970-01-01T00:00:00Z")),
            "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(RetryPolicy, ClampsTheWait) {
  const auto now = at("2026-03-02T12:00:00Z");
  const auto wait = [&](const std::string& reset) {
    return next_try({429, {{"x-rate-limit-reset", reset}}, ""}, now, 300s) -
           now;
  };
  const int64_t second = now.time_since_epoch() / 1s;
  EXPECT_EQ(wait(std::to_string(second + 90)), 90s);
  EXPECT_EQ(wait(std::to_string(second + 90'000)), 16min);
  EXPECT_EQ(wait(std::to_string(second - 830)), 300s);
  EXPECT_EQ(wait("99999999999999999999"), 300s);
  EXPECT_EQ(wait("soon"), 300s);
  EXPECT_EQ(next_try({429, {{"retry-after", "7"}}, ""}, now, 300s) - now, 7s);
}

// Catalogue: 56
TEST(RetryPolicy, MeasuresTheResetByTheSitesOwnClock) {
  // Ours is an hour ahead, then an hour behind; the site's says 90 s to go.
  for (const auto now :
       {at("2026-03-02T13:00:00Z"), at("2026-03-02T11:00:00Z"),
        at("2036-03-02T12:00:00Z"), at("2016-03-02T12:00:00Z")}) {
    const auto next = next_try({429,
                                {{"date", "Mon, 02 Mar 2026 12:00:00 GMT"},
                                 {"x-rate-limit-reset", "1772452890"}},
                                ""},
                               now, 300s);
    EXPECT_EQ(next - now, 90s);
  }
}

/// Midnights as the machine's own tz database has them.
class Pacific : public testing::Test {
 protected:
  Pacific() {
    setenv("TZ", "America/Los_Angeles", 1);
    tzset();
  }
  ~Pacific() override {
    unsetenv("TZ");
    tzset();
  }

  static domain::Timestamp midnight_after(domain::Timestamp time) {
    const std::time_t seconds = time.time_since_epoch() / 1s;
    std::tm local{};
    localtime_r(&seconds, &local);
    local.tm_mday += 1;
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    local.tm_isdst = -1;
    return domain::Timestamp(std::chrono::seconds(std::mktime(&local)));
  }
};

// Catalogue: 58
TEST_F(Pacific, MidnightIsThatOfTheTzDatabase) {
  std::time_t july = 1'783'000'000;
  std::tm local{};
  localtime_r(&july, &local);
  if (local.tm_isdst != 1) GTEST_SKIP() << "no tz database on this machine";
  for (auto time = at("2024-01-01T00:00:00Z");
       time < at("2032-01-01T00:00:00Z"); time += 7h + 13min) {
    ASSERT_EQ(next_pacific_midnight(time), midnight_after(time))
        << domain::to_string(time);
  }
}

// Catalogue: 58
TEST(RetryPolicy, PacificDaysOfTwentyThreeAndTwentyFiveHours) {
  EXPECT_EQ(next_pacific_midnight(at("2026-03-08T08:00:00Z")),
            at("2026-03-09T07:00:00Z"));
  EXPECT_EQ(next_pacific_midnight(at("2026-11-01T07:00:00Z")),
            at("2026-11-02T08:00:00Z"));
  EXPECT_EQ(next_pacific_midnight(at("2026-12-31T23:00:00Z")),
            at("2027-01-01T08:00:00Z"));
  EXPECT_EQ(next_pacific_midnight(at("2026-07-01T06:59:59Z")),
            at("2026-07-01T07:00:00Z"));
}

TEST(RetryPolicy, TheMonthAfter) {
  EXPECT_EQ(next_utc_month(at("2026-12-31T23:59:59Z")),
            at("2027-01-01T00:00:00Z"));
  EXPECT_EQ(next_utc_month(at("2028-02-01T00:00:00Z")),
            at("2028-03-01T00:00:00Z"));
}

TEST(RetryBudget, PaysForRetriesAndEarnsByPages) {
  RetryBudget budget;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(budget.take(false)) << i;
  EXPECT_FALSE(budget.take(false));
  for (int i = 0; i < 5; ++i) budget.give_back();
  EXPECT_FALSE(budget.take(true)) << "a timeout costs twice as much";
  EXPECT_TRUE(budget.take(false));
  for (int i = 0; i < 1000; ++i) budget.give_back();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(budget.take(true)) << i;
  EXPECT_FALSE(budget.take(false)) << "it holds no more than 100";
}

}  // namespace
}  // namespace grumble::collector
