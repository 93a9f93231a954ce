#include "store/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/budget.h"
#include "store/landing.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using testing::ElementsAre;

/// Three days in December 2024.
class Coverage : public testing::Test {
 protected:
  Coverage() {
    store::record_ruleset(test_.database(), "rules-1", "");
    filter_.since = at("2024-12-09T00:00:00Z");
    filter_.until = at("2024-12-12T00:00:00Z");
  }

  void land(const std::string& id, const std::string& time,
            domain::Noise noise = domain::Noise::none) {
    auto one = post(id);
    one.post.created_at = at(time);
    one.analysis.models = {"Sora"};
    one.analysis.findings = {finding("Sora", "price"),
                             finding("Sora", "speed")};
    one.analysis.noise = noise;
    store::land(test_.database(), batch({one}));
  }

  store::Leave reserve(const std::string& query, const std::string& time,
                       int64_t worst, int64_t cap) {
    return store::reserve(test_.database(),
                          {.bucket = "x.posts",
                           .worst = worst,
                           .caps = {{cap, store::Window::day, "UTC"}},
                           .source = "x",
                           .query = query,
                           .now = at(time)});
  }

  /// "2024-12-09 x 1 0 ..." of each day.
  std::vector<std::string> days() {
    std::vector<std::string> lines;
    for (const auto& d : store::coverage_by_day(test_.database(), filter_)) {
      lines.push_back(d.day + " " + d.source + " " + std::to_string(d.posts) +
                      " " + std::to_string(d.noise) + " " +
                      std::to_string(d.gaps) + " " + std::to_string(d.stops) +
                      " " + std::to_string(d.requests));
    }
    return lines;
  }

  TestDatabase test_;
  store::Filter filter_;
};

TEST_F(Coverage, TellsEveryDayAndWhatIsMissing) {
  land("1", "2024-12-09T08:00:00Z");
  land("2", "2024-12-11T08:00:00Z");
  land("3", "2024-12-11T09:00:00Z", domain::Noise::promo);
  EXPECT_TRUE(reserve("sora", "2024-12-09T10:00:00Z", 90, 100));
  EXPECT_FALSE(reserve("sora", "2024-12-10T10:00:00Z", 101, 100));
  EXPECT_FALSE(reserve("sora", "2024-12-10T11:00:00Z", 101, 100));
  EXPECT_FALSE(reserve("kling", "2024-12-10T11:00:00Z", 101, 100));
  // Ids of X hold their time: a gap over the tenth.
  test_.run(
      "insert into walk (source, list, subject, query, top)"
      " values ('x', 'posts', 'sora', 'sora', 0);"
      "insert into gap (walk_id, lo, hi, asked_hi) select walk_id, l, h, h from"
      " walk, (select min(i), max(i) from (select ((extract(epoch from t) * "
      "1000)"
      "::bigint - 1288834974657) << 22 as i from unnest(array["
      "'2024-12-10 01:00Z', '2024-12-10 02:00Z']::timestamptz[]) t) b) as s "
      "(l, h)");
  EXPECT_THAT(days(),
              ElementsAre("2024-12-09 x 1 0 0 0 1", "2024-12-10 x 0 0 1 2 0",
                          "2024-12-11 x 1 1 0 0 0"));
  filter_.include_noise = true;
  EXPECT_EQ(days().back(), "2024-12-11 x 2 1 0 0 0");
  filter_.platforms = {"youtube"};
  EXPECT_THAT(days(), ElementsAre());
  filter_.platforms = {};
  filter_.tz = "Pacific/Kiritimati";  // 14 hours ahead: none of its roll-ups
  EXPECT_EQ(days().back(), "2024-12-12 x 0 0 0 0 0");
}

TEST_F(Coverage, TheRollUpsAndTheRowsAgree) {
  for (int i = 0; i < 30; ++i) {
    land(std::to_string(i), "2024-12-1" + std::to_string(i % 3) + "T08:00:00Z",
         i % 5 == 0 ? domain::Noise::news : domain::Noise::none);
  }
  filter_.until = at("2024-12-13T00:00:00Z");
  const auto rolled = days();
  test_.run("update history set zone = 'Asia/Tokyo'");
  EXPECT_EQ(days(), rolled) << "days of another zone are counted from the rows";
}

TEST_F(Coverage, NamesWhatStandsInTheWay) {
  EXPECT_FALSE(reserve("sora", "2024-12-10T10:00:00Z", 101, 100));
  EXPECT_FALSE(reserve("sora", "2024-12-10T11:00:00Z", 101, 100));
  test_.run(
      "insert into walk (source, list, subject, query, top, ended, due_at)"
      " select 'youtube', 'threads', 'v' || i, 'sora', 0,"
      "  'commentsDisabled', '2024-12-17' from generate_series(1, 3) i;"
      "insert into breaker values"
      " ('x', 'x.posts', 'f', 2, '2024-12-10 12:00Z', 'status 429')");
  const auto all = store::stops(test_.database(), at("2024-12-01T00:00:00Z"));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].kind, "cap");
  EXPECT_EQ(all[0].reason, "a cap of 'x.posts' was reached");
  EXPECT_EQ(all[0].times, 2);
  EXPECT_EQ(all[0].since, at("2024-12-10T10:00:00Z"));
  EXPECT_EQ(all[0].until, at("2024-12-11T00:00:00Z"));
  EXPECT_EQ(all[1].kind, "list");
  EXPECT_EQ(all[1].reason, "commentsDisabled");
  EXPECT_EQ(all[1].times, 3);
  EXPECT_EQ(all[2].kind, "rest");
  EXPECT_EQ(all[2].until, at("2024-12-10T12:00:00Z"));
  EXPECT_EQ(store::stops(test_.database(), at("2024-12-20T00:00:00Z")).size(),
            2u)
      << "a cap of a window that is over is of no interest";
}

TEST_F(Coverage, SaysWhatAQueryAndAFindingCost) {
  land("1", "2024-12-09T08:00:00Z");
  land("2", "2024-12-10T08:00:00Z");
  land("3", "2024-12-10T09:00:00Z", domain::Noise::promo);
  const auto paid =
      reserve("sora", "2024-12-09T10:00:00Z", 2'000'000, 10'000'000);
  store::settle(test_.database(), paid.receipt, 1'000'000);
  EXPECT_TRUE(reserve("sora", "2024-12-10T10:00:00Z", 500'000, 10'000'000));
  EXPECT_TRUE(reserve("kling", "2024-12-10T10:00:00Z", 250'000, 10'000'000));
  EXPECT_TRUE(reserve("sora", "2024-12-20T10:00:00Z", 250'000, 10'000'000));
  auto costs = store::cost_by_query(test_.database(), filter_);
  ASSERT_EQ(costs.size(), 2u);
  EXPECT_EQ(costs[0].query, "kling");
  EXPECT_EQ(costs[0].pending, 0.25);
  EXPECT_FALSE(costs[0].per_finding);
  EXPECT_EQ(costs[1].spent, 1.0);
  EXPECT_EQ(costs[1].pending, 0.5);
  EXPECT_EQ(costs[1].unit, "USD");
  EXPECT_EQ(costs[1].requests, 2);
  EXPECT_EQ(costs[1].posts, 2);
  EXPECT_EQ(costs[1].findings, 4);
  EXPECT_EQ(costs[1].per_finding, 0.25);
  filter_.include_noise = true;
  EXPECT_EQ(store::cost_by_query(test_.database(), filter_)[1].findings, 6);
  const auto spent = store::spent_by_day(test_.database(), filter_);
  ASSERT_EQ(spent.size(), 3u);
  EXPECT_EQ(spent[0].day, "2024-12-09");
  EXPECT_EQ(spent[0].spent, 1.0);
  EXPECT_EQ(spent[1].query, "kling");
  EXPECT_EQ(spent[2].pending, 0.5);
}

TEST_F(Coverage, IsForReadersToo) {
  land("1", "2024-12-09T08:00:00Z");
  for (const char* role : {"grumble_reader", "grumble_dashboard"}) {
    store::Database database(test_.url_as(role));
    EXPECT_EQ(store::coverage_by_day(database, filter_).size(), 3u);
    EXPECT_TRUE(store::cost_by_query(database, filter_).empty());
    EXPECT_TRUE(store::spent_by_day(database, filter_).empty());
    EXPECT_TRUE(store::stops(database, *filter_.since).empty());
  }
}

}  // namespace
}  // namespace grumble::tests
