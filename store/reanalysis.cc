#include "store/reanalysis.h"

#include <stdexcept>
#include <vector>

#include "store/reanalysis_rows.h"
#include "store/statement.h"
#include "store/stored_posts.h"

namespace grumble::store {
namespace {

constexpr int kDueAtOnce = 1000;
constexpr int64_t kRollupsAtOnce = 20'000;

/// What the row of a re-analysis under way says. Locked: others that work on
/// the same wait.
struct Work {
  int64_t slot = 0;
  int64_t ruleset = 0;
  std::string created_at;  ///< may be infinite
  std::string post_id;
  std::string platform;
  bool walked = false;
};

std::optional<Work> lock_work(Transaction& transaction) {
  const Rows rows = transaction.run(
      "select slot, ruleset_id, at_time, at_id, at_platform, walked"
      " from reanalysis where state = 'reading' for update");
  if (rows.empty()) return std::nullopt;
  return Work{rows.integer(0, 0), rows.integer(0, 1), rows.text(0, 2),
              rows.text(0, 3),    rows.text(0, 4),    rows.flag(0, 5)};
}

std::vector<DatedKey> keys_of(const Rows& rows) {
  std::vector<DatedKey> keys;
  for (size_t i = 0; i < rows.size(); ++i) {
    keys.push_back({{rows.text(i, 0), rows.text(i, 1)}, rows.time(i, 2)});
  }
  return keys;
}

std::vector<DatedKey> next_stored(Transaction& transaction, const Work& work,
                                  int limit) {
  return keys_of(transaction.run(
      "select platform, post_id, created_at from post"
      " where created_at <= $1::timestamptz"
      "  and (created_at, post_id, platform) < ($1::timestamptz, $2, $3)"
      " order by created_at desc, post_id desc, platform desc limit $4",
      Params(work.created_at, work.post_id, work.platform, limit)));
}

/// Those of the first `limit` that are stored: see forget_lost().
std::vector<DatedKey> next_due(Transaction& transaction, int64_t limit) {
  return keys_of(transaction.run(
      "with due as materialized (select platform, post_id"
      " from reanalysis_due order by 1, 2 limit $1)"
      " select platform, post_id, k.created_at from due"
      " join post_key k using (platform, post_id) order by 1, 2",
      Params(limit)));
}

/// Keys that are not stored any more; how many it were.
size_t forget_lost(Transaction& transaction) {
  return transaction
      .run(
          "with due as materialized (select platform, post_id"
          " from reanalysis_due), stored as materialized ("
          " select platform, post_id from due"
          " join post_key k using (platform, post_id))"
          " delete from reanalysis_due d where not exists"
          " (select from stored s where s.platform = d.platform"
          "  and s.post_id = d.post_id)")
      .affected();
}

void note_read(Transaction& transaction, const std::vector<DatedKey>& keys) {
  const auto& [key, created_at] = keys.back();
  transaction.run(
      "update reanalysis set done = done + $1, at_time = $2, at_id = $3,"
      " at_platform = $4",
      Params(keys.size(), created_at, key.id, key.platform));
}

/// The first day of the shown roll-ups whose rows are gone, and that the slot
/// to come does not have.
std::optional<std::string> day_to_carry(Transaction& transaction) {
  const Rows rows = transaction.run(
      "select min(r.start) from history h cross join reanalysis w"
      " cross join cell c join rollup r on r.slot = h.slot"
      "  and r.grain = 'd' and r.cell_id = c.cell_id"
      " where c.polarity = '' and c.model = '*' and c.category = ''"
      "  and c.lang = '*' and r.start < date_trunc('day', h.rows_from, h.zone)"
      "  and r.start >= coalesce(w.carried, '-infinity')");
  return rows.text_or_null(0, 0);
}

void carry(Transaction& transaction, const Work& work, const std::string& day) {
  transaction.run(
      "update reanalysis"
      " set carried = carry_rollups($1::smallint, $2::timestamptz)",
      Params(work.slot, day));
}

}  // namespace

std::optional<Reanalysis> reanalysis(Database& database) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select a.state = 'clearing', r.version, a.started_at, a.posts, a.done,"
      " (select count(*) from reanalysis_due),"
      " nullif(a.at_time, 'infinity')"
      " from reanalysis a join ruleset r using (ruleset_id)");
  if (rows.empty()) return std::nullopt;
  Reanalysis result;
  result.clearing = rows.flag(0, 0);
  result.ruleset = rows.text(0, 1);
  result.started_at = rows.time(0, 2);
  result.posts = rows.integer(0, 3);
  result.done = rows.integer(0, 4);
  result.due = rows.integer(0, 5);
  result.reached = rows.time_or_null(0, 6);
  return result;
}

void begin_reanalysis(Database& database, const std::string& version) {
  const int64_t posts =
      Transaction(database).run("select count(*) from post_key").integer(0, 0);
  Transaction transaction(database);
  stop_history(transaction);
  if (!transaction.run("select from reanalysis").empty()) {
    throw std::logic_error("a re-analysis is under way");
  }
  transaction.run("delete from reanalysis_due");
  const Rows begun = transaction.run(
      "insert into reanalysis (state, slot, ruleset_id, posts)"
      " select 'reading', 1 - h.slot, r.ruleset_id, $2"
      " from history h, ruleset r where r.version = $1 returning slot",
      Params(version, posts));
  if (begun.empty()) {
    throw std::logic_error("rule set '" + version + "' is not recorded");
  }
  transaction.commit();
}

bool read_some(Database& database, const ReadText& read, int limit) {
  Transaction transaction(database);
  const History history = lock_history(transaction);
  const auto work = lock_work(transaction);
  if (!work) return false;
  bool more = true;
  if (!work->walked) {
    const auto keys = next_stored(transaction, *work, limit);
    read_into(transaction, history, work->slot, keys, read);
    if (keys.empty()) {
      transaction.run("update reanalysis set walked = true");
    } else {
      note_read(transaction, keys);
    }
  } else if (const auto day = day_to_carry(transaction)) {
    carry(transaction, *work, *day);
  } else {
    const auto keys = next_due(transaction, limit);
    read_into(transaction, history, work->slot, keys, read);
    more = !keys.empty() || forget_lost(transaction) > 0;
  }
  transaction.commit();
  return more;
}

bool show_reanalysis(Database& database, const ReadText& read, int64_t most) {
  Transaction transaction(database);
  stop_history(transaction);
  const History history = lock_history(transaction);
  const auto work = lock_work(transaction);
  if (!work) return true;
  const int64_t due =
      transaction.run("select count(*) from reanalysis_due").integer(0, 0);
  if (!work->walked || day_to_carry(transaction) || due > most) return false;
  forget_lost(transaction);
  for (;;) {
    const auto keys = next_due(transaction, kDueAtOnce);
    if (keys.empty()) break;
    read_into(transaction, history, work->slot, keys, read);
  }
  transaction.run("select show_analysis($1::smallint, $2::smallint, false)",
                  Params(work->slot, work->ruleset));
  transaction.run("update reanalysis set state = 'clearing', slot = $1",
                  Params(history.slot));
  transaction.commit();
  return true;
}

void abandon_reanalysis(Database& database) {
  Transaction transaction(database);
  stop_history(transaction);
  transaction.run("update reanalysis set state = 'clearing'");
  transaction.run("delete from reanalysis_due");
  transaction.commit();
}

bool clear_some(Database& database) {
  const auto slot_of = [](Transaction& transaction) {
    const Rows rows = transaction.run(
        "select slot from reanalysis where state = 'clearing' for update");
    return rows.empty() ? std::nullopt : rows.integer_or_null(0, 0);
  };
  {
    // Rows first: while there are any, changed posts are counted by them.
    Transaction transaction(database);
    const auto slot = slot_of(transaction);
    if (!slot) return false;
    const bool dropped =
        transaction
            .run("select drop_month_of_slot($1::smallint)", Params(*slot))
            .flag(0, 0);
    transaction.commit();
    if (dropped) return true;
  }
  Transaction transaction(database);
  const auto slot = slot_of(transaction);
  if (!slot) return false;
  transaction.run("delete from rollup_dirty where slot = $1", Params(*slot));
  const Rows gone = transaction.run(
      "delete from rollup where (slot, grain, cell_id, start) in"
      " (select slot, grain, cell_id, start from rollup where slot = $1"
      "  limit $2)",
      Params(*slot, kRollupsAtOnce));
  if (gone.affected() == 0) transaction.run("delete from reanalysis");
  transaction.commit();
  return gone.affected() > 0;
}

bool others_land(Database& database) {
  return Transaction(database)
      .run(
          "select exists (select from pg_locks,"
          "  hashtextextended('grumble history', 0) as k"
          " where locktype = 'advisory' and objsubid = 1"
          "  and classid::bigint = (k >> 32) & 4294967295"
          "  and objid::bigint = k & 4294967295"
          "  and database = (select oid from pg_database"
          "   where datname = current_database())"
          "  and pid <> pg_backend_pid())")
      .flag(0, 0);
}

}  // namespace grumble::store
