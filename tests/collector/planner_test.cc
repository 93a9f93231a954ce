#include "collector/planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "collector/refresh.h"

namespace grumble::collector {
namespace {

TEST(Planner, TakesWhatIsNewOfAllBeforeTheGapsOfAny) {
  Planner planner({{"a", 1, 0}, {"b", 1, 0}}, false);
  std::string order;
  for (int turn = 0; turn < 4; ++turn) {
    const auto next = planner.next();
    ASSERT_TRUE(next);
    order += next->query + (next->scope == Scope::fresh ? "f " : "g ");
    planner.done(*next, 0, next->scope == Scope::fresh);
  }
  EXPECT_EQ(order, "af bf ag bg ");
  EXPECT_FALSE(planner.next());
}

TEST(Planner, RefreshesOnceAfterAllGaps) {
  Planner planner({{"a", 1, 0}, {"b", 1, 0}}, true);
  std::string order;
  int gaps = 0;
  while (const auto next = planner.next()) {
    const bool refresh = next->query == kRefresh;
    order += refresh ? "r" : next->scope == Scope::fresh ? "f" : "g";
    const bool last =
        planner.done(*next, 0, next->scope == Scope::fresh || ++gaps < 3);
    EXPECT_TRUE(last || !refresh) << "whatever is left waits for the next pass";
  }
  EXPECT_EQ(order, "ffggggr");
  EXPECT_EQ(Planner({}, true).next()->query, kRefresh);
}

TEST(Planner, AsksFirstForWhatHadLeastForItsWeight) {
  Planner planner({{"a", 1, 0.2}, {"b", 3, 0.5}, {"c", 1, 0.1}}, false);
  EXPECT_EQ(planner.next()->query, "c");
  EXPECT_TRUE(planner.done(*planner.next(), 0.15, false));
  EXPECT_EQ(planner.next()->query, "b");
  EXPECT_FALSE(planner.done(*planner.next(), 0.9, true));
  EXPECT_EQ(planner.next()->query, "a");
}

TEST(Planner, ReadsGapsInTurns) {
  Planner planner({{"a", 1, 0}, {"b", 1, 0}}, false);
  while (planner.next()->scope == Scope::fresh) {
    planner.done(*planner.next(), 0, true);
  }
  std::map<std::string, double> had;
  std::string order;
  for (int turn = 0; turn < 6; ++turn) {
    const auto next = *planner.next();
    EXPECT_LT(next.pages, 100);
    order += next.query;
    planner.done(next, had[next.query] += 0.01, true);
  }
  EXPECT_EQ(order, "ababab");
}

/// Days of passes by a virtual clock over queries that want more than the caps
/// allow: what each got, a page costing one.
class Days {
 public:
  Days(std::vector<Claim> claims, int64_t cap) : claims_(claims), cap_(cap) {}

  void run(int days, const std::map<std::string, int64_t>& fresh_a_pass) {
    for (int day = 0; day < days; ++day) {
      std::map<std::string, int64_t> today;
      for (int pass = 0; pass < 96; ++pass) {
        // Half of the cap is kept for what is new, less and less.
        const int64_t kept = cap_ / 2 * (96 - pass) / 96;
        pass_over(fresh_a_pass, today, kept);
      }
    }
  }

  std::map<std::string, int64_t> got;
  std::map<std::string, int64_t> backlog;
  std::vector<Planner::Turn> turns;

 private:
  void pass_over(const std::map<std::string, int64_t>& fresh,
                 std::map<std::string, int64_t>& today, int64_t kept) {
    std::vector<Claim> claims = claims_;
    for (Claim& claim : claims) {
      claim.had =
          static_cast<double>(today[claim.query]) / static_cast<double>(cap_);
    }
    Planner planner(claims, false);
    while (const auto turn = planner.next()) {
      turns.push_back(*turn);
      const bool is_new = turn->scope == Scope::fresh;
      if (is_new) backlog[turn->query] += fresh.at(turn->query);
      int64_t spent = 0;
      for (const auto& [query, pages] : today) spent += pages;
      const int64_t wanted =
          is_new ? fresh.at(turn->query) : backlog[turn->query];
      const int64_t left =
          std::max<int64_t>(0, cap_ - spent - (is_new ? 0 : kept));
      const int64_t read = std::min({wanted, turn->pages, left});
      backlog[turn->query] -= read;
      today[turn->query] += read;
      got[turn->query] += read;
      planner.done(
          *turn,
          static_cast<double>(today[turn->query]) / static_cast<double>(cap_),
          read > 0 && backlog[turn->query] > 0);
    }
  }

  std::vector<Claim> claims_;
  int64_t cap_;
};

TEST(Planner, SharesACapByWeight) {
  Days days({{"heavy", 3}, {"one", 1}, {"two", 1}}, 1000);
  days.backlog = {{"heavy", 100'000}, {"one", 100'000}, {"two", 100'000}};
  days.run(30, {{"heavy", 1}, {"one", 1}, {"two", 1}});
  EXPECT_NEAR(static_cast<double>(days.got["heavy"]), 18'000, 600);
  EXPECT_NEAR(static_cast<double>(days.got["one"]), 6'000, 600);
  EXPECT_NEAR(static_cast<double>(days.got["two"]), 6'000, 600);
}

TEST(Planner, WhatIsNewIsReadWhateverWaits) {
  Days days({{"busy", 1}, {"calm", 1}}, 1000);
  days.backlog = {{"busy", 100'000}, {"calm", 0}};
  // 96 passes of 5 pages each: what is new takes 480 of 1000 a day.
  days.run(10, {{"busy", 2}, {"calm", 3}});
  EXPECT_EQ(days.backlog["calm"], 0) << "all that was new";
  EXPECT_EQ(days.got["calm"], 10 * 96 * 3);
  EXPECT_GE(days.got["busy"] + days.got["calm"], 10 * (1000 - 1000 / 96))
      << "all but what the last pass of a day keeps";
}

TEST(Planner, TheSameClaimsGiveTheSameTurns) {
  const auto turns = [] {
    Days days({{"b", 2}, {"a", 1}}, 100);
    days.backlog = {{"a", 300}, {"b", 300}};
    days.run(3, {{"a", 1}, {"b", 1}});
    return days.turns;
  };
  EXPECT_EQ(turns(), turns());
}

}  // namespace
}  // namespace grumble::collector
