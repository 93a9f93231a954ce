#include "simulator/meter.h"

#include <gtest/gtest.h>

namespace grumble::simulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::string day_of(const char* time) {
  return domain::to_string(pacific_day(*domain::parse_timestamp(time)))
      .substr(0, 10);
}

TEST(PacificDay, StartsAtEightInWinterAndSevenInSummer) {
  EXPECT_EQ(day_of("2026-01-10T07:59:59Z"), "2026-01-09");
  EXPECT_EQ(day_of("2026-01-10T08:00:00Z"), "2026-01-10");
  EXPECT_EQ(day_of("2026-07-10T06:59:59Z"), "2026-07-09");
  EXPECT_EQ(day_of("2026-07-10T07:00:00Z"), "2026-07-10");
}

TEST(PacificDay, KnowsTheShortAndTheLongDay) {
  // 8 March 2026 lasts 23 hours there, 1 November 2026 lasts 25.
  EXPECT_EQ(day_of("2026-03-08T08:00:00Z"), "2026-03-08");
  EXPECT_EQ(day_of("2026-03-09T06:59:59Z"), "2026-03-08");
  EXPECT_EQ(day_of("2026-03-09T07:00:00Z"), "2026-03-09");
  EXPECT_EQ(day_of("2026-11-01T07:00:00Z"), "2026-11-01");
  EXPECT_EQ(day_of("2026-11-02T07:59:59Z"), "2026-11-01");
  EXPECT_EQ(day_of("2026-11-02T08:00:00Z"), "2026-11-02");
  EXPECT_EQ(day_of("2026-01-01T07:00:00Z"), "2025-12-31");
}

TEST(RateWindows, EndAfterFifteenMinutes) {
  RateWindows windows;
  EXPECT_TRUE(windows.take("a", 2, milliseconds(0), minutes(1)).allowed);
  const auto second = windows.take("a", 2, milliseconds(0), minutes(2));
  EXPECT_TRUE(second.allowed);
  EXPECT_EQ(second.remaining, 0);
  EXPECT_EQ(second.until_reset, minutes(14));
  EXPECT_FALSE(windows.take("a", 2, milliseconds(0), minutes(15)).allowed);
  EXPECT_TRUE(windows.take("b", 2, milliseconds(0), minutes(15)).allowed);
  EXPECT_TRUE(windows.take("a", 2, milliseconds(0), minutes(16)).allowed);
}

TEST(RateWindows, KeepADistance) {
  RateWindows windows;
  EXPECT_TRUE(windows.take("a", 9, seconds(1), milliseconds(0)).allowed);
  EXPECT_FALSE(windows.take("a", 9, seconds(1), milliseconds(999)).allowed);
  EXPECT_TRUE(windows.take("a", 9, seconds(1), milliseconds(1000)).allowed);
}

TEST(Bill, ChargesAResourceOnceAUtcDay) {
  Bill bill;
  const auto day = *domain::parse_timestamp("2024-12-10T23:59:00Z");
  bill.read(2, {"1", "2"}, {"u"}, day);
  bill.read(1, {"2"}, {"u"}, day);
  EXPECT_EQ(bill.posts_returned(), 3);
  EXPECT_EQ(bill.posts_charged(), 2);
  EXPECT_EQ(bill.microusd(), 2 * 5'000 + 10'000);
  bill.read(1, {"2"}, {}, day + minutes(1));
  EXPECT_EQ(bill.posts_charged(), 3);
}

TEST(Quota, ComesBackAtPacificMidnight) {
  Quota quota;
  const auto evening = *domain::parse_timestamp("2026-07-10T06:00:00Z");
  EXPECT_TRUE(quota.take("search", 1, 1, evening));
  EXPECT_FALSE(quota.take("search", 1, 1, evening));
  EXPECT_TRUE(quota.take("default", 1, 1, evening));
  EXPECT_TRUE(quota.take("search", 1, 1, evening + std::chrono::hours(1)));
}

}  // namespace
}  // namespace grumble::simulator
