#include "store/erasure.h"

#include <map>
#include <string_view>
#include <unordered_set>

#include "store/author_naming.h"
#include "store/columns.h"
#include "store/copies.h"
#include "store/counts.h"
#include "store/gzip.h"
#include "store/statement.h"
#include "store/stored_posts.h"

namespace grumble::store {
namespace {

constexpr std::string_view kDeleted = "deleted";

/// An analysis digest of no post: whatever lands next is read anew.
constexpr std::string_view kEmpty = R"sql(
update post p set author_id = '', title = '', text = '', conversation_id = '',
  parents = '{}', likes = null, reposts = null, replies = null, quotes = null,
  views = null, bookmarks = null, analysis_digest = 0
from unnest($1::text[], $2::text[]) as i (platform, post_id)
join post_key k using (platform, post_id)
where p.platform = k.platform and p.post_id = k.post_id
  and p.created_at = k.created_at and (p.title <> '' or p.text <> '')
  and greatest(p.observed_at, p.first_seen_at)
      < coalesce($3, 'infinity'::timestamptz)
returning p.platform, p.post_id, p.created_at
)sql";

constexpr std::string_view kForgetPlaces = R"sql(
with k as materialized (
  select k.platform, k.post_id, k.created_at, s.slot
  from unnest($1::text[], $2::text[]) as i (platform, post_id)
  join post_key k using (platform, post_id)
  cross join unnest('{0,1}'::smallint[]) as s (slot)
)
update finding f set begin_byte = 0, end_byte = 0
from k
where f.platform = k.platform and f.post_id = k.post_id
  and f.created_at = k.created_at and f.slot = k.slot
)sql";

constexpr std::string_view kForgetValues = R"sql(
with k as materialized (
  select k.platform, k.post_id, k.created_at, s.slot
  from unnest($1::text[], $2::text[]) as i (platform, post_id)
  join post_key k using (platform, post_id)
  cross join unnest('{0,1}'::smallint[]) as s (slot)
)
delete from value v
using k
where v.platform = k.platform and v.post_id = k.post_id
  and v.created_at = k.created_at and v.slot = k.slot
)sql";

constexpr std::string_view kForgetAuthors = R"sql(
with gone as materialized (
  select distinct p.platform, p.author_id
  from unnest($1::text[], $2::text[]) as i (platform, post_id)
  join post_key k using (platform, post_id)
  join post p using (platform, post_id, created_at)
)
delete from author a using gone
where a.platform = gone.platform and a.author_id = gone.author_id
)sql";

Columns columns_of(const std::vector<domain::PostKey>& keys) {
  Columns columns;
  for (const domain::PostKey& key : keys) columns.add(key.platform, key.id);
  return columns;
}

/// Empties the rows of the posts that were last seen before `before`.
int64_t empty_rows(Transaction& transaction, const Columns& keys,
                   std::optional<domain::Timestamp> before) {
  const Rows rows = transaction.run(kEmpty, keys.params(before));
  if (rows.empty()) return 0;
  Columns emptied;
  Columns prints;
  for (size_t i = 0; i < rows.size(); ++i) {
    emptied.add(rows.text(i, 0), rows.text(i, 1));
    prints.add(rows.text(i, 0), rows.text(i, 1), rows.time(i, 2));
  }
  note_prints_due(transaction, prints);
  transaction.run(kForgetPlaces, emptied.params());
  transaction.run(kForgetValues, emptied.params());
  return static_cast<int64_t>(rows.size());
}

/// The same, and counts them anew.
int64_t empty_posts(Transaction& transaction, const Columns& keys,
                    std::optional<domain::Timestamp> before) {
  const History history = lock_history(transaction);
  lock_posts(transaction, keys);
  Counts counts(transaction, history);
  int64_t emptied = 0;
  counts.anew(keys, [&] { emptied = empty_rows(transaction, keys, before); });
  if (emptied > 0) counts.write();
  return emptied;
}

/// Whether the JSON holds one of the ids as a string.
bool mentions_any(std::string_view json,
                  const std::unordered_set<std::string>& ids) {
  size_t open = json.find('"');
  while (open != json.npos) {
    const size_t close = json.find('"', open + 1);
    if (close == json.npos) return false;
    if (ids.contains(std::string(json.substr(open + 1, close - open - 1)))) {
      return true;
    }
    open = close;
  }
  return false;
}

/// Raw pages with one of the ids, as an array.
std::pair<ArrayText, int64_t> pages_with(
    Transaction& transaction, const std::unordered_set<std::string>& ids) {
  constexpr int kAtOnce = 20;
  ArrayText found;
  int64_t pages = 0;
  int64_t after = 0;
  for (;;) {
    const Rows rows = transaction.run(
        "select page_id, body from raw_page where page_id > $1"
        " and state <> 'landed' and body <> '' order by page_id limit $2",
        Params(after, kAtOnce));
    for (size_t i = 0; i < rows.size(); ++i) {
      after = rows.integer(i, 0);
      if (mentions_any(gunzip(from_hex_bytes(rows.text(i, 1))), ids)) {
        found.add(after);
        ++pages;
      }
    }
    if (rows.size() < kAtOnce) break;
  }
  return {std::move(found), pages};
}

/// The keys, and those of all other versions of these posts.
Columns with_versions(Transaction& transaction,
                      const std::vector<domain::PostKey>& keys) {
  Columns all = columns_of(keys);
  const Rows rows = transaction.run(
      "select distinct e.platform, e.post_id"
      " from unnest($1::text[], $2::text[]) as i (platform, post_id)"
      " join post_edit o using (platform, post_id)"
      " join post_edit e on e.platform = o.platform"
      "  and e.first_id = o.first_id and e.post_id <> o.post_id",
      all.params());
  for (size_t i = 0; i < rows.size(); ++i)
    all.add(rows.text(i, 0), rows.text(i, 1));
  return all;
}

int64_t erase_in(Transaction& transaction,
                 const std::vector<domain::PostKey>& keys,
                 const std::string& reason) {
  if (keys.empty()) return 0;
  const Columns columns = with_versions(transaction, keys);
  transaction.run(
      "insert into erased (platform, post_id, reason, raw_due)"
      " select distinct platform, post_id, $3, true"
      " from unnest($1::text[], $2::text[]) as i (platform, post_id)"
      " order by 1, 2 on conflict do nothing",
      columns.params(reason));
  if (reason != kDeleted) transaction.run(kForgetAuthors, columns.params());
  const int64_t posts = empty_posts(transaction, columns, std::nullopt);
  transaction.run(
      "delete from reject r using unnest($1::text[], $2::text[])"
      " as i (platform, post_id) where r.item_id = i.post_id",
      columns.params());
  return posts;
}

}  // namespace

int64_t erase_posts(Database& database,
                    const std::vector<domain::PostKey>& keys,
                    const std::string& reason) {
  Transaction transaction(database);
  land_alone(transaction);
  const int64_t posts = erase_in(transaction, keys, reason);
  transaction.commit();
  return posts;
}

int64_t erase_authors(Database& database, const std::string& platform,
                      const std::vector<std::string>& authors,
                      const std::string& reason) {
  Transaction transaction(database);
  land_alone(transaction);
  const auto naming = author_naming(transaction);
  std::vector<std::string> stored;
  for (const std::string& id : authors) {
    stored.push_back(naming ? naming->stored_id(platform, id) : id);
  }
  const Params params(platform, stored);
  const Rows rows = transaction.run(
      "select post_id from post where platform = $1 and author_id = any ($2)"
      " order by 1",
      params);
  std::vector<domain::PostKey> keys;
  for (size_t i = 0; i < rows.size(); ++i) {
    keys.push_back({platform, rows.text(i, 0)});
  }
  const int64_t posts = erase_in(transaction, keys, reason);
  transaction.run(
      "delete from author where platform = $1 and author_id = any ($2)",
      params);
  transaction.commit();
  return posts;
}

int64_t erase_gone(Transaction& transaction,
                   const std::vector<domain::Gone>& gone) {
  std::map<std::string, std::vector<domain::PostKey>> by_reason;
  for (const domain::Gone& one : gone) by_reason[one.reason].push_back(one.key);
  int64_t posts = 0;
  for (const auto& [reason, keys] : by_reason) {
    posts += erase_in(transaction, keys, reason);
  }
  return posts;
}

int64_t scrub_pages(Database& database) {
  Transaction transaction(database);
  const Rows due = transaction.run(
      "select platform, post_id from erased where raw_due"
      " order by 1, 2 for update");
  if (due.empty()) return 0;
  std::unordered_set<std::string> ids;
  for (size_t i = 0; i < due.size(); ++i) ids.insert(due.text(i, 1));
  const auto [found, pages] = pages_with(transaction, ids);
  if (pages > 0) {
    transaction.run(
        "update raw_page set body = '', reason = 'erased'"
        " where page_id = any ($1::bigint[])",
        Params(found.text()));
  }
  Columns keys;
  for (size_t i = 0; i < due.size(); ++i) {
    keys.add(due.text(i, 0), due.text(i, 1));
  }
  transaction.run(
      "update erased e set raw_due = false"
      " from unnest($1::text[], $2::text[]) as i (platform, post_id)"
      " where e.platform = i.platform and e.post_id = i.post_id",
      keys.params());
  transaction.commit();
  return pages;
}

int64_t clear_expired(Database& database, const std::string& platform,
                      std::chrono::seconds age) {
  Transaction transaction(database);
  const Rows now = transaction.run("select now()");
  const domain::Timestamp before = now.time(0, 0) - age;
  const Rows rows = transaction.run(
      "select post_id from post where platform = $1"
      " and greatest(observed_at, first_seen_at) < $2"
      " and (title <> '' or text <> '')"
      " order by greatest(observed_at, first_seen_at) limit 1000",
      Params(platform, before));
  std::vector<domain::PostKey> keys;
  for (size_t i = 0; i < rows.size(); ++i) {
    keys.push_back({platform, rows.text(i, 0)});
  }
  if (keys.empty()) return 0;
  const int64_t cleared = empty_posts(transaction, columns_of(keys), before);
  transaction.run("delete from author where platform = $1 and observed_at < $2",
                  Params(platform, before));
  transaction.commit();
  return cleared;
}

std::vector<Duty> duties(Database& database) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select platform, texts, oldest, erased, last_erased_at, raw_due_since"
      " from report.duty order by platform");
  std::vector<Duty> all;
  for (size_t i = 0; i < rows.size(); ++i) {
    all.push_back({rows.text(i, 0), rows.integer(i, 1), rows.time_or_null(i, 2),
                   rows.integer(i, 3), rows.time_or_null(i, 4),
                   rows.time_or_null(i, 5)});
  }
  return all;
}

}  // namespace grumble::store
