#include "store/page.h"

#include "domain/crash_point.h"
#include "store/columns.h"
#include "store/erasure.h"
#include "store/gzip.h"
#include "store/statement.h"
#include "store/walk_rows.h"

namespace grumble::store {
namespace {

constexpr const char* kPageColumns =
    "page_id, source, query, list, subject, gap_id, gap_version, body,"
    " received_at, site_clock, state";

StoredPage page_at(const Rows& rows, size_t i) {
  StoredPage page;
  page.id = rows.integer(i, 0);
  page.gap.source = rows.text(i, 1);
  page.gap.query = rows.text(i, 2);
  page.gap.list = rows.text(i, 3);
  page.gap.subject = rows.text(i, 4);
  page.gap.id = rows.integer(i, 5);
  page.gap.version = rows.integer(i, 6);
  page.body = gunzip(from_hex_bytes(rows.text(i, 7)));
  page.received_at = rows.time(i, 8);
  page.site_clock = rows.time_or_null(i, 9);
  page.state = rows.text(i, 10);
  return page;
}

void settle(Transaction& transaction, const std::string& receipt,
            int64_t actual) {
  transaction.run(
      "update ledger set state = 'settled', actual = $2, settled_at = now()"
      " where receipt = $1 and state in ('reserved', 'unknown')",
      Params(receipt, actual));
}

void close_breaker(Transaction& transaction, const std::string& receipt) {
  transaction.run(
      // An answer under way does not end a rest that was ordered meanwhile.
      "delete from breaker b using ledger l where l.receipt = $1"
      " and b.source = l.source and b.bucket = l.bucket"
      " and b.not_before <= clock_timestamp()",
      Params(receipt));
}

void shut_breaker(Transaction& transaction, const RefusedRequest& refused) {
  transaction.run(
      "insert into breaker as b (source, bucket, fingerprint, failures,"
      "  not_before, reason)"
      " values ($1, $2, $3, $4, case when $5::bigint > 0 then"
      "  clock_timestamp() + $5 * interval '1 ms' else '-infinity' end, $6)"
      " on conflict (source, bucket, fingerprint) do update set"
      "  failures = excluded.failures,"
      "  not_before = greatest(b.not_before, excluded.not_before),"
      "  reason = excluded.reason",
      Params(refused.gap.source, refused.bucket, refused.fingerprint,
             refused.failures, refused.rest.count(), refused.reason));
}

/// A page with posts that were taken back is not kept as it came.
void empty_if_erased(Transaction& transaction, int64_t page,
                     const Batch& batch) {
  Columns keys;
  for (const AnalysedPost& one : batch.posts) {
    keys.add(one.post.key.platform, one.post.key.id);
  }
  if (keys.empty()) return;
  transaction.run(
      "update raw_page set body = '', reason = 'erased'"
      " where page_id = $3 and exists (select from erased"
      "  join unnest($1::text[], $2::text[]) as i (platform, post_id)"
      "  using (platform, post_id))",
      keys.params(page));
}

}  // namespace

int64_t keep_page(Database& database, const Lease& lease, const RawPage& page) {
  const std::string body = hex_bytes(gzip(page.body));
  Transaction transaction(database);
  prove(transaction, lease);
  domain::crash_point("CP09");
  const domain::Gap& gap = page.gap;
  const Rows rows = transaction.run(
      "with kept as (insert into raw_page (receipt, gap_id, gap_version,"
      "  source, query, list, subject, body, received_at, site_clock)"
      " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
      " on conflict (receipt) do nothing returning page_id)"
      " select page_id from kept union all"
      " select page_id from raw_page where receipt = $1 limit 1",
      Params(page.receipt, gap.id, gap.version, gap.source, gap.query, gap.list,
             gap.subject, body, page.received_at, page.site_clock));
  const int64_t id = rows.integer(0, 0);
  settle(transaction, page.receipt, page.actual);
  close_breaker(transaction, page.receipt);
  domain::crash_point("CP10");
  transaction.commit();
  domain::crash_point("CP11");
  return id;
}

AppliedPage apply_page(Database& database, const Lease& lease, int64_t page,
                       const Batch& batch, const GapMove& move,
                       const std::vector<NewList>& lists) {
  Transaction transaction(database);
  prove(transaction, lease);
  domain::crash_point("CP14");
  AppliedPage applied;
  const Rows state = transaction.run(
      "update raw_page set state = 'applied' where page_id = $1"
      " and state <> 'applied' returning site_clock",
      Params(page));
  std::vector<int64_t> ids{move.gap.id};
  if (!state.empty()) {
    Batch own = batch;
    own.page = page;
    applied.landed = land_items(transaction, own);
    erase_gone(transaction, batch.gone);
    empty_if_erased(transaction, page, batch);
    domain::crash_point("CP16");
    // First, so that a round whose last gap closes is not over before them.
    const auto opened = open_lists(transaction, move.gap.source, move.gap.query,
                                   lists, state.time_or_null(0, 0));
    ids.insert(ids.end(), opened.begin(), opened.end());
    move_gap(transaction, move);
    domain::crash_point("CP17");
  }
  applied.gaps = gaps_with_ids(transaction, ids);
  transaction.commit();
  domain::crash_point("CP18");
  return applied;
}

void reject_page(Database& database, const Lease& lease, int64_t page,
                 const std::string& reason) {
  Transaction transaction(database);
  prove(transaction, lease);
  transaction.run(
      "update raw_page set state = 'rejected', reason = $2"
      " where page_id = $1 and state = 'landed'",
      Params(page, reason));
  transaction.commit();
}

std::vector<StoredPage> kept_pages(Database& database,
                                   const std::string& source) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      std::string("select ") + kPageColumns +
          " from raw_page where source = $1 and state = 'landed'"
          " order by page_id",
      Params(source));
  std::vector<StoredPage> pages;
  for (size_t i = 0; i < rows.size(); ++i) {
    StoredPage page = page_at(rows, i);
    // A gap that moved since must not be moved by this page.
    for (const domain::Gap& gap : gaps_with_ids(transaction, {page.gap.id})) {
      if (gap.version == page.gap.version) page.gap = gap;
    }
    pages.push_back(std::move(page));
  }
  return pages;
}

std::vector<StoredPage> pages_after(Database& database, int64_t after,
                                    int limit) {
  Transaction transaction(database);
  const Rows rows =
      transaction.run(std::string("select ") + kPageColumns +
                          " from raw_page where page_id > $1 and body <> ''"
                          " order by page_id limit $2",
                      Params(after, limit));
  std::vector<StoredPage> pages;
  for (size_t i = 0; i < rows.size(); ++i) pages.push_back(page_at(rows, i));
  return pages;
}

std::optional<StoredPage> page_with_id(Database& database, int64_t id) {
  auto pages = pages_after(database, id - 1, 1);
  if (pages.empty() || pages.front().id != id) return std::nullopt;
  return std::move(pages.front());
}

Landed replay_page(Database& database, const Batch& batch) {
  Transaction transaction(database);
  const Landed landed = land_items(transaction, batch);
  transaction.commit();
  return landed;
}

void refuse_request(Database& database, const Lease& lease,
                    const RefusedRequest& refused) {
  Transaction transaction(database);
  // What was spent is noted under any lease; the rest needs a good one.
  transaction.run(
      "update ledger set state = case when $2 then 'unknown' else 'settled' "
      "end,"
      " actual = case when $2 then null else 0 end,"
      " settled_at = case when $2 then null else now() end"
      " where receipt = $1"
      "  and (state = 'reserved' or state = 'unknown' and not $2)",
      Params(refused.receipt, refused.charged));
  if (refused.failures > 0 || refused.rest.count() > 0) {
    shut_breaker(transaction, refused);
  }
  if (refused.move || refused.ends_walk) {
    try {
      prove(transaction, lease);
    } catch (const LeaseLost&) {
      transaction.commit();
      throw;
    }
    if (refused.ends_walk) end_walk(transaction, refused.gap, refused.reason);
    if (refused.move) move_gap(transaction, *refused.move);
  }
  transaction.commit();
}

int64_t delete_old_pages(Database& database, std::chrono::seconds age) {
  Transaction transaction(database);
  const Rows gone = transaction.run(
      "delete from raw_page where page_id in (select page_id from raw_page"
      " where received_at < now() - $1::bigint * interval '1 s'"
      " and state <> 'landed' order by received_at limit 1000)",
      Params(age.count()));
  const Rows emptied = transaction.run(
      "update reject set raw = '', item_id = '' where reject_id in"
      " (select reject_id from reject where (raw <> '' or item_id <> '')"
      " and rejected_at < now() - $1::bigint * interval '1 s'"
      " order by rejected_at limit 1000)",
      Params(age.count()));
  domain::crash_point("CP22");
  transaction.run(
      "delete from gap where gap_id in (select gap_id from gap"
      " where state = 'closed'"
      " and closed_at < now() - $1::bigint * interval '1 s' limit 10000)",
      Params(age.count()));
  transaction.commit();
  return static_cast<int64_t>(gone.affected() + emptied.affected());
}

}  // namespace grumble::store
