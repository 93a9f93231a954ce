#include "store/walks.h"

#include <map>

#include "store/columns.h"
#include "store/refresh.h"
#include "store/statement.h"
#include "store/walk_rows.h"

namespace grumble::store {
namespace {

constexpr const char* kGapColumns =
    "g.gap_id, g.version, w.source, w.query, w.list, w.subject, g.items, g.lo,"
    " g.hi, g.token, g.asked_hi, g.seen, g.empty_pages, g.restarts, g.tries,"
    " g.not_before";

domain::Gap gap_at(const Rows& rows, size_t i) {
  domain::Gap gap;
  gap.id = rows.integer(i, 0);
  gap.version = rows.integer(i, 1);
  gap.source = rows.text(i, 2);
  gap.query = rows.text(i, 3);
  gap.list = rows.text(i, 4);
  gap.subject = rows.text(i, 5);
  gap.items = rows.text(i, 6);
  gap.lo = rows.integer(i, 7);
  gap.hi = rows.integer(i, 8);
  gap.token = rows.text(i, 9);
  gap.asked_hi = rows.integer(i, 10);
  gap.seen = rows.text(i, 11);
  gap.empty_pages = static_cast<int>(rows.integer(i, 12));
  gap.restarts = static_cast<int>(rows.integer(i, 13));
  gap.tries = static_cast<int>(rows.integer(i, 14));
  gap.not_before = rows.time_or_null(i, 15);
  return gap;
}

std::vector<domain::Gap> gaps_in(const Rows& rows) {
  std::vector<domain::Gap> gaps;
  for (size_t i = 0; i < rows.size(); ++i) gaps.push_back(gap_at(rows, i));
  return gaps;
}

int64_t add_gap(Transaction& transaction, int64_t walk, const Bounds& bounds,
                const std::string& items = "") {
  return transaction
      .run(
          "insert into gap (walk_id, lo, hi, asked_hi, items)"
          " values ($1, $2, $3, $3, $4) returning gap_id",
          Params(walk, bounds.lo, bounds.hi, items))
      .integer(0, 0);
}

void add_unreachable(Transaction& transaction, int64_t walk,
                     const Bounds& bounds) {
  transaction.run(
      "insert into gap (walk_id, lo, hi, asked_hi, state, reason)"
      " values ($1, $2, $3, $3, 'unreachable',"
      "  'older than the site searches')",
      Params(walk, bounds.lo, bounds.hi));
}

void note_round_end(Transaction& transaction, const std::string& source,
                    const std::string& query) {
  transaction.run(
      "update round set completed_at = now()"
      " where source = $1 and query = $2 and not exists"
      " (select from gap g join walk w using (walk_id)"
      "  where w.source = $1 and w.query = $2 and g.state = 'open')",
      Params(source, query));
}

/// What is known of a list that was met.
struct Walk {
  int64_t id = 0;
  int64_t top = 0;
  int64_t mark = 0;
  bool ended = false;
  bool due = false;   ///< to be read whole, or tried again
  bool open = false;  ///< it has a gap
};

std::map<std::string, Walk> walks_of(Transaction& transaction,
                                     const std::string& source,
                                     const std::vector<NewList>& lists) {
  Columns keys;
  for (const NewList& list : lists) keys.add(list.list, list.subject);
  const Rows rows = transaction.run(
      "select w.list || ' ' || w.subject, w.walk_id, w.top, w.mark,"
      " w.ended is not null, w.due_at <= now(), exists (select from gap g"
      "  where g.walk_id = w.walk_id and g.state = 'open')"
      " from unnest($1::text[], $2::text[]) as k (list, subject)"
      " join walk w on w.source = $3 and w.list = k.list"
      "  and w.subject = k.subject",
      keys.params(source));
  std::map<std::string, Walk> walks;
  for (size_t i = 0; i < rows.size(); ++i) {
    walks[rows.text(i, 0)] = {rows.integer(i, 1), rows.integer(i, 2),
                              rows.integer(i, 3), rows.flag(i, 4),
                              rows.flag(i, 5),    rows.flag(i, 6)};
  }
  return walks;
}

/// Zero when there is nothing new in the list.
int64_t open_list(Transaction& transaction, const std::string& source,
                  const std::string& query, const NewList& list,
                  std::optional<domain::Timestamp> seen, Walk& walk) {
  const bool by_id = !list.items.empty();
  const bool known = walk.id != 0;
  if (known && !by_id) {
    if (walk.open || walk.mark == list.mark) return 0;
    if (walk.ended && !walk.due) return 0;
  }
  // Requests by id are numbered; other lists go by milliseconds. Now and then
  // a list is read whole: what is new may stand far below.
  const Rows rows = transaction.run(
      "insert into walk as w (source, list, subject, query, top, mark, due_at)"
      " values ($1, $2, $3, $4, case when $6 then 1 else"
      "  (extract(epoch from least(now(), $7::timestamptz)) * 1000)::bigint"
      "  end, $5,"
      "  now() + interval '7 days')"
      " on conflict (source, list, subject) do update set ended = null,"
      "  top = case when $6 then w.top + 1 else excluded.top end,"
      "  mark = excluded.mark,"
      "  due_at = case when w.due_at <= now() then excluded.due_at"
      "   else w.due_at end"
      " returning walk_id, top",
      Params(source, list.list, list.subject, query, list.mark, by_id, seen));
  const int64_t top = rows.integer(0, 1);
  Bounds bounds{0, top + 1};
  if (by_id) {
    bounds = {top - 1, top + 1};
  } else if (known && !walk.due && list.list == "threads") {
    bounds.lo = walk.top;
  }
  walk = {rows.integer(0, 0), top, list.mark, false, false, true};
  return add_gap(transaction, walk.id, bounds, list.items);
}

}  // namespace

std::vector<int64_t> open_lists(Transaction& transaction,
                                const std::string& source,
                                const std::string& query,
                                const std::vector<NewList>& lists,
                                std::optional<domain::Timestamp> seen) {
  if (lists.empty()) return {};
  auto walks = walks_of(transaction, source, lists);
  std::vector<int64_t> ids;
  for (const NewList& list : lists) {
    const int64_t id = open_list(transaction, source, query, list, seen,
                                 walks[list.list + ' ' + list.subject]);
    if (id != 0) ids.push_back(id);
  }
  return ids;
}

bool move_gap(Transaction& transaction, const GapMove& move) {
  const domain::Gap& gap = move.gap;
  const Rows rows = transaction.run(
      "update gap set lo = $3, hi = $4, token = $5, asked_hi = $6, seen = $7,"
      " empty_pages = $8, restarts = $9, tries = $10, not_before = $11,"
      " state = case when $12 then 'closed' else 'open' end,"
      " closed_at = case when $12 then now() end, reason = $13,"
      " version = version + 1"
      " where gap_id = $1 and version = $2 and state = 'open'",
      Params(gap.id, gap.version, gap.lo, gap.hi, gap.token, gap.asked_hi,
             gap.seen, gap.empty_pages, gap.restarts, gap.tries, gap.not_before,
             move.closed, move.reason));
  if (rows.affected() == 0) return false;
  if (move.closed) note_round_end(transaction, gap.source, gap.query);
  return true;
}

void end_walk(Transaction& transaction, const domain::Gap& gap,
              const std::string& reason) {
  transaction.run(
      "update walk set ended = $4, due_at = now() + interval '7 days'"
      " where source = $1 and list = $2 and subject = $3",
      Params(gap.source, gap.list, gap.subject, reason));
}

std::vector<domain::Gap> gaps_with_ids(Transaction& transaction,
                                       const std::vector<int64_t>& ids) {
  Columns keys;
  for (const int64_t id : ids) keys.add(id);
  if (keys.empty()) return {};
  return gaps_in(transaction.run(
      std::string("select ") + kGapColumns +
          " from unnest($1::bigint[]) as k (id) join gap g on g.gap_id = k.id"
          " join walk w using (walk_id) where g.state = 'open'"
          " order by g.gap_id",
      keys.params()));
}

RoundStart next_round(Database& database, const std::string& source,
                      const std::string& query, int limit) {
  Transaction transaction(database);
  RoundStart start;
  const Rows walk = transaction.run(
      "select w.top, exists (select from gap g where g.walk_id = w.walk_id"
      " and g.state = 'open') from walk w where source = $1 and subject = $2"
      " and list in ('posts', 'search', 'uploads')",
      Params(source, query));
  if (!walk.empty()) {
    start.top = walk.integer(0, 0);
    start.unfinished = walk.flag(0, 1);
  }
  start.now = transaction.run("select now()").time(0, 0);
  const Rows known = transaction.run(
      // A video that shows no number of comments has them switched off.
      "select p.post_id from post p where p.kind = 'video'"
      " and p.replies is not null and $1 || ' ' || $2 = any (p.queries)"
      " order by p.created_at desc, p.post_id limit $3",
      Params(source, query, limit));
  for (size_t i = 0; i < known.size(); ++i) {
    start.known.push_back(known.text(i, 0));
  }
  return start;
}

void open_round(Database& database, const Lease& lease, const NewRound& round) {
  Transaction transaction(database);
  prove(transaction, lease);
  transaction.run(
      "insert into round (source, query, opened_at) values ($1, $2, now())"
      " on conflict (source, query) do update"
      " set opened_at = excluded.opened_at",
      Params(round.source, round.query));
  const Rows walk = transaction.run(
      "insert into walk (source, list, subject, query, top)"
      " values ($1, $2, $3, $3, $4)"
      " on conflict (source, list, subject) do update"
      " set top = excluded.top where walk.top < excluded.top"
      " returning walk_id",
      Params(round.source, round.list, round.query, round.top));
  // None: nothing is new, or an answer was lost and this was done before.
  if (!walk.empty()) {
    const int64_t id = walk.integer(0, 0);
    if (round.unreachable) add_unreachable(transaction, id, *round.unreachable);
    open_lists(transaction, round.source, round.query, round.lists, {});
    if (round.open) add_gap(transaction, id, *round.open);
    note_refresh(transaction, round.source, round.refreshed);
  }
  note_round_end(transaction, round.source, round.query);
  transaction.commit();
}

int64_t open_backfill(Database& database, const std::string& source,
                      const std::string& list, const std::string& query,
                      const Bounds& bounds, int64_t top) {
  Transaction transaction(database);
  const Rows walk = transaction.run(
      "insert into walk as w (source, list, subject, query, top)"
      " values ($1, $2, $3, $3, $4)"
      " on conflict (source, list, subject) do update set top = w.top"
      " returning walk_id, top",
      Params(source, list, query, top));
  const int64_t hi = std::min(bounds.hi, walk.integer(0, 1) + 1);
  if (bounds.lo + 1 >= hi) return 0;
  const Rows opened = transaction.run(
      "insert into gap (walk_id, lo, hi, asked_hi, reason)"
      " select $1, lower(r) - 1, upper(r), upper(r), 'backfill'"
      " from unnest(int8multirange(int8range($2::bigint + 1, $3))"
      "  - (select coalesce(range_agg(int8range(lo + 1,"
      "       greatest(hi, lo + 1))), '{}') from gap"
      "     where walk_id = $1 and state = 'open')) as r",
      Params(walk.integer(0, 0), bounds.lo, hi));
  transaction.commit();
  return static_cast<int64_t>(opened.affected());
}

std::vector<domain::Gap> open_gaps(Database& database,
                                   const std::string& source,
                                   const std::string& query, int limit) {
  Transaction transaction(database);
  return gaps_in(transaction.run(
      std::string("select * from (select ") + kGapColumns +
          ", row_number() over (order by gap_id) as oldest,"
          " row_number() over (order by gap_id desc) as newest"
          " from gap g join walk w using (walk_id)"
          " where w.source = $1 and w.query = $2 and g.state = 'open') as g"
          " where oldest <= $3 / 2 or newest <= $3 / 2 order by gap_id",
      Params(source, query, limit)));
}

std::optional<domain::Gap> clip_gap(Database& database, const Lease& lease,
                                    const domain::Gap& rest,
                                    const Bounds& lost) {
  Transaction transaction(database);
  prove(transaction, lease);
  if (!move_gap(transaction, {rest, rest.hi - 1 <= rest.lo, ""})) return {};
  transaction.run(
      "insert into gap (walk_id, lo, hi, asked_hi, state, reason)"
      " select walk_id, $2, $3, $3, 'unreachable',"
      "  'older than the site searches' from gap where gap_id = $1",
      Params(rest.id, lost.lo, lost.hi));
  const auto left = gaps_with_ids(transaction, {rest.id});
  transaction.commit();
  if (left.empty()) return std::nullopt;
  return left.front();
}

std::vector<GapRow> gaps(Database& database) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select source, query, list, subject, gap_id, state, lo, hi, since,"
      " until, reason, tries, not_before, opened_at from report.gap"
      " order by gap_id");
  std::vector<GapRow> result;
  for (size_t i = 0; i < rows.size(); ++i) {
    result.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2),
                      rows.text(i, 3), rows.integer(i, 4), rows.text(i, 5),
                      rows.integer(i, 6), rows.integer(i, 7),
                      rows.time_or_null(i, 8), rows.time_or_null(i, 9),
                      rows.text(i, 10), rows.integer(i, 11),
                      rows.time_or_null(i, 12), rows.time(i, 13)});
  }
  return result;
}

}  // namespace grumble::store
