#include "store/budget.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::Cap;
using store::reserve;
using store::Window;

TEST(Budget, RefusesWhatCouldPassTheCap) {
  TestDatabase test;
  auto& database = test.database();
  const store::Reservation page{
      .bucket = "x.posts", .worst = 40, .caps = {{100}}};
  const auto first = reserve(database, page);
  const auto second = reserve(database, page);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(reserve(database, page)) << "120 of 100";
  store::settle(database, first.receipt, 0);
  const auto third = reserve(database, page);
  ASSERT_TRUE(third);
  store::keep_worst(database, third.receipt);
  const auto spent = store::spent(database, "x.posts", {});
  EXPECT_EQ(spent.settled, 0);
  EXPECT_EQ(spent.reserved, 40);
  EXPECT_EQ(spent.unknown, 40);
  EXPECT_FALSE(reserve(database, page)) << "what is unknown counts";
  EXPECT_TRUE(
      reserve(database, {.bucket = "other", .worst = 100, .caps = {{100}}}))
      << "exactly the cap is allowed, and buckets are apart";
}

TEST(Budget, EveryCapMustHold) {
  TestDatabase test;
  const store::Reservation page{
      .bucket = "x.posts",
      .worst = 40,
      .caps = {{1000, Window::day}, {50, Window::month}}};
  EXPECT_TRUE(reserve(test.database(), page));
  EXPECT_FALSE(reserve(test.database(), page));
}

TEST(Budget, KeepsAPartOfEachCapLessAndLess) {
  TestDatabase test;
  const auto may = [&](const char* time, int64_t worst, double kept) {
    const auto leave = reserve(test.database(), {.bucket = "x.posts",
                                                 .worst = worst,
                                                 .caps = {{100}},
                                                 .now = at(time),
                                                 .kept_back = kept});
    if (leave) store::settle(test.database(), leave.receipt, 0);
    EXPECT_EQ(leave.rest.count(), 0) << "nobody knows when";
    return static_cast<bool>(leave);
  };
  EXPECT_TRUE(may("2024-12-10T00:00:00Z", 50, 0.5));
  EXPECT_FALSE(may("2024-12-10T00:00:00Z", 51, 0.5));
  EXPECT_TRUE(may("2024-12-10T00:00:00Z", 100, 0));
  EXPECT_TRUE(may("2024-12-10T12:00:00Z", 75, 0.5));
  EXPECT_FALSE(may("2024-12-10T12:00:00Z", 76, 0.5));
  EXPECT_TRUE(may("2024-12-10T23:59:59Z", 99, 0.5));
}

TEST(Budget, TellsWhatAQueryHasHadToday) {
  TestDatabase test;
  auto& database = test.database();
  const auto book = [&](const char* query, int64_t worst) {
    return reserve(database, {.bucket = "x.posts",
                              .worst = worst,
                              .source = "x",
                              .query = query,
                              .now = at("2024-12-10T08:00:00Z")})
        .receipt;
  };
  store::settle(database, book("sora", 40), 15);
  book("sora", 20);
  book("kling", 7);
  const Cap day{100, Window::day, "UTC"};
  EXPECT_EQ(store::spent_by(database, "x", "sora", "x.posts", day,
                            at("2024-12-10T09:00:00Z")),
            35);
  EXPECT_EQ(store::spent_by(database, "x", "sora", "x.posts", day,
                            at("2024-12-11T09:00:00Z")),
            0);
}

// Catalogue: 58
TEST(Budget, DaysEndWhereTheSiteSaysSo) {
  TestDatabase test;
  const Cap utc{1, Window::day, "UTC"};
  const Cap pacific{1, Window::day, "America/Los_Angeles"};
  // 07:30 UTC is half an hour before midnight in California in winter.
  const auto before = at("2024-12-10T07:30:00Z");
  const auto after = at("2024-12-10T08:30:00Z");
  for (const auto& [bucket, cap] :
       {std::pair("utc", utc), std::pair("pacific", pacific)}) {
    EXPECT_TRUE(
        reserve(test.database(),
                {.bucket = bucket, .worst = 1, .caps = {cap}, .now = before}));
  }
  EXPECT_FALSE(
      reserve(test.database(),
              {.bucket = "utc", .worst = 1, .caps = {utc}, .now = after}));
  EXPECT_TRUE(reserve(
      test.database(),
      {.bucket = "pacific", .worst = 1, .caps = {pacific}, .now = after}));
  // The clocks go forward: midnight is at 08:00 UTC, the next one at 07:00.
  const Cap two{2, Window::day, "America/Los_Angeles"};
  for (const char* const time :
       {"2025-03-09T08:00:00Z", "2025-03-10T06:59:59Z"}) {
    EXPECT_TRUE(
        reserve(test.database(),
                {.bucket = "dst", .worst = 1, .caps = {two}, .now = at(time)}));
  }
  EXPECT_FALSE(reserve(test.database(), {.bucket = "dst",
                                         .worst = 1,
                                         .caps = {two},
                                         .now = at("2025-03-10T06:59:59Z")}));
  EXPECT_TRUE(reserve(test.database(), {.bucket = "dst",
                                        .worst = 1,
                                        .caps = {two},
                                        .now = at("2025-03-10T07:00:00Z")}));
}

// Catalogue: 64
TEST(Budget, TwoProgramsTogetherStayUnderTheCap) {
  TestDatabase test;
  const auto program = [&] {
    store::Database database(test.url());
    int got = 0;
    for (int i = 0; i < 40; ++i) {
      if (reserve(database,
                  {.bucket = "x.posts", .worst = 3, .caps = {{120}}})) {
        ++got;
      }
    }
    return got;
  };
  auto one = std::async(std::launch::async, program);
  auto two = std::async(std::launch::async, program);
  EXPECT_EQ(one.get() + two.get(), 40);
  EXPECT_EQ(store::spent(test.database(), "x.posts", {}).total(), 120);
}

// Catalogue: 59
TEST(Budget, ReservationsOfTheDeadStayBooked) {
  TestDatabase test;
  reserve(test.database(), {.bucket = "x.posts", .worst = 7});
  EXPECT_EQ(store::keep_worst_of_lost(test.database(), std::chrono::hours(1)),
            0);
  EXPECT_EQ(store::keep_worst_of_lost(test.database(), std::chrono::seconds(0)),
            1);
  EXPECT_EQ(store::spent(test.database(), "x.posts", {}).unknown, 7);
}

}  // namespace
}  // namespace grumble::tests
