#include "store/lease.h"

#include <gtest/gtest.h>

#include <barrier>
#include <future>
#include <vector>

#include "store/statement.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using store::hold_lease;
using store::new_uuid;

TEST(Lease, OneHolderAtATime) {
  TestDatabase test;
  store::Database other(test.url());
  const std::string me = new_uuid();
  const auto mine = hold_lease(test.database(), "x", me, 30s);
  ASSERT_TRUE(mine);
  EXPECT_FALSE(hold_lease(other, "x", new_uuid(), 30s));
  EXPECT_TRUE(hold_lease(other, "youtube", new_uuid(), 30s));
  const auto again = hold_lease(test.database(), "x", me, 30s);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->epoch, mine->epoch) << "renewed, not taken";
}

// Catalogue: 64
TEST(Lease, OfManyAtOnceOneIsTheHolder) {
  TestDatabase test;
  std::barrier together(8);
  const auto instance = [&] {
    store::Database database(test.url());
    together.arrive_and_wait();
    const bool holds = hold_lease(database, "x", new_uuid(), 1h).has_value();
    // A lease goes with its connection.
    together.arrive_and_wait();
    return holds;
  };
  std::vector<std::future<bool>> instances;
  for (int i = 0; i < 8; ++i) {
    instances.push_back(std::async(std::launch::async, instance));
  }
  int holders = 0;
  for (auto& one : instances) holders += one.get() ? 1 : 0;
  EXPECT_EQ(holders, 1);
}

// Catalogue: 62
TEST(Lease, IsTakenOverWhenItsTimeIsUpAndTheOldOneIsFenced) {
  TestDatabase test;
  store::Database other(test.url());
  const auto old = hold_lease(test.database(), "x", new_uuid(), 0s);
  const auto fresh = hold_lease(other, "x", new_uuid(), 30s);
  ASSERT_TRUE(old && fresh);
  EXPECT_GT(fresh->epoch, old->epoch);
  store::Transaction late(test.database());
  EXPECT_THROW(store::prove(late, *old), store::LeaseLost);
  store::Transaction good(other);
  EXPECT_NO_THROW(store::prove(good, *fresh));
}

TEST(Lease, GoesWithItsConnection) {
  TestDatabase test;
  {
    store::Database gone(test.url());
    ASSERT_TRUE(hold_lease(gone, "x", new_uuid(), 1h));
  }
  // The server notices within moments that a connection is closed.
  for (int i = 0; i < 200; ++i) {
    if (hold_lease(test.database(), "x", new_uuid(), 1h)) return;
    test.run("select pg_sleep(0.05)");
  }
  FAIL() << "still held after 10 s";
}

TEST(Lease, IsNotKeptByASleeperInATransaction) {
  TestDatabase test;
  store::Database other(test.url());
  const auto old = hold_lease(test.database(), "x", new_uuid(), 1s);
  store::Transaction sleeper(test.database());
  store::prove(sleeper, *old);
  EXPECT_TRUE(hold_lease(other, "x", new_uuid(), 30s));
  EXPECT_THROW(sleeper.commit(), store::DatabaseError);
}

TEST(Lease, ReleasedIsFree) {
  TestDatabase test;
  store::Database other(test.url());
  const std::string me = new_uuid();
  hold_lease(test.database(), "x", me, 1h);
  store::release_leases(test.database(), me);
  EXPECT_TRUE(hold_lease(other, "x", new_uuid(), 1h));
}

}  // namespace
}  // namespace grumble::tests
