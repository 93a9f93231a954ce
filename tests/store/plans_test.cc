#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "benchmarks/history.h"
#include "store/coverage.h"
#include "store/history.h"
#include "store/report_queries.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "store/stored_text.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::Filter;
using store::Transaction;

/// Two months of an invented history, enough for the planner to choose as it
/// chooses for years of it.
class Plans : public testing::Test {
 protected:
  static constexpr int64_t kTwoYears = 300'000;
  static constexpr int64_t kLanded = kTwoYears / 12;

  static void SetUpTestSuite() {
    test_ = new TestDatabase();
    auto& database = test_->database();
    store::record_ruleset(database, "bench", "");
    for (int64_t i = kTwoYears - kLanded; i < kTwoYears; i += 5000) {
      store::Batch batch;
      batch.source = "bench";
      batch.query = "sora";
      batch.ruleset = "bench";
      batch.posts = benchmarks::invented_posts(i, std::min(i + 5000, kTwoYears),
                                               kTwoYears, end());
      store::land(database, batch);
    }
    store::run_alone(database, "vacuum analyze");
    // As it is where tables are in memory: these are smaller than real ones,
    // and would else be read whole for want of anything to lose.
    test_->run("set random_page_cost = 1.1");
  }
  static void TearDownTestSuite() {
    delete test_;
    test_ = nullptr;
  }

  /// The day of the first call: midnight may come before the last test.
  static domain::Timestamp end() {
    static const auto day =
        std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    return day;
  }

  /// How often each table of posts and findings was read from end to end.
  static std::map<std::string, int64_t> whole_reads() {
    Transaction(test_->database()).run("select pg_stat_force_next_flush()");
    const auto rows =
        Transaction(test_->database())
            .run(
                "select s.relname, s.seq_scan from pg_stat_user_tables s"
                " join pg_class c on c.oid = s.relid"
                " where s.schemaname = 'public' and c.reltuples > 1000"
                "  and s.relname ~ '^(post|mention|finding)_'");
    std::map<std::string, int64_t> reads;
    for (size_t i = 0; i < rows.size(); ++i) {
      reads[rows.text(i, 0)] = rows.integer(i, 1);
    }
    return reads;
  }

  /// Asked more often than a plan is made anew.
  static void expect_frugal(const char* what,
                            const std::function<void()>& question) {
    const auto before = whole_reads();
    EXPECT_GE(before.size(), 5U) << "no table is large enough to tell";
    for (int i = 0; i < 8; ++i) question();
    for (const auto& [table, reads] : whole_reads()) {
      EXPECT_EQ(reads, before.at(table)) << what << " read all of " << table;
    }
  }

  static void expect_frugal(const std::string& sql) {
    expect_frugal(sql.c_str(),
                  [&] { Transaction(test_->database()).run(sql); });
  }

  static TestDatabase* test_;
};

TestDatabase* Plans::test_ = nullptr;

TEST_F(Plans, NoticeATableReadFromEndToEnd) {
  const auto before = whole_reads();
  test_->number("select count(length(text)) from post");
  EXPECT_NE(whole_reads(), before);
}

TEST_F(Plans, OfTheDefaultScreensReadWhatTheyShow) {
  auto& database = test_->database();
  Filter month;
  month.since =
      end() - std::chrono::hours(24 * 30) + std::chrono::milliseconds(12345678);
  month.until = end() + std::chrono::milliseconds(12345678);
  Filter cell;
  cell.models = {"Sora"};
  cell.categories = {"price"};
  Filter model;
  model.models = {"Sora"};
  model.polarities = {};
  for (const Filter& filter : {Filter(), month}) {
    expect_frugal("matrix", [&] { store::matrix(database, filter); });
    for (const auto by :
         {store::By::all, store::By::model, store::By::category}) {
      expect_frugal("trend", [&] {
        store::trend(database, filter, store::Bucket::day, by);
      });
    }
    for (const auto dimension :
         {store::Dimension::category, store::Dimension::model,
          store::Dimension::platform, store::Dimension::lang}) {
      expect_frugal("top", [&] { store::top(database, filter, dimension); });
    }
    cell.since = model.since = filter.since;
    cell.until = model.until = filter.until;
    expect_frugal("posts of a cell", [&] { store::posts(database, cell); });
    expect_frugal("posts of a model", [&] { store::posts(database, model); });
  }
}

TEST_F(Plans, OfWholeHoursReadRollupsAndNoRows) {
  auto& database = test_->database();
  const auto rows_read = [&] {
    Transaction(database).run("select pg_stat_force_next_flush()");
    return test_->number(
        "select sum(seq_scan + idx_scan) from pg_stat_user_tables"
        " where relname ~ '^(post|mention|finding|comparison|value)_'");
  };
  Filter month;
  month.since = end() - std::chrono::hours(24 * 30 + 5);
  month.until = end() - std::chrono::hours(5);
  Filter open = month;
  open.until = {};
  const std::string times = "('" + domain::to_string(*month.since) + "', '" +
                            domain::to_string(*month.until) + "')";
  test_->run(
      "insert into budget values ('x.posts') on conflict do nothing;"
      "insert into ledger (bucket, source, query, worst, actual, state,"
      " reserved_at, settled_at) values ('x.posts', 'bench', 'sora', 1, 1,"
      " 'settled', now() - interval '2 days', now())");
  const auto before = rows_read();
  EXPECT_GT(store::cost_by_query(database, open).at(0).findings, 0);
  Filter several = month;
  several.models = {"Sora", "Kling"};
  Filter all_of_several = several;
  all_of_several.categories = {"price", "speed"};
  all_of_several.polarities = {domain::Polarity::complaint,
                               domain::Polarity::praise};
  Filter any_polarity = month;
  any_polarity.polarities = {};
  for (const Filter& filter :
       {month, open, several, all_of_several, any_polarity}) {
    store::top(database, filter, store::Dimension::category);
    store::top(database, filter, store::Dimension::lang);
  }
  store::trend(database, month, store::Bucket::day, store::By::model);
  store::trend(database, month, store::Bucket::week, store::By::category);
  store::trend(database, all_of_several, store::Bucket::day, store::By::all);
  test_->run("select * from report.matrix" + times.substr(0, times.size() - 1) +
             ", polarities => null)");
  for (const std::string name : {"matrix", "changes", "share_of_voice",
                                 "comparisons", "share", "stated_values"}) {
    test_->run("select * from report." + name + times);
  }
  EXPECT_EQ(rows_read(), before);
  month.until = *month.until + std::chrono::milliseconds(1);
  store::top(database, month, store::Dimension::category);
  EXPECT_GT(rows_read(), before) << "rows tell what hours do not";
}

TEST_F(Plans, OfCountingAgainTakeNoTimeForEachPairOfPosts) {
  // Pairs take minutes, and posts a second or two.
  test_->run("set statement_timeout = '90s'");
  EXPECT_TRUE(store::verify_rollups(test_->database()).faults.empty());
  test_->run("reset statement_timeout");
}

TEST_F(Plans, OfOnePostReadItsMonth) {
  auto& database = test_->database();
  // How often months were asked, but for that of the newest posts.
  const auto others_asked = [&] {
    Transaction(database).run("select pg_stat_force_next_flush()");
    return test_->text(
        "select string_agg(s.relname || ' '"
        "  || s.seq_scan + coalesce(s.idx_scan, 0), ', ' order by s.relname)"
        " from pg_stat_user_tables s, (select max(created_at) from post) n (t)"
        " where relname ~ '^(mention|finding)_'"
        "  and relname !~ (to_char(n.t at time zone 'UTC', 'YYYY_MM') || '$')");
  };
  store::Batch batch;
  batch.source = batch.ruleset = "bench";
  batch.posts =
      benchmarks::invented_posts(kTwoYears - 5, kTwoYears, kTwoYears, end());
  const auto before = others_asked();
  ASSERT_NE(before, "");
  for (auto& one : batch.posts) {
    one.post.text += ", again";
    one.post.observed_at += std::chrono::hours(24);
    one.analysis.comparisons.clear();
    one.analysis.findings.clear();
  }
  EXPECT_GT(store::land(database, batch).updated, 0);
  std::vector<domain::PostKey> keys;
  for (const auto& one : batch.posts) keys.push_back(one.post.key);
  EXPECT_FALSE(store::shown_analyses(database, keys).empty());
  EXPECT_EQ(others_asked(), before);
}

TEST_F(Plans, OfTheDashboardsReadWhatTheyShow) {
  const std::string month =
      "(since => '" +
      domain::to_string(end() - std::chrono::hours(24 * 30) +
                        std::chrono::milliseconds(7654321)) +
      "', until => '" + domain::to_string(end()) + "')";
  for (const std::string name :
       {"changes", "share_of_voice", "comparisons", "engagement",
        "stated_values", "share", "platforms", "models", "totals", "matrix"}) {
    expect_frugal("select * from report." + name + month);
  }
  expect_frugal("select * from report.coverage");
  expect_frugal("select * from report.duty");
  expect_frugal("select * from report.evidence" +
                month.substr(0, month.size() - 1) + ", most => 200)");
}

}  // namespace
}  // namespace grumble::tests
