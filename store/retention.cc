#include "store/retention.h"

#include "domain/crash_point.h"
#include "store/analysis_rows.h"
#include "store/copies.h"
#include "store/counts.h"
#include "store/erasure.h"
#include "store/history.h"
#include "store/page.h"
#include "store/stored_posts.h"

namespace grumble::store {
namespace {

using std::chrono::seconds;

/// Posts at a time: locks are held for a moment only.
constexpr int kAtOnce = 1000;

Rows run(Database& database, std::string_view sql, const Params& params) {
  Transaction transaction(database);
  Rows rows = transaction.run(sql, params);
  transaction.commit();
  return rows;
}

domain::Timestamp ago(Database& database, seconds span) {
  return run(database, "select now()", Params()).time(0, 0) - span;
}

domain::Timestamp month_of(Database& database, domain::Timestamp time) {
  return run(database, "select date_trunc('month', $1::timestamptz, 'UTC')",
             Params(time))
      .time(0, 0);
}

/// Deletes these posts and what was read from them; how many there were.
int64_t delete_rows(Transaction& transaction, const Columns& keys) {
  const Rows gone = transaction.run(
      "delete from post_key k using unnest($1::text[], $2::text[])"
      "  as i (platform, post_id)"
      " where k.platform = i.platform and k.post_id = i.post_id"
      " returning k.platform, k.post_id, k.created_at",
      keys.params());
  Columns stored;
  for (size_t i = 0; i < gone.size(); ++i) {
    stored.add(gone.text(i, 0), gone.text(i, 1), gone.time(i, 2));
  }
  if (stored.empty()) return 0;
  transaction.run(
      "delete from post p using unnest($1::text[], $2::text[],"
      "  $3::timestamptz[]) as i (platform, post_id, created_at)"
      " where p.platform = i.platform and p.post_id = i.post_id"
      "  and p.created_at = i.created_at",
      stored.params());
  drop_analyses(transaction, stored, std::nullopt);
  note_prints_due(transaction, stored);
  return static_cast<int64_t>(gone.size());
}

/// Posts of a site of before a time, oldest first. Whoever lands waits, and
/// none of before lands again.
int64_t delete_posts_before(Database& database, const std::string& platform,
                            domain::Timestamp before,
                            const std::function<bool()>& go_on) {
  {
    Transaction transaction(database);
    transaction.run(
        "select pg_advisory_xact_lock(hashtextextended('grumble history', 0))");
    transaction.run(
        "insert into kept_from as k (platform, rows_from) values ($1, $2)"
        " on conflict (platform) do update set"
        "  rows_from = greatest(k.rows_from, excluded.rows_from)",
        Params(platform, before));
    transaction.commit();
  }
  int64_t deleted = 0;
  std::optional<domain::Timestamp> from;
  while (go_on()) {
    const Rows rows =
        run(database,
            "select post_id, created_at from post where platform = $1"
            " and created_at < $2"
            " and created_at >= coalesce($3::timestamptz, '-infinity')"
            " order by created_at, post_id limit $4",
            Params(platform, before, from, kAtOnce));
    if (rows.empty()) break;
    std::vector<domain::PostKey> keys;
    for (size_t i = 0; i < rows.size(); ++i) {
      keys.push_back({platform, rows.text(i, 0)});
      from = rows.time(i, 1);
    }
    deleted += delete_posts(database, keys);
    domain::crash_point("CP22");
  }
  return deleted;
}

int64_t count(Database& database, std::string_view sql, const Params& params) {
  return run(database, sql, params).integer(0, 0);
}

}  // namespace

std::vector<PastTerm> past_terms(Database& database,
                                 const RetentionPolicy& policy) {
  std::vector<PastTerm> past;
  if (policy.posts) {
    const auto before = month_of(database, ago(database, *policy.posts));
    past.push_back(
        {"months", "", before,
         count(database, "select count(*) from post where created_at < $1",
               Params(before))});
  }
  for (const auto& [source, term] : policy.posts_of) {
    const auto before = ago(database, term);
    past.push_back({"posts", source, before,
                    count(database,
                          "select count(*) from post where platform = $1"
                          " and created_at < $2",
                          Params(source, before))});
  }
  for (const auto& [source, term] : policy.texts_of) {
    const auto before = ago(database, term);
    past.push_back({"texts", source, before,
                    count(database,
                          "select count(*) from post where platform = $1"
                          " and greatest(observed_at, first_seen_at) < $2"
                          " and (title <> '' or text <> '')",
                          Params(source, before))});
  }
  const auto before = ago(database, policy.answers);
  past.push_back({"answers", "", before,
                  count(database,
                        "select count(*) from raw_page where received_at < $1"
                        " and state <> 'landed'",
                        Params(before))});
  return past;
}

std::vector<PastTerm> enforce_retention(Database& database,
                                        const RetentionPolicy& policy,
                                        const std::function<bool()>& go_on) {
  std::vector<PastTerm> gone;
  if (policy.posts && go_on()) {
    const Retained kept =
        retain(database, month_of(database, ago(database, *policy.posts)));
    gone.push_back({"months", "", kept.from, kept.posts});
  }
  for (const auto& [source, term] : policy.posts_of) {
    if (!go_on()) break;
    const auto before = ago(database, term);
    gone.push_back({"posts", source, before,
                    delete_posts_before(database, source, before, go_on)});
  }
  for (const auto& [source, term] : policy.texts_of) {
    PastTerm texts{"texts", source, ago(database, term), 0};
    while (go_on()) {
      const int64_t cleared = clear_expired(database, source, term);
      if (cleared == 0) break;
      texts.items += cleared;
    }
    gone.push_back(texts);
  }
  PastTerm answers{"answers", "", ago(database, policy.answers), 0};
  while (go_on()) {
    const int64_t deleted = delete_old_pages(database, policy.answers);
    if (deleted == 0) break;
    answers.items += deleted;
  }
  gone.push_back(answers);
  return gone;
}

int64_t delete_posts(Database& database,
                     const std::vector<domain::PostKey>& keys) {
  Columns wanted;
  for (const domain::PostKey& key : keys) wanted.add(key.platform, key.id);
  if (wanted.empty()) return 0;
  Transaction transaction(database);
  const History history = lock_history(transaction);
  lock_posts(transaction, wanted);
  int64_t deleted = 0;
  Counts counts(transaction, history);
  counts.anew(wanted, [&] { deleted = delete_rows(transaction, wanted); });
  counts.write();
  transaction.commit();
  return deleted;
}

}  // namespace grumble::store
