// Connections to the database that fall silent: nothing passes, and both sides
// see them open.

#include "store/watchdog.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "store/statement.h"
#include "tests/support/database_proxy.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using store::Database;
using store::Transaction;
using store::Unreachable;

/// The least that libpq waits for a connection.
constexpr auto kPatience = 2s;
/// It takes three times as long at the most; a machine with much to do, longer.
/// Without the watchdog it takes a quarter of an hour and more.
constexpr auto kBound = 60s;

class Watchdog : public testing::Test {
 protected:
  Watchdog() { test_.run("create table t (n int primary key)"); }

  Database connect() { return Database(proxy_.url() + "?connect_timeout=2"); }
  /// Expects that it ends in time, and as it does when a connection is lost.
  template <typename Call>
  static void expect_lost(const Call& call) {
    const auto began = steady_clock::now();
    try {
      call();
      ADD_FAILURE() << "nobody noticed the silence";
    } catch (const Unreachable& error) {
      const std::string what = error.what();
      EXPECT_NE(what.find("silent"), what.npos) << what;
    }
    const auto took = steady_clock::now() - began;
    EXPECT_GE(took, 2 * kPatience - 1s);
    EXPECT_LT(took, kBound);
  }
  int64_t others() {
    return test_.number(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()");
  }

  TestDatabase test_{TestDatabase::Schema::none};
  DatabaseProxy proxy_{test_.url()};
};

// Catalogue: 7
TEST_F(Watchdog, EndsAStatementThatGetsNoAnswer) {
  Database database = connect();
  {
    Transaction transaction(database);
    transaction.run("insert into t values (1)");
    proxy_.silence_connections();
    expect_lost([&] { transaction.run("select 1"); });
  }
  // The key is free: the session that holds it was ended.
  const auto began = steady_clock::now();
  Transaction again(database);
  EXPECT_EQ(again.run("insert into t values (1)").affected(), 1U);
  again.commit();
  EXPECT_LT(steady_clock::now() - began, kBound);
  EXPECT_EQ(others(), 1);
}

// Catalogue: 7
TEST_F(Watchdog, EndsACommitInWhicheverDirectionItsConnectionFallsSilent) {
  int n = 0;
  for (const auto fault : {DatabaseProxy::Fault::request_lost,
                           DatabaseProxy::Fault::answer_lost}) {
    Database database = connect();
    proxy_.spoil_commits(fault, 1);
    const store::Params value(++n);
    {
      Transaction transaction(database);
      transaction.run("insert into t values ($1)", value);
      expect_lost([&] { transaction.commit(); });
    }
    proxy_.spoil_commits(fault, 0);
    Transaction again(database);
    EXPECT_EQ(
        again.run("insert into t values ($1) on conflict do nothing", value)
            .affected(),
        fault == DatabaseProxy::Fault::request_lost ? 1U : 0U);
    again.commit();
  }
  EXPECT_EQ(test_.text("select string_agg(n::text, ' ' order by n) from t"),
            "1 2");
}

TEST_F(Watchdog, LosesNothingWhenAnIdleConnectionFallsSilent) {
  Database database = connect();
  proxy_.silence_connections();
  Transaction transaction(database);
  EXPECT_EQ(transaction.run("show application_name").text(0, 0), "grumble");
}

// Catalogue: 7
TEST_F(Watchdog, EndsAnAnswerThatStopsHalfWay) {
  Database database = connect();
  Transaction transaction(database);
  std::thread silencer([&] {
    while (proxy_.bytes_passed() < 1'000'000) std::this_thread::yield();
    proxy_.silence_connections();
  });
  expect_lost([&] {
    transaction.run("select repeat('x', 10000) from generate_series(1, 20000)");
  });
  silencer.join();
}

// Catalogue: 7
TEST_F(Watchdog, EndsWhatIsAskedOfASilentServer) {
  Database database = connect();
  Transaction transaction(database);
  proxy_.set_silent(true);
  expect_lost([&] { transaction.run("select 1"); });
  const auto began = steady_clock::now();
  EXPECT_THROW(Transaction{database}, Unreachable);
  EXPECT_LT(steady_clock::now() - began, kBound);
  proxy_.set_silent(false);
  EXPECT_EQ(Transaction(database).run("select 1").integer(0, 0), 1);
}

TEST_F(Watchdog, LeavesAloneWhatTheServerWorksAt) {
  Database database = connect();
  Transaction transaction(database);
  EXPECT_NO_THROW(transaction.run("select pg_sleep(7)"));
  Database other = connect();
  Transaction waits(other);
  transaction.run("insert into t values (1)");
  std::thread committer([&] {
    std::this_thread::sleep_for(3 * kPatience + 1s);
    transaction.commit();
  });
  EXPECT_EQ(
      waits.run("insert into t values (1) on conflict do nothing").affected(),
      0U);
  committer.join();
}

TEST_F(Watchdog, LeavesAloneAnAnswerThatComesSlowly) {
  Database database = connect();
  Transaction transaction(database);
  proxy_.set_slow(true);
  const auto began = steady_clock::now();
  EXPECT_EQ(transaction
                .run("select repeat('x', 10000)"
                     " from generate_series(1, 4000)")
                .size(),
            4000U);
  EXPECT_GT(steady_clock::now() - began, 3 * kPatience);
}

TEST_F(Watchdog, WatchesNothingWithoutATimeout) {
  Database database(proxy_.url() + "?connect_timeout=0");
  Transaction transaction(database);
  std::thread speaker([&] {
    proxy_.set_silent(true);
    std::this_thread::sleep_for(3 * kPatience);
    proxy_.set_silent(false);
  });
  std::this_thread::sleep_for(100ms);
  EXPECT_NO_THROW(transaction.run("select 1"));
  speaker.join();
}

}  // namespace
}  // namespace grumble::tests
