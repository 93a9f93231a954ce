#include "store/landing.h"

#include <algorithm>
#include <future>
#include <stdexcept>
#include <utility>

#include "store/analysis_rows.h"
#include "store/collection_rows.h"
#include "store/columns.h"
#include "store/copies.h"
#include "store/counts.h"
#include "store/edits.h"
#include "store/landing_posts.h"
#include "store/landing_rows.h"
#include "store/statement.h"
#include "store/stored_posts.h"

namespace grumble::store {
namespace {

/// On another thread; when there is none to be had, by who waits for it.
constexpr auto kBeside = std::launch::async | std::launch::deferred;

int64_t ruleset_id(Transaction& transaction, const std::string& version) {
  const Rows rows = transaction.run(
      "select ruleset_id from ruleset where version = $1", Params(version));
  if (rows.empty()) {
    throw std::invalid_argument("rule set '" + version +
                                "' is not recorded in this database");
  }
  return rows.integer(0, 0);
}

void land_authors(Transaction& transaction, const Batch& batch) {
  domain::Timestamp observed{};
  for (const AnalysedPost& post : batch.posts) {
    observed = std::max(observed, post.post.observed_at);
  }
  Columns rows;
  for (const domain::Author& author : prepare_authors(batch.authors)) {
    rows.add(author.platform, author.id, author.handle, author.name,
             author.followers);
  }
  if (rows.empty()) return;
  // Rows that would not change are left alone: a conflict locks its row.
  transaction.run(
      "insert into author as a"
      " (platform, author_id, handle, name, followers, observed_at)"
      " select i.platform, i.author_id, i.handle, i.name, i.followers,"
      "  $6::timestamptz"
      " from unnest($1::text[], $2::text[], $3::text[], $4::text[],"
      "  $5::bigint[]) as i (platform, author_id, handle, name, followers)"
      " left join author o using (platform, author_id)"
      " where o.author_id is null or o.observed_at <= $6 and"
      "  (coalesce(nullif(i.handle, ''), o.handle) <> o.handle"
      "   or coalesce(nullif(i.name, ''), o.name) <> o.name"
      "   or coalesce(i.followers, o.followers)"
      "      is distinct from o.followers)"
      " order by 1, 2"
      " on conflict (platform, author_id) do update set"
      "  handle = coalesce(nullif(excluded.handle, ''), a.handle),"
      "  name = coalesce(nullif(excluded.name, ''), a.name),"
      "  followers = coalesce(excluded.followers, a.followers),"
      "  observed_at = excluded.observed_at"
      " where a.observed_at <= excluded.observed_at",
      rows.params(observed));
}

std::string lang_of(const AnalysedPost& post) {
  return post.analysis.lang.empty() ? post.post.lang : post.analysis.lang;
}

AnalysisRow analysis_of(const AnalysedPost& post, domain::Timestamp created_at,
                        bool context_only) {
  return {&post.post.key, &post.analysis, lang_of(post), created_at,
          context_only};
}

/// A new post, but for its time, its author's place and its queries.
Countable countable_of(const AnalysedPost& post) {
  const domain::Metrics& seen = post.post.metrics;
  Countable result;
  result.platform = post.post.key.platform;
  result.kind = domain::to_string(post.post.kind);
  result.lang = lang_of(post);
  result.noise = domain::to_string(post.analysis.noise);
  result.standing = standing(post.analysis.noise, post.post.context_only);
  for (const auto& count :
       {seen.likes, seen.reposts, seen.replies, seen.quotes, seen.bookmarks}) {
    result.engagement += count.value_or(0);
  }
  result.views = seen.views.value_or(0);
  result.models = models_of(post.analysis);
  if (result.models.empty()) result.models.emplace_back();
  result.said = said_in(post.analysis);
  return result;
}

/// One landing's way through the tables.
class Items {
 public:
  Items(Transaction& transaction, const Batch& batch,
        const std::vector<AnalysedPost>& posts)
      : transaction_(transaction),
        batch_(batch),
        posts_(posts),
        history_(lock_history(transaction)),
        ruleset_(ruleset_id(transaction, batch.ruleset)) {
    if (ruleset_ != history_.ruleset) {
      throw RulesetChanged("rule set '" + batch.ruleset +
                           "' is not the one that is shown");
    }
    std::vector<domain::Timestamp> times;
    for (const auto& post : posts) times.push_back(post.post.created_at);
    std::sort(times.begin(), times.end());
    ensure_months(transaction_, history_.slot, times);
  }

  void land(Landed& landed) {
    link_edits(transaction_, batch_.edits);
    const PostPointers stored = insert_new(landed);
    if (!stored.empty()) update(stored, landed);
    counts_.write();
    // On their own: within one change an author who comes does not go.
    count_newest_versions(transaction_, posts_, counts_);
    counts_.write();
  }

 private:
  /// Returns the posts whose key was there. What the next statement takes is
  /// made ready while the server is at the one before.
  PostPointers insert_new(Landed& landed) {
    const auto [fresh, stored] = take_keys();
    if (fresh.empty()) return stored;
    auto analyses =
        std::async(kBeside, [&fresh = fresh] { return columns_of(fresh); });
    const Rows rows = insert_posts(transaction_, post_columns(batch_, fresh),
                                   ruleset_, history_.zone);
    auto counted = std::async(kBeside, [&] { count(rows); });
    analyses.get().add(transaction_, history_.slot);
    Columns due;
    Columns prints;
    for (const AnalysedPost* one : fresh) {
      const domain::Post& post = one->post;
      due.add(post.key.platform, post.key.id, post.created_at);
      if (post.context_only) continue;
      prints.add(post.key.platform, post.key.id, post.created_at);
    }
    note_due(transaction_, history_, due);
    note_prints_due(transaction_, prints);
    counted.get();
    landed.inserted = static_cast<int64_t>(rows.size());
    return stored;
  }

  static AnalysisColumns columns_of(const PostPointers& posts) {
    std::vector<AnalysisRow> rows;
    for (const AnalysedPost* post : posts) {
      rows.push_back(
          analysis_of(*post, post->post.created_at, post->post.context_only));
    }
    return AnalysisColumns(rows);
  }

  /// Counts what insert_posts() has returned.
  void count(const Rows& inserted) {
    RollupChange& change = counts_.of(history_.slot);
    for (size_t i = 0; i < inserted.size(); ++i) {
      const AnalysedPost* post =
          find({inserted.text(i, 0), inserted.text(i, 1)});
      Countable countable = countable_of(*post);
      countable.queries = queries_of(batch_, post->post);
      countable.author_place = inserted.integer_or_null(i, 2);
      countable.hour = inserted.integer(i, 3);
      countable.day = inserted.integer(i, 4);
      countable.week = inserted.integer(i, 5);
      change.add(countable);
    }
  }

  /// The posts whose keys are new, and the others.
  std::pair<PostPointers, PostPointers> take_keys() {
    PostPointers all;
    for (const AnalysedPost& post : posts_) all.push_back(&post);
    const Rows rows = take_new_keys(transaction_, all);
    PostPointers fresh;
    for (size_t i = 0; i < rows.size(); ++i) {
      fresh.push_back(find({rows.text(i, 0), rows.text(i, 1)}));
    }
    std::sort(fresh.begin(), fresh.end());
    const auto first = std::stable_partition(
        all.begin(), all.end(), [&](const AnalysedPost* post) {
          return std::binary_search(fresh.begin(), fresh.end(), post);
        });
    return {{all.begin(), first}, {first, all.end()}};
  }

  /// Rows that would not change are not even locked: a lock is written too.
  void update(const PostPointers& stored, Landed& landed) {
    const Columns incoming = post_columns(batch_, stored);
    const Rows changed =
        keys_of_changed_posts(transaction_, incoming, ruleset_);
    landed.unchanged = static_cast<int64_t>(stored.size());
    if (!changed.empty()) change(incoming, changed, landed);
    if (landed.unchanged > 0) {
      note_seen_again(transaction_, incoming, ruleset_);
    }
  }

  void change(const Columns& incoming, const Rows& changed, Landed& landed) {
    Columns keys;
    for (size_t i = 0; i < changed.size(); ++i) {
      keys.add(changed.text(i, 0), changed.text(i, 1));
    }
    lock_posts(transaction_, keys);
    counts_.anew(keys, [&] {
      const Rows rows = update_posts(transaction_, incoming, ruleset_);
      for (size_t i = 0; i < rows.size(); ++i) {
        if (rows.flag(i, 2)) ++landed.updated;
      }
      rewrite(rows);
    });
    landed.unchanged -= landed.updated;
  }

  /// Makes the analyses fit the updated posts.
  void rewrite(const Rows& updated) {
    Columns moved;
    Columns reanalysed;
    Columns uncovered;
    std::vector<AnalysisRow> analyses;
    for (size_t i = 0; i < updated.size(); ++i) {
      const std::string platform = updated.text(i, 0);
      const std::string id = updated.text(i, 1);
      const auto before = updated.time(i, 4);
      const auto now = updated.time(i, 5);
      if (before != now) moved.add(platform, id, now);
      if (updated.flag(i, 3)) {
        reanalysed.add(platform, id, before);
        analyses.push_back(
            analysis_of(*find({platform, id}), now, updated.flag(i, 6)));
      } else if (updated.flag(i, 7)) {
        uncovered.add(platform, id, now);
      }
    }
    if (!moved.empty()) {
      transaction_.run(
          "update post_key k set created_at = i.created_at"
          " from unnest($1::text[], $2::text[], $3::timestamptz[])"
          "  as i (platform, post_id, created_at)"
          " where k.platform = i.platform and k.post_id = i.post_id",
          moved.params());
    }
    drop_analyses(transaction_, reanalysed, std::nullopt);
    AnalysisColumns(analyses).add(transaction_, history_.slot);
    set_context(transaction_, uncovered, false);
    note_due(transaction_, history_, reanalysed);
    note_prints_due(transaction_, reanalysed);
    note_prints_due(transaction_, uncovered);
  }

  const AnalysedPost* find(const domain::PostKey& key) const {
    const auto found = std::lower_bound(
        posts_.begin(), posts_.end(), key,
        [](const auto& post, const auto& k) { return post.post.key < k; });
    return &*found;
  }

  Transaction& transaction_;
  const Batch& batch_;
  const std::vector<AnalysedPost>& posts_;
  History history_;
  Counts counts_{transaction_, history_};
  int64_t ruleset_;
};

/// Whether its outcome hangs on what lands beside it.
bool ties_posts_together(const Batch& batch) {
  return !batch.gone.empty() ||
         std::any_of(batch.edits.begin(), batch.edits.end(), is_edited);
}

}  // namespace

Landed land_items(Transaction& transaction, const Batch& batch) {
  if (ties_posts_together(batch)) {
    land_alone(transaction);
  } else {
    land_beside_others(transaction);
  }
  PreparedPosts prepared = prepare_posts(batch.posts);
  std::vector<domain::Reject> rejects = std::move(prepared.refused);
  rejects.insert(rejects.end(), batch.rejects.begin(), batch.rejects.end());
  Landed landed;
  landed.duplicates = prepared.duplicates;
  landed.rejected = static_cast<int64_t>(rejects.size());
  land_authors(transaction, batch);
  if (!prepared.posts.empty()) {
    Items(transaction, batch, prepared.posts).land(landed);
  }
  keep_rejects(transaction, batch.source, batch.query, rejects, batch.page);
  return landed;
}

Landed land(Database& database, const Batch& batch) {
  Transaction transaction(database);
  const Landed landed = land_items(transaction, batch);
  transaction.commit();
  return landed;
}

}  // namespace grumble::store
