#include "store/database.h"

#include <gtest/gtest.h>

#include "store/statement.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::Database;
using store::DatabaseError;
using store::Params;
using store::Transaction;

TEST(Database, SaysWhyNoServerAnswers) {
  try {
    Database database("postgresql://nobody@127.0.0.1:1/none");
    FAIL() << "connected to port 1";
  } catch (const store::Unreachable& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("127.0.0.1"), what.npos) << what;
    EXPECT_EQ(what.find('\n'), what.npos) << what;
  }
}

TEST(Database, GivesTheSqlstateAndOneLine) {
  TestDatabase test(TestDatabase::Schema::none);
  Transaction transaction(test.database());
  try {
    transaction.run("select * from nowhere");
    FAIL() << "the table does not exist";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.sqlstate(), "42P01");
    EXPECT_STREQ(error.what(), "relation \"nowhere\" does not exist; LINE 1");
  }
}

TEST(Database, RollsBackWhatIsNotCommitted) {
  TestDatabase test(TestDatabase::Schema::none);
  test.run("create table t (n int)");
  { Transaction(test.database()).run("insert into t values (1)"); }
  EXPECT_EQ(test.number("select count(*) from t"), 0);
}

// Catalogue: 4
TEST(Database, ConnectsAgainAfterTheServerHungUp) {
  TestDatabase test(TestDatabase::Schema::none);
  const auto pid = test.number("select pg_backend_pid()");
  Database other(test.url());
  {
    Transaction lost(test.database());
    Transaction(other).run("select pg_terminate_backend($1::int)", Params(pid));
    EXPECT_THROW(lost.run("select 1 from pg_sleep(5)"), store::Unreachable);
  }
  EXPECT_NE(test.number("select pg_backend_pid()"), pid);
  EXPECT_EQ(test.text("show timezone"), "UTC");
}

TEST(Database, ANewTransactionSurvivesAConnectionLostWhileIdle) {
  TestDatabase test(TestDatabase::Schema::none);
  const auto pid = test.number("select pg_backend_pid()");
  Database other(test.url());
  Transaction(other).run("select pg_terminate_backend($1::int, 5000)",
                         Params(pid));
  EXPECT_NE(test.number("select pg_backend_pid()"), pid);
}

TEST(Database, KeepsTheSqlstateOfEveryKindOfError) {
  TestDatabase test(TestDatabase::Schema::none);
  for (const std::string state :
       {"0A000", "22P02", "23505", "25006", "40000", "40001", "40P01", "42501",
        "42601", "42703", "42883", "42P01", "53100", "53200", "55P03", "57014",
        "P0001", "XX000"}) {
    Transaction transaction(test.database());
    try {
      transaction.run(
          "do $$ begin raise exception 'made up' using errcode = '" + state +
          "'; end $$");
      ADD_FAILURE() << state << " was swallowed";
    } catch (const DatabaseError& error) {
      EXPECT_EQ(error.sqlstate(), state);
    }
  }
}

}  // namespace
}  // namespace grumble::tests
