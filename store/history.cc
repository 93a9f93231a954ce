#include "store/history.h"

#include <algorithm>
#include <set>
#include <thread>

#include "store/statement.h"

namespace grumble::store {
namespace {

constexpr size_t kMostFaults = 1000;

void take(const Rows& rows, std::vector<RollupFault>& faults) {
  for (size_t i = 0; i < rows.size() && faults.size() < kMostFaults; ++i) {
    faults.push_back({rows.text(i, 0).at(0), rows.time(i, 1),
                      rows.integer_or_null(i, 2), rows.integer_or_null(i, 3)});
  }
}

/// From when on rows are kept now.
domain::Timestamp keep_rows_from(Database& database, domain::Timestamp month) {
  constexpr const char* kInUse = "55006";
  Transaction transaction(database);
  const auto from =
      transaction.run("select keep_rows_from($1)", Params(month)).time(0, 0);
  if (!transaction.run("select from reanalysis where state = 'reading'")
           .empty()) {
    throw DatabaseError(
        "rules are being applied to the months that would go: finish 'grumble "
        "rules apply' first, or abandon it",
        kInUse);
  }
  transaction.commit();
  return from;
}

}  // namespace

Verification verify_rollups(Database& database) {
  Transaction transaction(database);
  transaction.run("set transaction isolation level repeatable read");
  Verification result;
  const Rows counts = transaction.run(
      "select (select count(*) from post_key), (select count(*) from rollup)");
  result.posts = counts.integer(0, 0);
  result.rollups = counts.integer(0, 1);
  // Where rows or roll-ups are, month by month: memory stays flat. Of the slot
  // that is shown, and of one that a re-analysis fills.
  const std::string zone =
      transaction.run("select zone from history").text(0, 0);
  const Rows months = transaction.run(
      "with m as ("
      "  select distinct date_trunc('month', k.created_at, $1) as start"
      "  from post_key k"
      "  union select distinct date_trunc('month', r.start, $1)"
      "  from rollup r where r.grain <> 'e')"
      " select s.slot, m.start,"
      " (m.start at time zone $1 + interval '1 month') at time zone $1"
      " from (select slot from history union all"
      "  select slot from reanalysis where state = 'reading') s, m"
      " where m.start >= (select rows_from from history)"
      " order by m.start, s.slot",
      Params(zone));
  std::set<std::string> starts;
  for (size_t i = 0; i < months.size(); ++i) {
    starts.insert(months.text(i, 1));
    take(transaction.run("select * from rollup_faults($1::smallint, $2, $3)"
                         " order by 1, 2 limit 1000",
                         Params(months.integer(i, 0), months.text(i, 1),
                                months.text(i, 2))),
         result.faults);
  }
  result.months = static_cast<int64_t>(starts.size());
  take(transaction.run(
           "select f.* from (select slot from history union all"
           "  select slot from reanalysis where state = 'reading') s,"
           " rollup_sum_faults(s.slot) f order by 1, 2 limit 1000"),
       result.faults);
  return result;
}

int64_t tend_history(Database& database) {
  for (bool more = true; more;) {
    Transaction transaction(database);
    transaction.run("select tend_history()");
    more = transaction.run("select weeks_from > '-infinity' from history")
               .flag(0, 0);
    transaction.commit();
  }
  Transaction transaction(database);
  const int64_t repaired =
      transaction.run("select repair_sketches()").integer(0, 0);
  transaction.commit();
  return repaired;
}

Retained retain(Database& database, domain::Timestamp month) {
  constexpr std::string_view kLockTimeout = "55P03";
  constexpr int kMostTries = 60;
  constexpr int64_t kKeys = 20'000;
  const auto run = [&](std::string_view sql, const Params& params) {
    Transaction transaction(database);
    Rows rows = transaction.run(sql, params);
    transaction.commit();
    return rows;
  };
  Retained result;
  result.from = keep_rows_from(database, month);
  for (int tries = 0;;) {
    try {
      if (run("select drop_oldest_month()", Params()).null(0, 0)) break;
      ++result.months;
      tries = 0;
    } catch (const DatabaseError& error) {
      if (error.sqlstate() != kLockTimeout || ++tries == kMostTries) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  }
  while (const int64_t dropped =
             run("select drop_old_keys($1)", Params(kKeys)).integer(0, 0)) {
    result.posts += dropped;
  }
  return result;
}

}  // namespace grumble::store
