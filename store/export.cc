#include "store/export.h"

#include "store/statement.h"

namespace grumble::store {
namespace {

constexpr std::string_view kIds = R"sql(
select json_build_object('platform', p.platform, 'id', p.post_id)
)sql";

/// The time as RFC 3339, and our own reading of the post.
constexpr std::string_view kFindings = R"sql(
select json_strip_nulls(json_build_object('platform', p.platform, 'id',
  p.post_id, 'kind', p.kind,
  'created_at', to_char(p.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'context_only', nullif(p.context_only, false), 'analysis', a.reading))
)sql";

constexpr std::string_view kTexts = R"sql(
select json_strip_nulls(json_build_object('platform', p.platform, 'id',
  p.post_id, 'kind', p.kind,
  'created_at', to_char(p.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'context_only', nullif(p.context_only, false), 'analysis', a.reading,
  'text', case when t.whole then p.text end,
  'title', case when t.whole then nullif(p.title, '') end,
  'lang', case when t.whole then nullif(p.site_lang, '') end,
  'approximate_time', nullif(p.approximate_time, false),
  'edited_at', to_char(p.edited_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'observed_at', to_char(p.observed_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'conversation_id', nullif(p.conversation_id, ''),
  'author', case when p.author_id <> '' then json_build_object('id',
    p.author_id, 'handle', w.handle, 'name', w.name, 'followers',
    w.followers) end,
  'references', (select json_agg(json_build_object(
      'kind', split_part(r, ' ', 1),
      'id', substr(r, position(' ' in r) + 1)))
    from unnest(p.parents) r),
  'metrics', case when t.whole then json_build_object('likes', p.likes,
    'reposts', p.reposts, 'replies', p.replies, 'quotes', p.quotes, 'views',
    p.views, 'bookmarks', p.bookmarks) end))
)sql";

constexpr std::string_view kReading = R"sql(
cross join lateral (select json_build_object(
    'lang', m.lang, 'noise', m.noise,
    'models', (select json_agg(o.model order by o.ordinal) from mention o
               where o.platform = p.platform and o.post_id = p.post_id
                 and o.created_at = p.created_at and o.slot = m.slot
                 and o.model <> ''),
    'findings', (select json_agg(json_build_object('model',
          nullif(f.model, ''), 'version', f.version, 'category', f.category,
          'polarity', f.polarity, 'rule', f.rule, 'confidence', f.confidence,
          'scope', f.scope, 'counterpart', f.counterpart) order by f.ordinal)
        from finding f
        where f.platform = p.platform and f.post_id = p.post_id
          and f.created_at = p.created_at and f.slot = m.slot),
    'comparisons', (select json_agg(json_build_object('better', c.better,
          'worse', c.worse, 'category', c.category) order by c.ordinal)
        from comparison c
        where c.platform = p.platform and c.post_id = p.post_id
          and c.created_at = p.created_at and c.slot = m.slot),
    'rules', r.version) as reading
  from mention m, (select ruleset_id, version from ruleset) r
  where m.platform = p.platform and m.post_id = p.post_id
    and m.created_at = p.created_at and m.ordinal = 0
    and m.slot = (select slot from history)
    and r.ruleset_id = p.ruleset_id) a
)sql";

constexpr std::string_view kWhole = R"sql(
cross join lateral (select p.title <> '' or p.text <> '' as whole) t
left join author w on w.platform = p.platform and w.author_id = p.author_id
)sql";

/// Oldest first, along the index; nothing of what was taken back.
constexpr std::string_view kWhich = R"sql(
where p.created_at >= coalesce($1::timestamptz, '-infinity')
  and p.created_at < coalesce($2::timestamptz, 'infinity')
  and ($3::text[] is null or p.platform = any ($3))
  and not exists (select from (select platform, post_id from erased) e
                  where e.platform = p.platform and e.post_id = p.post_id)
order by p.created_at, p.post_id, p.platform
)sql";

std::string question(ExportLevel level) {
  std::string sql = "declare exported no scroll cursor for ";
  sql += level == ExportLevel::ids        ? kIds
         : level == ExportLevel::findings ? kFindings
                                          : kTexts;
  sql += " from post p ";
  if (level != ExportLevel::ids) sql += kReading;
  if (level == ExportLevel::texts) sql += kWhole;
  return sql.append(kWhich);
}

}  // namespace

int64_t export_posts(Database& database, ExportLevel level,
                     const ExportFilter& filter,
                     const std::function<void(std::string_view)>& line) {
  std::optional<std::vector<std::string>> platforms;
  if (!filter.platforms.empty()) platforms = filter.platforms;
  // One state of the database, however long it takes.
  Transaction transaction(database);
  transaction.run("set transaction isolation level repeatable read");
  transaction.run(question(level),
                  Params(filter.since, filter.until, platforms));
  int64_t posts = 0;
  for (;;) {
    const Rows rows = transaction.run("fetch 500 from exported");
    if (rows.empty()) return posts;
    for (size_t i = 0; i < rows.size(); ++i) line(rows.text(i, 0));
    posts += static_cast<int64_t>(rows.size());
  }
}

}  // namespace grumble::store
