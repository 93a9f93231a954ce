#include <gtest/gtest.h>

#include "store/erasure.h"
#include "store/landing.h"
#include "store/migrate.h"
#include "store/reanalysis.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::Transaction;

/// The SQLSTATE that the statement ends with; empty when it is let through.
std::string refusal(store::Database& database, const std::string& sql) {
  try {
    Transaction(database).run(sql);
    return "";
  } catch (const store::DatabaseError& error) {
    return error.sqlstate();
  }
}

class DashboardRole : public testing::Test {
 protected:
  // Not a copy of a migrated database: rights on the database are not copied.
  DashboardRole() { store::migrate(test_.database(), "schema"); }

  TestDatabase test_{TestDatabase::Schema::none};
  store::Database dashboard_{test_.url_as("grumble_dashboard")};
};

TEST_F(DashboardRole, ReadsEverythingInReport) {
  store::record_ruleset(test_.database(), "rules-1", "");
  auto complaint = post("1");
  complaint.analysis.findings = {finding("Sora", "price")};
  complaint.analysis.models = {"Sora"};
  store::land(test_.database(), batch({complaint}));
  const auto views = Transaction(test_.database())
                         .run(
                             "select viewname from pg_views"
                             " where schemaname = 'report'");
  EXPECT_GE(views.size(), 10U);
  for (size_t i = 0; i < views.size(); ++i) {
    EXPECT_EQ(refusal(dashboard_, "select * from " + views.text(i, 0)), "")
        << views.text(i, 0);
  }
  EXPECT_EQ(refusal(dashboard_, "select * from matrix()"), "");
  EXPECT_EQ(refusal(dashboard_, "select * from evidence()"), "");
  EXPECT_EQ(refusal(dashboard_, "select * from top('model')"), "");
  EXPECT_EQ(refusal(dashboard_, "select * from trend(now(), now())"), "");
  EXPECT_EQ(Transaction(dashboard_)
                .run("select posts from report.matrix()")
                .integer(0, 0),
            1);
}

TEST_F(DashboardRole, IsRefusedAllElse) {
  const auto tables = Transaction(test_.database())
                          .run(
                              "select tablename from pg_tables"
                              " where schemaname = 'public'");
  EXPECT_GE(tables.size(), 14U);
  const std::string unlocked = "set transaction read write; ";
  for (size_t i = 0; i < tables.size(); ++i) {
    const std::string table = "public." + tables.text(i, 0);
    EXPECT_EQ(refusal(dashboard_, "select * from " + table), "42501") << table;
    EXPECT_EQ(refusal(dashboard_, unlocked + "delete from " + table), "42501")
        << table;
  }
  for (const char* const sql :
       {"create table report.t (n int)", "create table public.t (n int)",
        "create temporary table t (n int)", "create schema s", "create role r",
        "select grant_dashboard()", "select public.grant_dashboard()",
        "select pg_read_file('/etc/passwd')",
        "copy report.post to program 'cat'", "copy report.post to '/tmp/x'",
        "set role grumble", "select lo_import('/etc/passwd')",
        "update report.ruleset set version = ''",
        "alter view report.post rename to p"}) {
    const std::string state = refusal(dashboard_, unlocked + sql);
    // A function out of sight is unknown; only an owner may rename.
    EXPECT_TRUE(state == "42501" || state == "42883") << sql << ": " << state;
  }
}

TEST_F(DashboardRole, IsReadOnlyAndInAHurry) {
  EXPECT_EQ(refusal(dashboard_, "create table report.t (n int)"), "25006");
  const auto rows = Transaction(dashboard_)
                        .run(
                            "select current_setting('statement_timeout'),"
                            " current_setting('search_path')");
  EXPECT_EQ(rows.text(0, 0), "15s");
  EXPECT_EQ(rows.text(0, 1), "report");
}

TEST_F(DashboardRole, TheWriterLands) {
  store::record_ruleset(test_.database(), "rules-1", "");
  store::Database writer(test_.url_as("grumble_writer"));
  EXPECT_EQ(store::land(writer, batch({post("1"), post("2")})).inserted, 2);
  EXPECT_EQ(store::land(writer, batch({post("1", "edited")})).updated, 1);
  EXPECT_EQ(store::erase_posts(writer, {{"x", "1"}}, "deleted"), 1);
}

TEST_F(DashboardRole, TheWriterAppliesRules) {
  store::record_ruleset(test_.database(), "rules-1", "");
  store::Database writer(test_.url_as("grumble_writer"));
  store::record_ruleset(writer, "rules-2", "");
  store::land(writer, batch({post("1"), post("2")}));
  const auto read = [](const auto&, const domain::Text&) {
    return domain::Analysis();
  };
  store::begin_reanalysis(writer, "rules-2");
  while (store::read_some(writer, read, 10)) {
  }
  EXPECT_TRUE(store::show_reanalysis(writer, read, 0));
  while (store::clear_some(writer)) {
  }
  EXPECT_EQ(store::current_ruleset(writer)->version, "rules-2");
}

TEST_F(DashboardRole, RolesThatAreMadeLaterGetTheSameGrants) {
  const std::string grants =
      "select string_agg(line, ' ' order by line) from"
      " (select concat_ws(' ', grantee, table_name, privilege_type) as line"
      "  from information_schema.role_table_grants"
      "  where grantee in ('grumble_writer', 'grumble_reader')) g";
  const std::string before = test_.text(grants);
  test_.run(
      "revoke all on all tables in schema public, report"
      " from grumble_writer, grumble_reader");
  EXPECT_NE(test_.text(grants), before);
  test_.run("select grant_roles()");
  EXPECT_EQ(test_.text(grants), before);
}

}  // namespace
}  // namespace grumble::tests
