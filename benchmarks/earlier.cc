#include "benchmarks/earlier.h"

#include <string>
#include <string_view>
#include <utility>

#include "store/statement.h"

namespace grumble::benchmarks {
namespace {

/// What all versions draw from: $1 posts over $2 days.
constexpr std::string_view kInvented = R"sql(
create temporary table invented as
select i, case when i % 3 = 0 then 'youtube' else 'x' end as platform,
  (1600000000000000000 + i * 1000)::text as post_id,
  case when i % 3 > 0 then 'post' when i % 30 = 0 then 'video'
       else 'comment' end as kind,
  case when i % 17 = 0 then '' else 'u' || i % 5003 end as author_id,
  case when i % 30 = 0 then 'title ' || i else '' end as title,
  'sora is too dear, kling is not: ' || i as text,
  timestamptz '2022-12-20 00:00Z' + i * (interval '1 day' * $2 / $1)
    as created_at,
  (array['en', 'zh', 'ja'])[1 + i % 3] as lang,
  case when i % 11 = 0 then 'promo' else 'none' end as noise,
  i % 13 = 0 as context_only,
  (array['Sora', 'Kling', 'Veo'])[1 + i % 3] as model
from generate_series(1, $1::bigint) i
)sql";

/// Versions 1 to 4.
constexpr std::string_view kFirstPosts = R"sql(
insert into ruleset (version, files) values ('rules-0', 'old rules');
insert into post (platform, post_id, kind, author_id, title, text, created_at,
  approximate_time, conversation_id, likes, views, context_only, site_lang,
  lang, noise, models, ruleset_id, analysis_digest, observed_at)
select platform, post_id, kind, author_id, title, text, created_at, false, '',
  i % 50, i % 900, context_only, lang, lang, noise,
  case when i % 4 = 0 then '{}' else array[model] end,
  1, i, created_at from invented;
insert into author
select distinct on (platform, author_id) platform, author_id, author_id, '',
  i, created_at from invented where author_id <> ''
order by platform, author_id, i;
insert into post_reference
select platform, post_id, 'reply', (post_id::bigint - 1000)::text
from invented where i % 5 = 0;
insert into post_query
select platform, post_id, platform, lower(model) from invented
where not context_only;
insert into finding
select platform, post_id, n, created_at,
  case when i % 4 > 0 then model end, null, category, 'complaint', 0, 4,
  category || '.test', 0.9, 'clause', null
from invented cross join (values (1, 'price'), (2, 'speed')) f (n, category)
where i % 3 < n;
insert into comparison
select platform, post_id, 1, created_at, 'Kling', 'Sora', 'price'
from invented where i % 20 = 0;
insert into value
select platform, post_id, 1, created_at, 'price', 20, 'USD', 'month', 0, 4
from invented where i % 25 = 0;
)sql";

/// Version 5 and later.
constexpr std::string_view kPosts = R"sql(
insert into ruleset (version, files) values ('rules-0', 'old rules');
select ensure_months(0::smallint, array(
  select distinct date_trunc('month', created_at, 'UTC') from invented));
insert into post_key select platform, post_id, created_at from invented;
insert into post (platform, post_id, kind, author_id, title, text, created_at,
  approximate_time, conversation_id, parents, queries, likes, views,
  context_only, site_lang, ruleset_id, analysis_digest, observed_at)
select platform, post_id, kind, author_id, title, text, created_at, false, '',
  case when i % 5 = 0 then array['reply ' || post_id::bigint - 1000]
       else '{}' end,
  case when context_only then '{}'
       else array[platform || ' ' || lower(model)] end,
  i % 50, i % 900, context_only, lang, 1, i, created_at from invented;
insert into author
select distinct on (platform, author_id) platform, author_id, author_id, '',
  i, created_at from invented where author_id <> ''
order by platform, author_id, i;
insert into mention
select platform, post_id, created_at, 0, 0,
  case when i % 4 = 0 then '' else model end, lang, noise, context_only
from invented;
insert into finding
select platform, post_id, created_at, 0, n,
  case when i % 4 > 0 then model else '' end, null, category, 'complaint',
  0, 4, category || '.test', 0.9, 'clause', null, lang, noise, context_only
from invented cross join (values (1, 'price'), (2, 'speed')) f (n, category)
where i % 3 < n;
insert into comparison
select platform, post_id, created_at, 0, 1, 'Kling', 'Sora', 'price', lang,
  noise, context_only
from invented where i % 20 = 0;
insert into value
select platform, post_id, created_at, 0, 1, 'price', 20, 'USD', 'month', 0, 4,
  lang, noise, context_only
from invented where i % 25 = 0;
select count_days(0::smallint, '-infinity', 'infinity');
)sql";

/// Version 2 and later.
constexpr std::string_view kBills = R"sql(
insert into budget values ('x.posts'), ('youtube.units');
insert into ledger (bucket, source, query, worst, actual, state, reserved_at,
  settled_at)
select 'x.posts', 'x', 'sora', 500000, case when i % 9 > 0 then 5000 end,
  case when i % 9 > 0 then 'settled' else 'unknown' end, created_at,
  case when i % 9 > 0 then created_at end
from invented where i % 100 = 1;
insert into reject (source, query, pointer, item_id, reason, raw)
select 'x', 'sora', '/data/' || i, post_id, 'has no text', '{}'
from invented where i % 200 = 1;
)sql";

/// Versions 2 to 8.
constexpr std::string_view kCursors = R"sql(
insert into round (source, query, watermark, opened_at) values
  ('x', 'sora', '1700000000000000000', '2024-06-01'),
  ('youtube', 'sora', '2024-06-01T00:00:00Z', '2024-06-01');
insert into cursor (source, query, step) values
  ('x', 'sora', '{"lo":"1650000000000000000","hi":"1660000000000000000"}');
)sql";

/// Version 9 and later.
constexpr std::string_view kWalks = R"sql(
insert into round (source, query, opened_at) values
  ('x', 'sora', '2024-06-01'), ('youtube', 'sora', '2024-06-01');
insert into walk (source, list, subject, query, top)
select 'x', 'posts', 'sora', 'sora', 1700000000000000000
union all
select 'youtube', 'threads', 'v' || i, 'sora', i from invented
where i % 50 = 0;
insert into gap (walk_id, lo, hi, asked_hi, state)
select walk_id, 1, 1000, 1000, case walk_id % 2 when 0 then 'open'
  else 'closed' end from walk;
insert into raw_page (receipt, gap_id, gap_version, source, query, list,
  subject, body, received_at, state)
select receipt, 1, 0, 'x', 'sora', 'posts', 'sora', '\x00', reserved_at,
  'applied' from ledger where state = 'settled';
insert into lease values ('x', gen_random_uuid(), 7, '2024-06-01', 1, null);
insert into breaker (source, bucket, fingerprint, failures, reason)
values ('x', 'x.posts', 'f', 2, 'status 429');
)sql";

/// Version 10 and later.
constexpr std::string_view kErased = R"sql(
insert into erased (platform, post_id, reason)
select platform, 'gone' || i, 'deleted' from invented where i % 40 = 0;
)sql";

}  // namespace

void fill_version(store::Database& database, int version, int64_t posts,
                  int days) {
  store::Transaction transaction(database);
  // The definition of a table takes no parameters.
  std::string invented(kInvented);
  for (const auto& [name, value] : {std::pair("$1", std::to_string(posts)),
                                    std::pair("$2", std::to_string(days))}) {
    for (size_t at; (at = invented.find(name)) != invented.npos;) {
      invented.replace(at, 2, value);
    }
  }
  transaction.run(invented);
  if (version >= 1) transaction.run(version < 5 ? kFirstPosts : kPosts);
  if (version >= 2) {
    transaction.run(kBills);
    transaction.run(version < 9 ? kCursors : kWalks);
  }
  if (version >= 10) transaction.run(kErased);
  if (version >= 18) transaction.run("update history set ruleset_id = 1");
  transaction.run("drop table invented");
  transaction.commit();
}

}  // namespace grumble::benchmarks
