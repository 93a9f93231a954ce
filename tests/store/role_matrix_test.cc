// What each role may: every statement as each of them, and every object.

#include <gtest/gtest.h>

#include "store/migrate.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::Transaction;

constexpr const char* kOk = "";
constexpr const char* kDenied = "42501";
constexpr const char* kUnknown = "42883";  // no such function
constexpr const char* kTimeOut = "57014";

/// SQLSTATE by role: owner (no superuser), writer, reader, dashboard.
struct Row {
  const char* sql;
  const char* owner;
  const char* writer;
  const char* reader;
  const char* dashboard;
};

/// Everybody; the owner; owner and writer; nobody.
#define ALL(sql) \
  { sql, kOk, kOk, kOk, kOk }
#define OWNER(sql) \
  { sql, kOk, kDenied, kDenied, kDenied }
#define WRITER(sql) \
  { sql, kOk, kOk, kDenied, kDenied }
#define NOBODY(sql) \
  { sql, kDenied, kDenied, kDenied, kDenied }

constexpr Row kRows[] = {
    // The questions of the report.
    ALL("select * from report.matrix()"),
    ALL("select * from report.trend(now(), now())"),
    ALL("select * from report.top('model')"),
    ALL("select * from report.evidence()"),
    ALL("select * from report.changes(now() - interval '7 days', now())"),
    ALL("select * from report.coverage"),
    ALL("select * from report.coverage_by_day(now())"),
    ALL("select * from report.cost_by_query(now())"),
    ALL("select * from report.spent_by_day(now())"),
    ALL("select * from report.stop"),
    ALL("select text from report.post"),
    ALL("select * from report.spending"),
    ALL("select 1 from pg_roles where rolname = 'grumble_reader'"),
    // The rows themselves.
    WRITER("select text from public.post"),
    WRITER("select raw from public.reject"),
    WRITER("select body from public.raw_page"),
    WRITER("select * from public.ledger"),
    WRITER("select key from public.author_naming"),
    WRITER("select * from public.erased"),
    WRITER("select * from public.post_key for update"),
    WRITER("insert into public.author values ('x', '1', '', '', 1, now())"),
    WRITER("insert into public.budget values ('x.posts')"),
    WRITER("update public.post set text = ''"),
    WRITER("update public.ledger set state = 'unknown'"),
    WRITER("delete from public.post"),
    WRITER("delete from public.finding"),
    WRITER("delete from public.rollup"),
    WRITER("delete from public.lease"),
    WRITER("delete from public.budget_stop"),
    WRITER("lock table public.ruleset in share row exclusive mode"),
    // How history is kept, and what is for ever.
    OWNER("truncate public.post"),
    OWNER("truncate public.erased"),
    OWNER("update public.history set slot = 1"),
    OWNER("delete from public.history"),
    OWNER("delete from public.ruleset"),
    OWNER("delete from public.schema_migration"),
    OWNER("insert into public.schema_migration values (99, 'x', 'y')"),
    OWNER("drop table public.reject cascade"),
    OWNER("alter table public.post add column n int"),
    OWNER("drop view report.stop"),
    OWNER("create or replace view report.breaker as select source, bucket,"
          " failures, not_before, reason, 1 as n from public.breaker"),
    OWNER("alter view report.post rename to p"),
    OWNER("create index on public.post (text)"),
    OWNER(
        "create trigger t before insert on public.author"
        " for each row execute function suppress_redundant_updates_trigger()"),
    OWNER("create table public.t (n int)"),
    OWNER("create table report.t (n int)"),
    OWNER("create schema s"),
    OWNER("create function public.f() returns int language sql return 1"),
    OWNER("create function report.f() returns int language sql return 1"),
    // A writer may say it, and is warned that nothing is granted.
    WRITER("grant select on public.post to public"),
    OWNER("comment on table public.post is ''"),
    {"create temporary table t (n int)", kOk, kDenied, kDenied, kDenied},
    // Functions with the owner's rights.
    WRITER("select public.tend_history()"),
    WRITER("select public.repair_sketches()"),
    WRITER("select public.ensure_months(0::smallint, array[now()])"),
    WRITER("select public.show_analysis(0::smallint, 1::smallint, false)"),
    WRITER("select public.carry_rollups(1::smallint, now())"),
    OWNER("select public.count_days(0::smallint, now(), now())"),
    OWNER("select public.grant_roles()"),
    OWNER("select public.grant_dashboard()"),
    WRITER("select public.keep_rows_from('2000-01-01')"),
    WRITER("select public.drop_oldest_month()"),
    WRITER("select public.drop_old_keys(1)"),
    // The machine, other roles, other databases.
    NOBODY("create role r"),
    NOBODY("alter role grumble_reader superuser"),
    NOBODY("alter role grumble_dashboard connection limit 1000"),
    NOBODY("set role grumble"),
    NOBODY("set session authorization grumble"),
    NOBODY("grant pg_read_server_files to current_user"),
    NOBODY("copy (select 1) to program 'cat'"),
    NOBODY("copy (select 1) to '/tmp/x'"),
    NOBODY("create table public.u (t text); copy u from '/etc/passwd'"),
    NOBODY("select pg_read_file('/etc/passwd')"),
    NOBODY("select pg_ls_dir('/')"),
    NOBODY("select lo_import('/etc/passwd')"),
    NOBODY("select lo_export(1, '/tmp/x')"),
    NOBODY("select pg_reload_conf()"),
    NOBODY("select pg_switch_wal()"),
    NOBODY("set session_replication_role = replica"),
    NOBODY("select rolpassword from pg_authid"),
    NOBODY("create function public.c() returns int language c as 'x'"),
    NOBODY("load 'plpgsql'; load '/tmp/x.so'"),
    {"select dblink('', '')", kUnknown, kUnknown, kUnknown, kUnknown},
    // Nobody asks for ever.
    {"set statement_timeout = 50; select pg_sleep(5)", kTimeOut, kTimeOut,
     kTimeOut, kTimeOut},
};

/// A database whose owner is no superuser, as it should be.
class RoleMatrix : public testing::Test {
 protected:
  static constexpr char kOwner[] = "grumble_test_owner";

  RoleMatrix() {
    test_.run(std::string("do $$ begin create role ") + kOwner +
              " login; exception when duplicate_object then null; end $$");
    test_.run("do $$ begin execute format('alter database %I owner to " +
              std::string(kOwner) + "', current_database()); end $$");
    // Roles are the server's: the migrations of this owner find them.
    const TestDatabase roles;
    store::Database owner(test_.url_as(kOwner));
    store::migrate(owner, "schema");
    store::record_ruleset(owner, "rules-1", "");
  }

  /// The SQLSTATE that the statement ends with; empty when it is let through.
  static std::string refusal(store::Database& database,
                             const std::string& sql) {
    try {
      Transaction(database).run("set transaction read write; " + sql);
      return "";
    } catch (const store::DatabaseError& error) {
      return error.sqlstate();
    }
  }

  TestDatabase test_{TestDatabase::Schema::none};
};

TEST_F(RoleMatrix, EveryRoleMayExactlyWhatItNeeds) {
  EXPECT_GE(std::size(kRows), 60u);
  const std::pair<std::string, const char * Row::*> roles[] = {
      {kOwner, &Row::owner},
      {"grumble_writer", &Row::writer},
      {"grumble_reader", &Row::reader},
      {"grumble_dashboard", &Row::dashboard}};
  for (const auto& [role, expected] : roles) {
    store::Database database(test_.url_as(role));
    for (const Row& row : kRows) {
      EXPECT_EQ(refusal(database, row.sql), row.*expected)
          << role << ": " << row.sql;
    }
  }
}

TEST_F(RoleMatrix, NoTableIsForgotten) {
  // Of every table of ours, partitions included: who may do what.
  EXPECT_EQ(test_.text(R"(
select string_agg(line, '; ') from (
  select concat_ws(' ', role, c.relname, right_) as line
  from pg_class c
  cross join unnest(array['grumble_writer', 'grumble_reader',
                          'grumble_dashboard']) role
  cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate',
                          'references', 'trigger']) right_
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and has_table_privilege(role, c.oid, right_) <> (
      role = 'grumble_writer'
      and (right_ = 'select' and (not c.relispartition
             or has_table_privilege(role, c.oid, right_))
           or right_ in ('insert', 'update', 'delete') and not c.relispartition
              and c.relname not in ('history', 'schema_migration', 'ruleset')
           or right_ in ('insert', 'update') and c.relname = 'ruleset'))
  order by 1) wrong)"),
            "");
  // And of every view and function of the report: everybody reads.
  EXPECT_EQ(test_.text(R"(
select string_agg(c.relname, ' ') from pg_class c
cross join unnest(array['grumble_writer', 'grumble_reader',
                        'grumble_dashboard']) role
where c.relnamespace = 'report'::regnamespace and c.relkind = 'v'
  and not has_table_privilege(role, c.oid, 'select'))"),
            "");
  EXPECT_EQ(test_.text("select string_agg(proname, ' ') from pg_proc"
                       " where pronamespace = 'report'::regnamespace"
                       " and provolatile = 'v'"),
            "")
      << "nothing in the report changes anything";
  EXPECT_EQ(test_.text(R"(
select string_agg(proname, ' ') from pg_proc
cross join unnest(array['grumble_reader', 'grumble_dashboard']) role
where pronamespace = 'public'::regnamespace and prosecdef
  and has_function_privilege(role, oid, 'execute'))"),
            "")
      << "the owner's rights are not lent to readers";
}

TEST_F(RoleMatrix, SettingsHold) {
  const std::pair<const char*, const char*> roles[] = {
      {"grumble_writer", "10min off"},
      {"grumble_reader", "1min on"},
      {"grumble_dashboard", "15s on"}};
  for (const auto& [role, expected] : roles) {
    store::Database database(test_.url_as(role));
    EXPECT_EQ(Transaction(database)
                  .run("select current_setting('statement_timeout') || ' ' ||"
                       " current_setting('default_transaction_read_only')")
                  .text(0, 0),
              expected);
  }
  EXPECT_EQ(test_.number("select count(*) from pg_roles"
                         " where rolname ~ '^grumble_(writer|reader|dash)'"
                         " and not (rolsuper or rolcreatedb or rolcreaterole"
                         "  or rolreplication or rolbypassrls or rolinherit)"),
            3);
  EXPECT_EQ(test_.number("select rolconnlimit from pg_roles"
                         " where rolname = 'grumble_dashboard'"),
            20);
}

}  // namespace
}  // namespace grumble::tests
