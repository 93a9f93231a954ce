#include "store/landing_posts.h"

#include <initializer_list>
#include <set>
#include <string_view>

#include "store/landing_rows.h"

namespace grumble::store {
namespace {

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

constexpr std::string_view kIncoming = R"sql(
with incoming as materialized (
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
    and not exists (select from kept_from k where k.platform = i.platform
                    and i.created_at < k.rows_from)
)
)sql";

/// Keys that nobody had before, but for erased posts and dropped months.
constexpr std::string_view kInsertKeys = R"sql(
insert into post_key (platform, post_id, created_at)
select i.*
from unnest($1::text[], $2::text[], $3::timestamptz[])
  as i (platform, post_id, created_at)
where not exists (select from erased e where e.platform = i.platform
                  and e.post_id = i.post_id)
  and i.created_at >= (select rows_from from history)
  and not exists (select from kept_from k where k.platform = i.platform
                  and i.created_at < k.rows_from)
order by 1, 2
on conflict do nothing
returning platform, post_id
)sql";

constexpr std::string_view kInsertPosts = R"sql(
with landed as (
insert into post
  (platform, post_id, kind, author_id, title, text, created_at,
   approximate_time, edited_at, conversation_id, parents, queries, likes,
   reposts, replies, quotes, views, bookmarks, context_only, site_lang,
   analysis_digest, observed_at, ruleset_id)
select i.platform, i.post_id, i.kind, i.author_id, i.title, i.text,
  i.created_at, i.approximate_time, i.edited_at, i.conversation_id,
  i.parents::text[], i.queries::text[], i.likes, i.reposts, i.replies,
  i.quotes, i.views, i.bookmarks, i.context_only, i.site_lang,
  i.analysis_digest, i.observed_at, $23
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
returning platform, post_id, author_place, created_at
)
select platform, post_id, author_place,
  extract(epoch from date_trunc('hour', created_at, 'UTC'))::bigint,
  extract(epoch from date_trunc('day', created_at, $24))::bigint,
  extract(epoch from date_trunc('week', created_at, $24))::bigint
from landed
)sql";

/// What stored posts become: a newer state replaces an older one, and what it
/// lacks is kept; `context_only` only goes; parents and queries only come.
constexpr std::string_view kMerged = R"sql(
, merged as (
  select o.platform, o.post_id, o.created_at as old_created_at,
    o.observed_at as old_observed_at, n.newer,
    n.newer and (i.analysis_digest <> o.analysis_digest
      or i.ruleset_id <> o.ruleset_id
      or i.kind <> o.kind or i.title <> o.title or i.text <> o.text
      or i.site_lang not in ('', o.site_lang) or not i.parents <@ o.parents
      or i.conversation_id not in ('', o.conversation_id)
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
         else array(select distinct unnest(o.parents || i.parents)
                    order by 1) end as parents,
    case when i.queries <@ o.queries then o.queries
         else array(select distinct unnest(o.queries || i.queries)
                    order by 1) end as queries,
    coalesce(case when newer then i.likes end, o.likes) as likes,
    coalesce(case when newer then i.reposts end, o.reposts) as reposts,
    coalesce(case when newer then i.replies end, o.replies) as replies,
    coalesce(case when newer then i.quotes end, o.quotes) as quotes,
    coalesce(case when newer then i.views end, o.views) as views,
    coalesce(case when newer then i.bookmarks end, o.bookmarks) as bookmarks,
    o.context_only and (i.context_only or o.superseded) as context_only,
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

/// When the site shows a post as it was, that is noted once a day.
constexpr std::string_view kSeenAgain = R"sql(
update post p set observed_at = i.observed_at
from incoming i join post_key k using (platform, post_id)
where p.platform = k.platform and p.post_id = k.post_id
  and p.created_at = k.created_at
  and i.observed_at - p.observed_at >= interval '1 day'
)sql";

std::string statement(std::initializer_list<std::string_view> parts) {
  std::string sql;
  for (const std::string_view part : parts) sql += part;
  return sql;
}

}  // namespace

std::vector<std::string> queries_of(const Batch& batch,
                                    const domain::Post& post) {
  if (post.context_only) return {};
  std::set<std::string> queries;
  if (!batch.query.empty()) queries.insert(batch.source + " " + batch.query);
  if (const auto found = batch.found_by.find(post.key);
      found != batch.found_by.end()) {
    for (const std::string& query : found->second) {
      queries.insert(batch.source + " " + query);
    }
  }
  return {queries.begin(), queries.end()};
}

Columns post_columns(const Batch& batch, const PostPointers& posts) {
  Columns rows;
  for (const AnalysedPost* one : posts) {
    const domain::Post& post = one->post;
    const domain::Metrics& seen = post.metrics;
    ArrayText queries;
    for (const auto& query : queries_of(batch, post)) queries.add(query);
    rows.add(post.key.platform, post.key.id, domain::to_string(post.kind),
             post.author_id, post.title, post.text, post.created_at,
             post.approximate_time, post.edited_at, post.conversation_id,
             parents_text(post), queries.text(), seen.likes, seen.reposts,
             seen.replies, seen.quotes, seen.views, seen.bookmarks,
             post.context_only, post.lang, digest(one->analysis),
             post.observed_at);
  }
  return rows;
}

Rows take_new_keys(Transaction& transaction, const PostPointers& posts) {
  Columns keys;
  for (const AnalysedPost* post : posts) {
    keys.add(post->post.key.platform, post->post.key.id, post->post.created_at);
  }
  return transaction.run(std::string(kInsertKeys), keys.params());
}

Rows insert_posts(Transaction& transaction, const Columns& posts,
                  int64_t ruleset, const std::string& zone) {
  return transaction.run(std::string(kInsertPosts),
                         posts.params(ruleset, zone));
}

Rows keys_of_changed_posts(Transaction& transaction, const Columns& posts,
                           int64_t ruleset) {
  return transaction.run(statement({kIncoming, kMerged, kChangedKeys}),
                         posts.params(ruleset));
}

Rows update_posts(Transaction& transaction, const Columns& posts,
                  int64_t ruleset) {
  return transaction.run(statement({kIncoming, kMerged, kUpdate}),
                         posts.params(ruleset));
}

void note_seen_again(Transaction& transaction, const Columns& posts,
                     int64_t ruleset) {
  transaction.run(statement({kIncoming, kSeenAgain}), posts.params(ruleset));
}

}  // namespace grumble::store
