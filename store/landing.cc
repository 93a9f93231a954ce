#include "store/landing.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "store/collection_rows.h"
#include "store/columns.h"
#include "store/landing_rows.h"
#include "store/statement.h"

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

Columns post_columns(const std::vector<AnalysedPost>& posts) {
  Columns rows;
  for (const auto& [post, analysis] : posts) {
    const domain::Metrics& seen = post.metrics;
    ArrayText models;
    for (const std::string& model : models_of(analysis)) models.add(model);
    rows.add(post.key.platform, post.key.id, domain::to_string(post.kind),
             post.author_id, post.title, post.text, post.created_at,
             post.approximate_time, post.edited_at, post.conversation_id,
             seen.likes, seen.reposts, seen.replies, seen.quotes, seen.views,
             seen.bookmarks, post.context_only, post.lang,
             analysis.lang.empty() ? post.lang : analysis.lang,
             domain::to_string(analysis.noise), models.text(), digest(analysis),
             post.observed_at);
  }
  return rows;
}

/// New rows, and rows in a state that is newer and different. Rows that would
/// not change are left out beforehand: a conflict locks its row, and a lock is
/// written to it.
constexpr std::string_view kUpsertPosts = R"sql(
with incoming as (
  select * from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::timestamptz[], $8::boolean[], $9::timestamptz[], $10::text[],
    $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[],
    $16::bigint[], $17::boolean[], $18::text[], $19::text[], $20::text[],
    $21::text[], $22::bigint[], $23::timestamptz[])
  as i (platform, post_id, kind, author_id, title, text, created_at,
        approximate_time, edited_at, conversation_id, likes, reposts, replies,
        quotes, views, bookmarks, context_only, site_lang, lang, noise, models,
        analysis_digest, observed_at)
)
insert into post as p
  (platform, post_id, kind, author_id, title, text, created_at,
   approximate_time, edited_at, conversation_id, likes, reposts, replies,
   quotes, views, bookmarks, context_only, site_lang, lang, noise, models,
   ruleset_id, analysis_digest, observed_at)
select i.platform, i.post_id, i.kind, i.author_id, i.title, i.text,
  i.created_at, i.approximate_time, i.edited_at, i.conversation_id, i.likes,
  i.reposts, i.replies, i.quotes, i.views, i.bookmarks, i.context_only,
  i.site_lang, i.lang, i.noise, i.models::text[], $24::smallint,
  i.analysis_digest, i.observed_at
from incoming i
left join post o using (platform, post_id)
where o.post_id is null
   or i.observed_at >= o.observed_at and (
     (i.kind, i.title, i.text, i.analysis_digest, $24::smallint)
       <> (o.kind, o.title, o.text, o.analysis_digest, o.ruleset_id)
     or i.author_id not in ('', o.author_id)
     or i.conversation_id not in ('', o.conversation_id)
     or i.site_lang not in ('', o.site_lang)
     or o.context_only and not i.context_only
     or not i.approximate_time
        and (o.approximate_time or i.created_at <> o.created_at)
     or coalesce(i.edited_at, o.edited_at) is distinct from o.edited_at
     or coalesce(i.likes, o.likes) is distinct from o.likes
     or coalesce(i.reposts, o.reposts) is distinct from o.reposts
     or coalesce(i.replies, o.replies) is distinct from o.replies
     or coalesce(i.quotes, o.quotes) is distinct from o.quotes
     or coalesce(i.views, o.views) is distinct from o.views
     or coalesce(i.bookmarks, o.bookmarks) is distinct from o.bookmarks)
order by 1, 2
on conflict (platform, post_id) do update set
  kind = excluded.kind,
  author_id = coalesce(nullif(excluded.author_id, ''), p.author_id),
  title = excluded.title,
  text = excluded.text,
  created_at = case when excluded.approximate_time then p.created_at
                    else excluded.created_at end,
  approximate_time = p.approximate_time and excluded.approximate_time,
  edited_at = coalesce(excluded.edited_at, p.edited_at),
  conversation_id =
    coalesce(nullif(excluded.conversation_id, ''), p.conversation_id),
  likes = coalesce(excluded.likes, p.likes),
  reposts = coalesce(excluded.reposts, p.reposts),
  replies = coalesce(excluded.replies, p.replies),
  quotes = coalesce(excluded.quotes, p.quotes),
  views = coalesce(excluded.views, p.views),
  bookmarks = coalesce(excluded.bookmarks, p.bookmarks),
  context_only = p.context_only and excluded.context_only,
  site_lang = coalesce(nullif(excluded.site_lang, ''), p.site_lang),
  lang = excluded.lang,
  noise = excluded.noise,
  models = excluded.models,
  ruleset_id = excluded.ruleset_id,
  analysis_digest = excluded.analysis_digest,
  analysed_at = case
    when p.analysis_digest <> excluded.analysis_digest
      or not excluded.approximate_time and p.created_at <> excluded.created_at
    then now() else p.analysed_at end,
  observed_at = excluded.observed_at
where excluded.observed_at >= p.observed_at
returning platform, post_id, first_seen_at = now(), analysed_at = now()
)sql";

/// A query has found, in an older state, what is stored as context.
constexpr std::string_view kUncoverContext = R"sql(
with hit as (
  select p.platform, p.post_id
  from unnest($1::text[], $2::text[]) as i (platform, post_id)
  join post p using (platform, post_id)
  where p.context_only
  order by p.platform, p.post_id
  for update of p
)
update post p set context_only = false
from hit where p.platform = hit.platform and p.post_id = hit.post_id
)sql";

/// What the rows about findings must become.
struct Changes {
  PostPointers analysed;  ///< inserted, or with another analysis than before
  Columns reanalysed;     ///< keys of the latter that were stored before
};

const AnalysedPost* find(const std::vector<AnalysedPost>& posts,
                         const domain::PostKey& key) {
  const auto found = std::lower_bound(
      posts.begin(), posts.end(), key,
      [](const auto& post, const auto& k) { return post.post.key < k; });
  return &*found;
}

Changes land_posts(Transaction& transaction,
                   const std::vector<AnalysedPost>& posts, int64_t ruleset,
                   Landed& landed) {
  const Rows rows =
      transaction.run(kUpsertPosts, post_columns(posts).params(ruleset));
  Changes changes;
  for (size_t i = 0; i < rows.size(); ++i) {
    const domain::PostKey key{rows.text(i, 0), rows.text(i, 1)};
    const AnalysedPost* post = find(posts, key);
    const bool inserted = rows.flag(i, 2);
    if (inserted) ++landed.inserted;
    if (rows.flag(i, 3)) {
      changes.analysed.push_back(post);
      if (!inserted) changes.reanalysed.add(key.platform, key.id);
    }
  }
  landed.updated = static_cast<int64_t>(rows.size()) - landed.inserted;
  Columns hits;
  for (const AnalysedPost& post : posts) {
    if (!post.post.context_only) {
      hits.add(post.post.key.platform, post.post.key.id);
    }
  }
  if (!hits.empty()) {
    landed.updated += static_cast<int64_t>(
        transaction.run(kUncoverContext, hits.params()).affected());
  }
  landed.unchanged =
      static_cast<int64_t>(posts.size()) - landed.inserted - landed.updated;
  return changes;
}

void land_findings(Transaction& transaction, const PostPointers& posts) {
  Columns rows;
  for (const AnalysedPost* post : posts) {
    int ordinal = 0;
    for (const domain::Finding& finding : post->analysis.findings) {
      rows.add(post->post.key.platform, post->post.key.id, ++ordinal,
               finding.model, finding.version, finding.category,
               domain::to_string(finding.polarity), finding.begin, finding.end,
               finding.rule, finding.confidence,
               domain::to_string(finding.scope), finding.counterpart);
    }
  }
  if (rows.empty()) return;
  transaction.run(
      "insert into finding (platform, post_id, ordinal, created_at, model,"
      "  version, category, polarity, begin_byte, end_byte, rule, confidence,"
      "  scope, counterpart)"
      " select i.platform, i.post_id, i.ordinal, p.created_at, i.model,"
      "  i.version, i.category, i.polarity, i.begin_byte, i.end_byte, i.rule,"
      "  i.confidence, i.scope, i.counterpart"
      " from unnest($1::text[], $2::text[], $3::smallint[], $4::text[],"
      "  $5::text[], $6::text[], $7::text[], $8::int[], $9::int[],"
      "  $10::text[], $11::real[], $12::text[], $13::text[])"
      " as i (platform, post_id, ordinal, model, version, category, polarity,"
      "  begin_byte, end_byte, rule, confidence, scope, counterpart)"
      " join post p using (platform, post_id)",
      rows.params());
}

void land_comparisons(Transaction& transaction, const PostPointers& posts) {
  Columns rows;
  for (const AnalysedPost* post : posts) {
    int ordinal = 0;
    for (const domain::Comparison& comparison : post->analysis.comparisons) {
      rows.add(post->post.key.platform, post->post.key.id, ++ordinal,
               comparison.better, comparison.worse, comparison.category);
    }
  }
  if (rows.empty()) return;
  transaction.run(
      "insert into comparison (platform, post_id, ordinal, created_at, better,"
      "  worse, category)"
      " select i.platform, i.post_id, i.ordinal, p.created_at, i.better,"
      "  i.worse, i.category"
      " from unnest($1::text[], $2::text[], $3::smallint[], $4::text[],"
      "  $5::text[], $6::text[])"
      " as i (platform, post_id, ordinal, better, worse, category)"
      " join post p using (platform, post_id)",
      rows.params());
}

void land_values(Transaction& transaction, const PostPointers& posts) {
  Columns rows;
  for (const AnalysedPost* post : posts) {
    int ordinal = 0;
    for (const domain::Value& value : post->analysis.values) {
      rows.add(post->post.key.platform, post->post.key.id, ++ordinal,
               value.kind, value.amount, value.unit, value.per, value.begin,
               value.end);
    }
  }
  if (rows.empty()) return;
  transaction.run(
      "insert into value (platform, post_id, ordinal, created_at, kind,"
      "  amount, unit, per, begin_byte, end_byte)"
      " select i.platform, i.post_id, i.ordinal, p.created_at, i.kind,"
      "  i.amount, i.unit, i.per, i.begin_byte, i.end_byte"
      " from unnest($1::text[], $2::text[], $3::smallint[], $4::text[],"
      "  $5::double precision[], $6::text[], $7::text[], $8::int[],"
      "  $9::int[])"
      " as i (platform, post_id, ordinal, kind, amount, unit, per,"
      "  begin_byte, end_byte)"
      " join post p using (platform, post_id)",
      rows.params());
}

void land_analyses(Transaction& transaction, const Changes& changes) {
  if (!changes.reanalysed.empty()) {
    for (const std::string table : {"finding", "comparison", "value"}) {
      transaction.run(
          "delete from " + table +
              " d using unnest($1::text[], $2::text[]) as k (platform, id)"
              " where d.platform = k.platform and d.post_id = k.id",
          changes.reanalysed.params());
    }
  }
  land_findings(transaction, changes.analysed);
  land_comparisons(transaction, changes.analysed);
  land_values(transaction, changes.analysed);
}

void land_links(Transaction& transaction, const Batch& batch,
                const std::vector<AnalysedPost>& posts) {
  Columns references;
  Columns hits;
  for (const auto& [post, analysis] : posts) {
    for (const domain::Reference& reference : post.references) {
      references.add(post.key.platform, post.key.id,
                     domain::to_string(reference.kind), reference.id);
    }
    if (!post.context_only && !batch.query.empty()) {
      hits.add(post.key.platform, post.key.id);
    }
  }
  if (!references.empty()) {
    transaction.run(
        "insert into post_reference (platform, post_id, kind, parent_id)"
        " select * from unnest($1::text[], $2::text[], $3::text[],"
        "  $4::text[])"
        " on conflict do nothing",
        references.params());
  }
  if (!hits.empty()) {
    transaction.run(
        "insert into post_query (platform, post_id, source, query)"
        " select i.*, $3, $4 from unnest($1::text[], $2::text[]) as i"
        " on conflict do nothing",
        hits.params(batch.source, batch.query));
  }
}

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
    const Changes changes =
        land_posts(transaction, prepared.posts,
                   ruleset_id(transaction, batch.ruleset), landed);
    land_analyses(transaction, changes);
    land_links(transaction, batch, prepared.posts);
  }
  keep_rejects(transaction, batch.source, batch.query, rejects);
  return landed;
}

Landed land(Database& database, const Batch& batch) {
  Transaction transaction(database);
  const Landed landed = land_items(transaction, batch);
  transaction.commit();
  return landed;
}

}  // namespace grumble::store
