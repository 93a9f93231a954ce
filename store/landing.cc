#include "store/landing.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "store/analysis_rows.h"
#include "store/collection_rows.h"
#include "store/columns.h"
#include "store/landing_rows.h"
#include "store/rollup.h"
#include "store/statement.h"
#include "store/stored_posts.h"

namespace grumble::store {
namespace {

using PostPointers = std::vector<const AnalysedPost*>;

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

/// `{"reply 123",...}`
std::string parents_text(const domain::Post& post) {
  std::set<std::string> parents;
  for (const domain::Reference& reference : post.references) {
    parents.insert(std::string(domain::to_string(reference.kind)) + " " +
                   reference.id);
  }
  ArrayText text;
  for (const std::string& parent : parents) text.add(parent);
  return text.text();
}

std::string lang_of(const AnalysedPost& post) {
  return post.analysis.lang.empty() ? post.post.lang : post.analysis.lang;
}

Columns post_columns(const Batch& batch, const PostPointers& posts) {
  Columns rows;
  ArrayText query;
  query.add(batch.source + " " + batch.query);
  for (const AnalysedPost* one : posts) {
    const domain::Post& post = one->post;
    const domain::Metrics& seen = post.metrics;
    const bool hit = !post.context_only && !batch.query.empty();
    rows.add(post.key.platform, post.key.id, domain::to_string(post.kind),
             post.author_id, post.title, post.text, post.created_at,
             post.approximate_time, post.edited_at, post.conversation_id,
             parents_text(post), hit ? query.text() : "{}", seen.likes,
             seen.reposts, seen.replies, seen.quotes, seen.views,
             seen.bookmarks, post.context_only, post.lang,
             digest(one->analysis), post.observed_at);
  }
  return rows;
}

AnalysisRow analysis_of(const AnalysedPost& post, domain::Timestamp created_at,
                        bool context_only) {
  return {&post.post.key, &post.analysis, lang_of(post), created_at,
          context_only};
}

/// A new post, but for its time and its author's place.
Countable countable_of(const AnalysedPost& post) {
  const domain::Metrics& seen = post.post.metrics;
  Countable result;
  result.platform = post.post.key.platform;
  result.kind = domain::to_string(post.post.kind);
  result.lang = lang_of(post);
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

constexpr std::string_view kIncoming = R"sql(
with incoming as (
  select i.platform, i.post_id, i.kind, i.author_id, i.title, i.text,
    i.created_at, i.approximate_time, i.edited_at, i.conversation_id,
    i.parents::text[], i.queries::text[], i.likes, i.reposts, i.replies,
    i.quotes, i.views, i.bookmarks, i.context_only, i.site_lang,
    $23::smallint as ruleset_id, i.analysis_digest, i.observed_at
  from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::timestamptz[], $8::boolean[], $9::timestamptz[], $10::text[],
    $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::bigint[],
    $16::bigint[], $17::bigint[], $18::bigint[], $19::boolean[], $20::text[],
    $21::bigint[], $22::timestamptz[])
  as i (platform, post_id, kind, author_id, title, text, created_at,
        approximate_time, edited_at, conversation_id, parents, queries, likes,
        reposts, replies, quotes, views, bookmarks, context_only, site_lang,
        analysis_digest, observed_at)
  where not exists (select from erased e where e.platform = i.platform
                    and e.post_id = i.post_id)
    and i.created_at >= (select rows_from from history)
)
)sql";

/// Posts whose key nobody had before.
constexpr std::string_view kInsertNew = R"sql(
, fresh as (
  insert into post_key (platform, post_id, created_at)
  select platform, post_id, created_at from incoming order by 1, 2
  on conflict do nothing
  returning platform, post_id
)
insert into post
  (platform, post_id, kind, author_id, title, text, created_at,
   approximate_time, edited_at, conversation_id, parents, queries, likes,
   reposts, replies, quotes, views, bookmarks, context_only, site_lang,
   ruleset_id, analysis_digest, observed_at)
select i.* from incoming i join fresh using (platform, post_id)
returning platform, post_id, author_place,
  extract(epoch from date_trunc('hour', created_at, 'UTC'))::bigint,
  extract(epoch from date_trunc('day', created_at, $24))::bigint,
  extract(epoch from date_trunc('month', created_at, $24))::bigint
)sql";

/// What stored posts become: a newer state replaces an older one, and what it
/// lacks is kept; `context_only` only goes; parents and queries only come.
constexpr std::string_view kMerged = R"sql(
, merged as (
  select o.platform, o.post_id, o.created_at as old_created_at,
    o.observed_at as old_observed_at, n.newer,
    n.newer and (i.analysis_digest <> o.analysis_digest
      or not i.approximate_time and i.created_at <> o.created_at)
      as reanalysed,
    case when newer then i.kind else o.kind end as kind,
    coalesce(case when newer then nullif(i.author_id, '') end, o.author_id)
      as author_id,
    case when newer then i.title else o.title end as title,
    case when newer then i.text else o.text end as text,
    case when newer and not i.approximate_time then i.created_at
         else o.created_at end as created_at,
    o.approximate_time and (i.approximate_time or not newer)
      as approximate_time,
    coalesce(case when newer then i.edited_at end, o.edited_at) as edited_at,
    coalesce(case when newer then nullif(i.conversation_id, '') end,
             o.conversation_id) as conversation_id,
    case when i.parents <@ o.parents then o.parents
         else array(select unnest(o.parents) union select unnest(i.parents)
                    order by 1) end as parents,
    case when i.queries <@ o.queries then o.queries
         else array(select unnest(o.queries) union select unnest(i.queries)
                    order by 1) end as queries,
    coalesce(case when newer then i.likes end, o.likes) as likes,
    coalesce(case when newer then i.reposts end, o.reposts) as reposts,
    coalesce(case when newer then i.replies end, o.replies) as replies,
    coalesce(case when newer then i.quotes end, o.quotes) as quotes,
    coalesce(case when newer then i.views end, o.views) as views,
    coalesce(case when newer then i.bookmarks end, o.bookmarks) as bookmarks,
    o.context_only and i.context_only as context_only,
    coalesce(case when newer then nullif(i.site_lang, '') end, o.site_lang)
      as site_lang,
    case when newer then i.ruleset_id else o.ruleset_id end as ruleset_id,
    case when newer then i.analysis_digest else o.analysis_digest end
      as analysis_digest,
    greatest(i.observed_at, o.observed_at) as observed_at
  from incoming i
  join post_key k using (platform, post_id)
  join post o on o.platform = k.platform and o.post_id = k.post_id
             and o.created_at = k.created_at
  cross join lateral (select i.observed_at >= o.observed_at as newer) n
), changed as (
  select m.*,
    (m.kind, m.author_id, m.title, m.text, m.created_at, m.approximate_time,
     m.edited_at, m.conversation_id, m.likes, m.reposts, m.replies, m.quotes,
     m.views, m.bookmarks, m.context_only, m.site_lang, m.ruleset_id,
     m.analysis_digest)
    is distinct from
    (o.kind, o.author_id, o.title, o.text, o.created_at, o.approximate_time,
     o.edited_at, o.conversation_id, o.likes, o.reposts, o.replies, o.quotes,
     o.views, o.bookmarks, o.context_only, o.site_lang, o.ruleset_id,
     o.analysis_digest) as restated,
    (m.parents, m.queries) is distinct from (o.parents, o.queries) as linked,
    o.context_only and not m.context_only as uncovered
  from merged m
  join post o on o.platform = m.platform and o.post_id = m.post_id
             and o.created_at = m.old_created_at
)
)sql";

constexpr std::string_view kChangedKeys = R"sql(
select platform, post_id from changed where restated or linked
order by 1, 2
)sql";

constexpr std::string_view kUpdate = R"sql(
update post p set
  kind = m.kind, author_id = m.author_id, title = m.title, text = m.text,
  created_at = m.created_at, approximate_time = m.approximate_time,
  edited_at = m.edited_at, conversation_id = m.conversation_id,
  parents = m.parents, queries = m.queries, likes = m.likes,
  reposts = m.reposts, replies = m.replies, quotes = m.quotes,
  views = m.views, bookmarks = m.bookmarks, context_only = m.context_only,
  site_lang = m.site_lang, ruleset_id = m.ruleset_id,
  analysis_digest = m.analysis_digest,
  observed_at = case when m.restated then m.observed_at
                     else m.old_observed_at end
from changed m
where p.platform = m.platform and p.post_id = m.post_id
  and p.created_at = m.old_created_at and (m.restated or m.linked)
returning m.platform, m.post_id, m.restated, m.reanalysed, m.old_created_at,
  m.created_at, m.context_only, m.uncovered
)sql";

std::string statement(std::initializer_list<std::string_view> parts) {
  std::string sql;
  for (const std::string_view part : parts) sql += part;
  return sql;
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
    std::vector<domain::Timestamp> times;
    for (const auto& post : posts) times.push_back(post.post.created_at);
    std::sort(times.begin(), times.end());
    ensure_months(transaction_, history_.slot, times);
  }

  void land(Landed& landed) {
    const PostPointers stored = insert_new(landed);
    if (!stored.empty()) update(stored, landed);
    for (const auto& [slot, change] : changes_) {
      change.write(transaction_, slot);
    }
  }

 private:
  /// Returns the posts whose key was there.
  PostPointers insert_new(Landed& landed) {
    PostPointers all;
    for (const AnalysedPost& post : posts_) all.push_back(&post);
    const Rows rows = transaction_.run(
        statement({kIncoming, kInsertNew}),
        post_columns(batch_, all).params(ruleset_, history_.zone));
    std::set<const AnalysedPost*> fresh;
    std::vector<AnalysisRow> analyses;
    for (size_t i = 0; i < rows.size(); ++i) {
      const AnalysedPost* post = find({rows.text(i, 0), rows.text(i, 1)});
      fresh.insert(post);
      Countable countable = countable_of(*post);
      countable.author_place = rows.integer_or_null(i, 2);
      countable.hour = rows.integer(i, 3);
      countable.day = rows.integer(i, 4);
      countable.month = rows.integer(i, 5);
      change_of(history_.slot).add(countable);
      analyses.push_back(
          analysis_of(*post, post->post.created_at, post->post.context_only));
    }
    add_analyses(transaction_, history_.slot, analyses);
    landed.inserted = static_cast<int64_t>(rows.size());
    std::erase_if(all, [&](const auto* post) { return fresh.contains(post); });
    return all;
  }

  /// Rows that would not change are not even locked: a lock is written too.
  void update(const PostPointers& stored, Landed& landed) {
    const Columns incoming = post_columns(batch_, stored);
    const Rows changed =
        transaction_.run(statement({kIncoming, kMerged, kChangedKeys}),
                         incoming.params(ruleset_));
    landed.unchanged = static_cast<int64_t>(stored.size());
    if (changed.empty()) return;
    Columns keys;
    for (size_t i = 0; i < changed.size(); ++i) {
      keys.add(changed.text(i, 0), changed.text(i, 1));
    }
    lock_posts(transaction_, keys);
    const auto before = read_countable(transaction_, history_, keys);
    const Rows rows = transaction_.run(statement({kIncoming, kMerged, kUpdate}),
                                       incoming.params(ruleset_));
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows.flag(i, 2)) ++landed.updated;
    }
    landed.unchanged -= landed.updated;
    rewrite(rows);
    for (const auto& [key, post] : before) change_of(key.first).remove(post);
    for (const auto& [key, post] :
         read_countable(transaction_, history_, keys)) {
      change_of(key.first).add(post);
    }
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
    add_analyses(transaction_, history_.slot, analyses);
    uncover_analyses(transaction_, uncovered);
  }

  RollupChange& change_of(int64_t slot) {
    return changes_.try_emplace(slot, history_.hours_from).first->second;
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
  std::map<int64_t, RollupChange> changes_;  ///< by slot
  int64_t ruleset_;
};

}  // namespace

Landed land_items(Transaction& transaction, const Batch& batch) {
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
