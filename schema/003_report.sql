-- What people read: the command line, the page, the report and Grafana. The
-- views run as their owner, so a reader needs no right on the tables.
create schema report;

create function report.full_text(title text, body text) returns text
language sql immutable parallel safe
return case when title = '' then body
            when body = '' then title
            else title || E'\n' || body end;

-- The bytes [begin_byte, end_byte) of a text.
create function report.slice(whole text, begin_byte int, end_byte int)
returns text
language sql immutable parallel safe
return convert_from(substring(convert_to(whole, 'UTF8')
                              from begin_byte + 1
                              for end_byte - begin_byte), 'UTF8');

-- One row a post. `counted` is what every figure takes unless told otherwise.
create view report.post as
select p.platform, p.post_id, p.kind, p.author_id,
       case when p.author_id <> '' then p.platform || ':' || p.author_id end
         as author_key,
       coalesce(a.handle, '') as handle, coalesce(a.name, '') as author_name,
       p.title, p.text, p.created_at, p.day, p.approximate_time, p.edited_at,
       p.conversation_id, p.likes, p.reposts, p.replies, p.quotes, p.views,
       p.bookmarks, p.lang, p.models, p.noise, p.context_only,
       p.noise = 'none' and not p.context_only as counted, p.observed_at
from post p
left join author a using (platform, author_id);

-- One row a post and model; model '' for a post about no model, and beside its
-- models for a post with a finding that names none.
create view report.mention as
select p.platform, p.post_id, p.kind,
       case when p.author_id <> '' then p.platform || ':' || p.author_id end
         as author_key,
       p.created_at, p.day, p.lang, p.noise, p.context_only,
       p.noise = 'none' and not p.context_only as counted,
       p.title, p.text, m.model
from post p
cross join lateral unnest(
  case when p.models = '{}' then array[''] else p.models end) as m (model);

-- One row a finding; model '' when it names none.
create view report.finding as
select f.platform, f.post_id, f.ordinal, f.created_at,
       coalesce(f.model, '') as model, f.version, f.category, f.polarity,
       f.rule, f.confidence, f.scope, f.counterpart, f.begin_byte, f.end_byte,
       p.kind,
       case when p.author_id <> '' then p.platform || ':' || p.author_id end
         as author_key,
       p.day, p.lang, p.noise, p.context_only,
       p.noise = 'none' and not p.context_only as counted, p.title, p.text
from finding f
join post p using (platform, post_id);

create view report.comparison as
select c.platform, c.post_id, c.created_at, c.better, c.worse,
       coalesce(c.category, '') as category, p.lang,
       p.noise = 'none' and not p.context_only as counted
from comparison c
join post p using (platform, post_id);

create view report.value as
select v.platform, v.post_id, v.created_at, v.kind, v.amount, v.unit, v.per,
       p.models, p.lang, p.noise = 'none' and not p.context_only as counted
from value v
join post p using (platform, post_id);

-- The one meaning of a filter. Null means all; `match` is part of the text.
create function report.mentions_in(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, platforms text[] default null,
  langs text[] default null, include_noise boolean default false,
  include_context boolean default false, match text default null)
returns setof report.mention
language sql stable parallel safe as $$
  select m.*
  from report.mention m
  where (mentions_in.since is null or m.created_at >= mentions_in.since)
    and (mentions_in.until is null or m.created_at < mentions_in.until)
    and (mentions_in.models is null or m.model = any (mentions_in.models))
    and (mentions_in.platforms is null
         or m.platform = any (mentions_in.platforms))
    and (mentions_in.langs is null or m.lang = any (mentions_in.langs))
    and (mentions_in.include_noise or m.noise = 'none')
    and (mentions_in.include_context or not m.context_only)
    and (mentions_in.match is null
         or position(lower(mentions_in.match)
                     in lower(report.full_text(m.title, m.text))) > 0)
$$;

create function report.findings_in(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarities text[] default array['complaint'],
  include_noise boolean default false, include_context boolean default false,
  match text default null)
returns setof report.finding
language sql stable parallel safe as $$
  select f.*
  from report.finding f
  where (findings_in.since is null or f.created_at >= findings_in.since)
    and (findings_in.until is null or f.created_at < findings_in.until)
    and (findings_in.models is null or f.model = any (findings_in.models))
    and (findings_in.categories is null
         or f.category = any (findings_in.categories))
    and (findings_in.platforms is null
         or f.platform = any (findings_in.platforms))
    and (findings_in.langs is null or f.lang = any (findings_in.langs))
    and (findings_in.polarities is null
         or f.polarity = any (findings_in.polarities))
    and (findings_in.include_noise or f.noise = 'none')
    and (findings_in.include_context or not f.context_only)
    and (findings_in.match is null
         or position(lower(findings_in.match)
                     in lower(report.full_text(f.title, f.text))) > 0)
$$;

-- Posts a hundred; 0 of 0 is 0.
create function report.rate(posts bigint, mentions bigint)
returns double precision
language sql immutable parallel safe
return case when mentions = 0 then 0
            else round(100.0 * posts / mentions, 2)::double precision end;

-- Model x category: posts with such a finding, a hundred posts about the model.
create function report.matrix(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarities text[] default array['complaint'],
  include_noise boolean default false, include_context boolean default false,
  match text default null)
returns table (category text, model text, posts bigint, authors bigint,
               mentions bigint, rate double precision)
language sql stable parallel safe as $$
  with cell as (
    select f.category, f.model, count(distinct (f.platform, f.post_id)) as n,
           count(distinct f.author_key) as people
    from report.findings_in(
      matrix.since, matrix.until, matrix.models, matrix.categories,
      matrix.platforms, matrix.langs, matrix.polarities, matrix.include_noise,
      matrix.include_context, matrix.match) f
    group by f.category, f.model
  ), about as (
    select m.model, count(*) as n
    from report.mentions_in(
      matrix.since, matrix.until, matrix.models, matrix.platforms,
      matrix.langs, matrix.include_noise, matrix.include_context,
      matrix.match) m
    group by m.model
  )
  select c.category, c.model, c.n, c.people, coalesce(a.n, 0),
         report.rate(c.n, coalesce(a.n, 0))
  from cell c
  left join about a using (model)
  order by c.category, c.model
$$;

-- A series a model or category, or one in all; no bucket is left out.
create function report.trend(
  since timestamptz, until timestamptz, bucket text default 'day',
  zone text default 'UTC', series_by text default 'all',
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarities text[] default array['complaint'],
  include_noise boolean default false, include_context boolean default false,
  match text default null)
returns table ("time" timestamptz, series text, posts bigint, authors bigint,
               mentions bigint, rate double precision, complete boolean)
language sql stable parallel safe as $$
  with found as (
    select date_trunc(trend.bucket, f.created_at, trend.zone) as start,
           case trend.series_by when 'model' then f.model
                                when 'category' then f.category
                                else 'all' end as series,
           count(distinct (f.platform, f.post_id)) as n,
           count(distinct f.author_key) as people
    from report.findings_in(
      trend.since, trend.until, trend.models, trend.categories,
      trend.platforms, trend.langs, trend.polarities, trend.include_noise,
      trend.include_context, trend.match) f
    group by 1, 2
  ), about as (
    select date_trunc(trend.bucket, m.created_at, trend.zone) as start,
           case when trend.series_by = 'model' then m.model else 'all' end
             as series,
           count(distinct (m.platform, m.post_id)) as n
    from report.mentions_in(
      trend.since, trend.until, trend.models, trend.platforms, trend.langs,
      trend.include_noise, trend.include_context, trend.match) m
    group by 1, 2
  ), bucket as (
    select local at time zone trend.zone as start,
           (local + ('1 ' || trend.bucket)::interval) at time zone trend.zone
             as finish
    from generate_series(
      date_trunc(trend.bucket, trend.since at time zone trend.zone),
      (trend.until - interval '1 microsecond') at time zone trend.zone,
      ('1 ' || trend.bucket)::interval) as local
  ), series as (
    select distinct f.series from found f
  )
  select b.start, s.series, coalesce(f.n, 0), coalesce(f.people, 0),
         coalesce(a.n, 0), report.rate(coalesce(f.n, 0), coalesce(a.n, 0)),
         b.start >= trend.since and b.finish <= least(trend.until, now())
  from series s
  cross join bucket b
  left join found f on f.start = b.start and f.series = s.series
  left join about a
    on a.start = b.start
   and a.series = case when trend.series_by = 'model' then s.series
                       else 'all' end
  order by s.series, b.start
$$;

-- What is complained about most, by one dimension.
create function report.top(
  dimension text,
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarities text[] default array['complaint'],
  include_noise boolean default false, include_context boolean default false,
  match text default null)
returns table (key text, posts bigint, authors bigint, mentions bigint,
               rate double precision)
language sql stable parallel safe as $$
  with found as (
    select case top.dimension
             when 'category' then f.category when 'model' then f.model
             when 'platform' then f.platform when 'lang' then f.lang
             when 'rule' then f.rule end as key,
           count(distinct (f.platform, f.post_id)) as n,
           count(distinct f.author_key) as people
    from report.findings_in(
      top.since, top.until, top.models, top.categories, top.platforms,
      top.langs, top.polarities, top.include_noise, top.include_context,
      top.match) f
    group by 1
  ), about as (
    select case top.dimension
             when 'model' then m.model when 'platform' then m.platform
             when 'lang' then m.lang else 'all' end as key,
           count(distinct (m.platform, m.post_id)) as n
    from report.mentions_in(
      top.since, top.until, top.models, top.platforms, top.langs,
      top.include_noise, top.include_context, top.match) m
    group by 1
  )
  select f.key, f.n, f.people, coalesce(a.n, 0),
         report.rate(f.n, coalesce(a.n, 0))
  from found f
  left join about a
    on a.key = case when top.dimension in ('model', 'platform', 'lang')
                    then f.key else 'all' end
  order by f.n desc, f.key
$$;

-- Findings with their words, newest first: what stands behind any figure.
create function report.evidence(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarities text[] default array['complaint'],
  include_noise boolean default false, include_context boolean default false,
  match text default null)
returns table ("time" timestamptz, platform text, post_id text, kind text,
               model text, category text, polarity text, evidence text,
               post text, rule text, lang text, noise text)
language sql stable parallel safe as $$
  select f.created_at, f.platform, f.post_id, f.kind, f.model, f.category,
         f.polarity,
         report.slice(report.full_text(f.title, f.text), f.begin_byte,
                      f.end_byte),
         report.full_text(f.title, f.text), f.rule, f.lang, f.noise
  from report.findings_in(
    evidence.since, evidence.until, evidence.models, evidence.categories,
    evidence.platforms, evidence.langs, evidence.polarities,
    evidence.include_noise, evidence.include_context, evidence.match) f
  order by f.created_at desc, f.platform, f.post_id, f.ordinal
$$;

-- Is what we see all that there is? One row a site.
create view report.coverage as
select p.platform,
       count(*) filter (where p.kind = 'post') as posts,
       count(*) filter (where p.kind = 'video') as videos,
       count(*) filter (where p.kind = 'comment') as comments,
       count(*) filter (where p.context_only) as context,
       count(*) filter (where p.noise <> 'none') as noise,
       (select count(*) from author a where a.platform = p.platform)
         as authors,
       (select count(*) from finding f where f.platform = p.platform)
         as findings,
       max(p.created_at) as newest,
       max(p.observed_at) as observed
from post p
group by p.platform;

create view report.round as
select r.source, r.query, r.opened_at, r.completed_at,
       (select count(*) from cursor c
        where c.source = r.source and c.query = r.query) as open_cursors
from round r;

create view report.reject as
select source, reason, count(*) as items, max(rejected_at) as last_at
from reject
group by source, reason;

create view report.spending as
select bucket, (reserved_at at time zone 'UTC')::date as day,
       coalesce(sum(actual), 0)::bigint as settled,
       coalesce(sum(worst) filter (where state = 'reserved'), 0)::bigint
         as reserved,
       coalesce(sum(worst) filter (where state = 'unknown'), 0)::bigint
         as unknown,
       count(*) as requests
from ledger
group by 1, 2;

create view report.ruleset as
select version, activated_at from ruleset;

create view report.migration as
select number, name, applied_at from schema_migration;
