// Every named crash point, each by the program that passes it: collecting,
// the retention, a replay, a shutdown, a migration.

#include <signal.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/faults/trial.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using test::Background;

/// Starts a program that dies at the k-th passing of the point.
class Doomed {
 public:
  Doomed(const std::string& point, int k, const std::string& program,
         const std::vector<std::string>& arguments, const Trial& trial) {
    setenv("GRUMBLE_CRASH_AT", (point + ":" + std::to_string(k)).c_str(), 1);
    process_ = std::make_unique<Background>(program, arguments, trial.log());
    unsetenv("GRUMBLE_CRASH_AT");
  }

  /// Whether it died of its point.
  bool died() { return process_->wait() == 128 + SIGKILL; }
  Background& process() { return *process_; }

 private:
  std::unique_ptr<Background> process_;
};

struct Point {
  const char* name;
  int passings = 12;  ///< at least so many in one round
};

/// In the order of the cycle of a page.
constexpr std::array kCollecting{
    Point{"CP01", 2}, Point{"CP02", 2}, Point{"CP03"}, Point{"CP04"},
    Point{"CP05"},    Point{"CP06"},    Point{"CP07"}, Point{"CP08"},
    Point{"CP09"},    Point{"CP10"},    Point{"CP11"}, Point{"CP12"},
    Point{"CP13"},    Point{"CP14"},    Point{"CP15"}, Point{"CP16"},
    Point{"CP17"},    Point{"CP18"},    Point{"CP19"}, Point{"CP20", 6}};

bool crash_in_round(const std::string& point, int k, const Trial& trial) {
  return Doomed(point, k, "grumbled-crash",
                {"--config", trial.config(), "--rounds", "1"}, trial)
      .died();
}

void collect(const Trial& trial) {
  const auto outcome =
      test::run("grumble", {"--config", trial.config(), "collect", "--once"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
}

// Catalogue: 1, 59
TEST_F(Faults, KilledAtOnePointAfterAnother) {
  // So many in one life: each is started again by the next.
  constexpr size_t kInOneLife = 5;
  for (size_t begin = 0; begin < kCollecting.size(); begin += kInOneLife) {
    const size_t end = std::min(begin + kInOneLife, kCollecting.size());
    Trial trial;
    for (size_t i = begin; i < end; ++i) {
      const std::string point = kCollecting[i].name;
      EXPECT_TRUE(crash_in_round(point, static_cast<int>(1 + i % 2), trial))
          << point;
    }
    trial.judge(static_cast<int64_t>(end - begin));
    if (HasFailure()) return;
  }
}

class CollectingPoint : public Faults,
                        public testing::WithParamInterface<Point> {};

// Catalogue: 1, 37, 59
TEST_P(CollectingPoint, KilledThereInTenPlaces) {
  if (!full_leg()) GTEST_SKIP() << "script/faults runs it";
  const Point point = GetParam();
  std::mt19937_64 random(std::stoul(point.name + 2));
  for (int i = 0; i < 10; ++i) {
    // With one in five, the landing that dies has made tables too.
    Trial trial(i % 5 == 0 ? Trial::Months::landing
                           : Trial::Months::made_before);
    const int k =
        static_cast<int>(random() % static_cast<uint64_t>(point.passings) + 1);
    SCOPED_TRACE("passing " + std::to_string(k));
    EXPECT_TRUE(crash_in_round(point.name, k, trial));
    // Sometimes it dies again while it recovers.
    const bool again = i % 3 == 1 && crash_in_round("CP15", 1, trial);
    trial.judge(again ? 2 : 1);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, CollectingPoint, testing::ValuesIn(kCollecting),
                         [](const auto& param) {
                           return std::string(param.param.name);
                         });

/// CP22, behind the deletion of old pages, before that of old gaps.
// Catalogue: 1
TEST_F(Faults, KilledInTheRetention) {
  for (int i = 0; i < (full_leg() ? 10 : 1); ++i) {
    Trial trial;
    collect(trial);
    trial.database().run(
        "update raw_page set received_at = received_at - interval '90 days'");
    trial.database().run(
        "update gap set closed_at = closed_at - interval '90 days'");
    const int64_t pages =
        trial.database().number("select count(*) from raw_page");
    ASSERT_GT(pages, 20);
    // The first deletion takes them all; the second finds none.
    const int k = 1 + i % 2;
    EXPECT_TRUE(crash_in_round("CP22", k, trial)) << k;
    EXPECT_EQ(trial.database().number("select count(*) from raw_page"
                                      " where received_at <"
                                      " now() - interval '80 days'"),
              k == 1 ? pages : 0);
    trial.judge(1);
    EXPECT_EQ(trial.database().number("select count(*) from raw_page"
                                      " where received_at <"
                                      " now() - interval '80 days'"),
              0);
    if (HasFailure()) return;
  }
}

/// CP23, behind each page.
// Catalogue: 1
TEST_F(Faults, KilledInAReplay) {
  std::mt19937_64 random(19);
  for (int i = 0; i < (full_leg() ? 10 : 1); ++i) {
    Trial trial;
    collect(trial);
    const int k = static_cast<int>(random() % 20) + 1;
    EXPECT_TRUE(Doomed("CP23", k, "grumble-crash",
                       {"--config", trial.config(), "replay"}, trial)
                    .died())
        << k;
    const auto outcome =
        test::run("grumble", {"--config", trial.config(), "replay"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    trial.judge(0);
    if (HasFailure()) return;
  }
}

/// CP25, when the signal is heard and when all work has ended.
// Catalogue: 1
TEST_F(Faults, KilledInTheShutdown) {
  std::mt19937_64 random(23);
  for (int i = 0; i < (full_leg() ? 10 : 2); ++i) {
    Trial trial;
    const int k = 1 + i % 2;
    Doomed daemon("CP25", k, "grumbled-crash", {"--config", trial.config()},
                  trial);
    while (trial.database().number("select count(*) from lease") == 0) {
      ASSERT_TRUE(daemon.process().running());
      std::this_thread::sleep_for(5ms);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
    daemon.process().signal(SIGTERM);
    EXPECT_TRUE(daemon.died()) << k;
    trial.judge(1);
    if (HasFailure()) return;
  }
}

/// Tables, columns, functions and grants, in words.
constexpr const char* kShape = R"(
  select md5(string_agg(line, E'\n' order by line)) from (
    select concat_ws(' ', c.oid::regclass, a.attname, a.atttypid::regtype,
      a.attnotnull, c.relacl) as line
    from pg_class c left join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace::regnamespace::text in ('public', 'report')
    union all
    select concat_ws(' ', p.oid::regprocedure, md5(p.prosrc), p.proacl)
    from pg_proc p
    where p.pronamespace::regnamespace::text in ('public', 'report')
    union all select concat_ws(' ', number, name, checksum)
    from schema_migration) as lines)";

/// CP21, twice a file: behind its statements and before its commit.
// Catalogue: 1, 17
TEST_F(Faults, KilledInAMigration) {
  TestDatabase whole;
  const std::string shape = whole.text(kShape);
  const Trial trial;
  const int64_t passings =
      2 * whole.number("select count(*) from schema_migration");
  // Upgrades are killed in every file, with data: tests/store.
  const int64_t step = full_leg() ? 1 : 23;
  for (int64_t k = 1; k <= passings; k += step) {
    TestDatabase database(TestDatabase::Schema::none);
    const std::vector<std::string> arguments = {
        "--config", trial.config(database.url()), "db", "migrate"};
    EXPECT_TRUE(
        Doomed("CP21", static_cast<int>(k), "grumble-crash", arguments, trial)
            .died())
        << k;
    if (k > 2) {
      EXPECT_EQ(database.number("select count(*) from schema_migration"),
                (k - 1) / 2);
    }
    const auto outcome = test::run("grumble", arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(database.text(kShape), shape) << k;
  }
}

}  // namespace
}  // namespace grumble::tests
