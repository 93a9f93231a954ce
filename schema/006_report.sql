-- What people read, from the roll-ups where they hold the answer and from the
-- rows where they do not. Both give the same posts; distinct authors are
-- counted one by one in the rows and estimated from the roll-ups' sketches.

create function report.slot() returns smallint
language sql stable parallel safe security definer
set search_path = public, pg_temp
return (select slot from history);

-- One row a post. `counted` is what every figure takes unless told otherwise.
create view report.post as
select p.platform, p.post_id, p.kind, p.author_id,
       case when p.author_id <> '' then p.platform || ':' || p.author_id end
         as author_key,
       coalesce(a.handle, '') as handle, coalesce(a.name, '') as author_name,
       p.title, p.text, p.created_at,
       (p.created_at at time zone 'UTC')::date as day, p.approximate_time,
       p.edited_at, p.conversation_id, p.likes, p.reposts, p.replies, p.quotes,
       p.views, p.bookmarks, m.lang,
       array(select o.model from mention o
             where o.platform = p.platform and o.post_id = p.post_id
               and o.created_at = p.created_at and o.slot = m.slot
               and o.model <> '' order by o.ordinal) as models,
       m.noise, p.context_only,
       m.noise = 'none' and not p.context_only as counted, p.observed_at
from post p
join mention m using (platform, post_id, created_at)
left join author a using (platform, author_id)
where m.slot = (select slot from history) and m.ordinal = 0;

-- One row a post and model; model '' for a post about no model, and beside its
-- models for a post with a finding that names none.
create view report.mention as
select m.platform, m.post_id, p.kind,
       case when p.author_id <> '' then p.platform || ':' || p.author_id end
         as author_key,
       m.created_at, (m.created_at at time zone 'UTC')::date as day, m.lang,
       m.noise, m.context_only,
       m.noise = 'none' and not m.context_only as counted,
       p.title, p.text, m.model, p.created_at as post_time
from mention m
join post p using (platform, post_id, created_at)
where m.slot = (select slot from history);

-- One row a finding; model '' when it names none.
create view report.finding as
select f.platform, f.post_id, f.ordinal, f.created_at, f.model, f.version, f.category, f.polarity,
       f.rule, f.confidence, f.scope, f.counterpart, f.begin_byte, f.end_byte,
       p.kind,
       case when p.author_id <> '' then p.platform || ':' || p.author_id end
         as author_key,
       (f.created_at at time zone 'UTC')::date as day, f.lang, f.noise,
       f.context_only, f.noise = 'none' and not f.context_only as counted,
       p.title, p.text, p.created_at as post_time
from finding f
join post p using (platform, post_id, created_at)
where f.slot = (select slot from history);

create view report.comparison as
select platform, post_id, created_at, better, worse,
       coalesce(category, '') as category, lang,
       noise = 'none' and not context_only as counted
from comparison
where slot = (select slot from history);

create view report.value as
select platform, post_id, created_at, kind, amount, unit, per, lang,
       noise = 'none' and not context_only as counted
from value
where slot = (select slot from history);

-- The one meaning of a filter over rows. Null means all; `match` is part of
-- the text. Both sides of the view's join are told the time: both are pruned.
create function report.mentions_in(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, platforms text[] default null,
  langs text[] default null, include_noise boolean default false,
  include_context boolean default false, match text default null)
returns setof report.mention
language sql stable parallel safe as $$
  select m.*
  from report.mention m
  where (mentions_in.since is null or m.created_at >= mentions_in.since
                                  and m.post_time >= mentions_in.since)
    and (mentions_in.until is null or m.created_at < mentions_in.until
                                  and m.post_time < mentions_in.until)
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
  where (findings_in.since is null or f.created_at >= findings_in.since
                                  and f.post_time >= findings_in.since)
    and (findings_in.until is null or f.created_at < findings_in.until
                                  and f.post_time < findings_in.until)
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

-- How many authors a sketch holds, within some hundredths; null for null.
create function report.people(sketch bit) returns bigint
language plpgsql immutable parallel safe strict as $$
declare
  left_over int := bit_count(sketch);
  size int := 256;
  place int := 1;
  ones int;
  factor double precision := 1;
  total double precision := 0;
begin
  -- Level by level, until no place is taken any more. A level that is nearly
  -- full says little: what is above it stands for it too.
  while left_over > 0 loop
    ones := bit_count(substring(sketch from place for size));
    left_over := left_over - ones;
    place := place + size;
    if ones > 0.8 * size and total = 0 and place < 1024 then
      factor := factor * 2;
    else
      total := total - size * ln(1 - least(ones, size - 0.5) / size);
    end if;
    size := 64;
  end loop;
  return round(total * factor);
end
$$;

-- [lo, hi) as stretches of whole roll-ups, and 'r' for what only rows tell.
create function report.cut(lo timestamptz, hi timestamptz, grains "char"[],
                           zone text, hours_from timestamptz)
returns table (grain "char", from_time timestamptz, to_time timestamptz)
language plpgsql stable rows 5 as $$
declare
  unit text := case grains[1] when 'm' then 'month' when 'd' then 'day'
                              else 'hour' end;
  cut_zone text := case when unit = 'hour' then 'UTC' else zone end;
  a timestamptz;
  b timestamptz;
begin
  if lo >= hi then return; end if;
  if cardinality(grains) = 0 then
    return query select 'r'::"char", lo, hi;
    return;
  end if;
  a := date_trunc(unit, lo, cut_zone);
  if a < lo then
    a := (a at time zone cut_zone + ('1 ' || unit)::interval)
           at time zone cut_zone;
  end if;
  if unit = 'hour' then a := greatest(a, hours_from); end if;
  b := date_trunc(unit, hi, cut_zone);
  if a < b then
    return query select * from report.cut(lo, a, grains[2:], zone, hours_from);
    return query select grains[1], a, b;
    return query select * from report.cut(b, hi, grains[2:], zone, hours_from);
  else
    return query select * from report.cut(lo, hi, grains[2:], zone, hours_from);
  end if;
end
$$;

create function report.pieces(since timestamptz, until timestamptz,
                              grains "char"[])
returns table (grain "char", from_time timestamptz, to_time timestamptz)
language plpgsql stable rows 5 security definer
set search_path = public, pg_temp as $$
begin
  if since is null and until is null and grains[1] = 'm' then
    return query select 'e'::"char", '-infinity'::timestamptz,
                        'infinity'::timestamptz;
  else
    return query
      select c.* from history h,
        report.cut(coalesce(since, '-infinity'), coalesce(until, 'infinity'),
                   grains, h.zone, h.hours_from) c;
  end if;
end
$$;

create function report.standings(include_noise boolean,
                                 include_context boolean)
returns text[]
language sql immutable parallel safe
return array['counted']
  || case when include_noise then array['noise'] else '{}' end
  || case when include_context then array['context'] else '{}' end
  || case when include_noise and include_context then array['noise_context']
          else '{}' end;

-- What the roll-ups count, with their unrolled ends: one row a bucket (null:
-- all of the time), platform, language and cell. `models` and `categories`
-- null mean each, '*' means any; `langs` null means any.
create function report.counts(
  since timestamptz, until timestamptz, grains "char"[], bucket text,
  zone text, models text[], categories text[], polarity text,
  platforms text[], langs text[], include_noise boolean,
  include_context boolean)
returns table (start timestamptz, platform text, lang text, standing text,
               model text, category text, counterpart text, posts bigint,
               engagement bigint, views bigint, authors bit)
language plpgsql stable rows 500 security definer
set search_path = public, pg_temp as $$
declare
  shown smallint := report.slot();
  standings text[] := report.standings(include_noise, include_context);
  any_lang text[] := coalesce(langs, array['*']);
begin
  return query
  with piece as materialized (
    select * from report.pieces(since, until, grains)
  ), wanted as materialized (
    select c.cell_id, c.platform, c.lang, c.standing, c.model, c.category,
           c.counterpart
    from cell c
    where c.polarity = counts.polarity
      and (models is null and c.model <> '*' or c.model = any (models))
      and (categories is null and c.category <> '*'
           or c.category = any (categories))
      and (platforms is null or c.platform = any (platforms))
      and c.lang = any (any_lang) and c.standing = any (standings)
  ), counted as (
    select case when bucket is not null
                then date_trunc(bucket, r.start, zone) end as start,
           w.platform, w.lang, w.standing, w.model, w.category, w.counterpart,
           r.posts, r.engagement, r.views, r.authors
    from piece p
    cross join wanted w
    cross join lateral (
      select o.start, o.posts, o.engagement, o.views, o.authors
      from rollup o
      where o.slot = shown and o.grain = p.grain and o.cell_id = w.cell_id
        and o.start >= p.from_time and o.start < p.to_time
      offset 0) r
    where p.grain <> 'r'
    union all
    select case when bucket is not null
                then date_trunc(bucket, c.start, zone) end,
           c.platform, c.lang, c.standing, c.model, c.category, c.counterpart,
           c.posts, c.engagement, c.views, c.authors
    from piece p
    cross join lateral counted_from_rows(shown, 'h', p.from_time, p.to_time) c
    where p.grain = 'r' and c.polarity = counts.polarity
      and (models is null and c.model <> '*' or c.model = any (models))
      and (categories is null and c.category <> '*'
           or c.category = any (categories))
      and (platforms is null or c.platform = any (platforms))
      and c.lang = any (any_lang) and c.standing = any (standings)
  )
  select c.start, c.platform, c.lang, c.standing, c.model, c.category,
         c.counterpart, sum(c.posts)::bigint, sum(c.engagement)::bigint,
         sum(c.views)::bigint, bit_or(c.authors)
  from counted c
  group by 1, 2, 3, 4, 5, 6, 7;
end
$$;

-- The list, or null when it names every model (category) there is.
create function report.unless_all(list text[], known text[]) returns text[]
language sql immutable parallel safe
return case when list @> known then null else list end;

create function report.known_models() returns text[]
language sql stable parallel safe security definer
set search_path = public, pg_temp
return array(select distinct model from cell
             where polarity = '' and model <> '*');

create function report.known_langs() returns text[]
language sql stable parallel safe security definer
set search_path = public, pg_temp
return array(select distinct lang from cell where lang <> '*');

create function report.known_categories() returns text[]
language sql stable parallel safe security definer
set search_path = public, pg_temp
return array(select distinct category from cell
             where polarity not in ('', 'better') and category <> '*');

-- Whether the roll-ups hold the answer, and it is not so small a question that
-- the rows answer it at once and to the author. The setting grumble.rollups
-- (always, never) is for tests and measurements.
create function report.from_rollups(
  since timestamptz, until timestamptz, polarities text[], match text)
returns boolean
language plpgsql stable security definer
set search_path = public, pg_temp as $$
declare
  wish text := coalesce(current_setting('grumble.rollups', true), '');
begin
  if match is not null or coalesce(cardinality(polarities), 0) <> 1
     or wish = 'never' then
    return false;
  end if;
  return wish = 'always' or coalesce(10000 < (
    select sum(r.posts)
    from report.pieces(date_trunc('day', since), until, '{m,d}') p,
         cell c, rollup r
    where c.polarity = '' and c.model = '*' and c.category = ''
      and c.lang = '*'
      and r.slot = report.slot() and r.grain = p.grain
      and r.cell_id = c.cell_id and r.start >= p.from_time
      and r.start < p.to_time), false);
end
$$;

-- Whether hours of this zone are hours of UTC, in the time that has hours.
create function report.whole_hours(zone text) returns boolean
language sql stable security definer
set search_path = public, pg_temp
return (select bool_and(extract(minute from t at time zone zone) = 0)
        from history h, unnest(array[h.hours_from, now()]) t);

-- Which roll-ups add up to such buckets; null when none do.
create function report.grains_for(bucket text, in_zone text,
                                  since timestamptz)
returns "char"[]
language sql stable security definer
set search_path = public, pg_temp
return (select case
    when bucket in ('day', 'week', 'month', 'quarter', 'year')
         and in_zone = h.zone then
      case when bucket in ('day', 'week') then '{d,h}'::"char"[]
           else '{m,d,h}'::"char"[] end
    when since >= h.hours_from and report.whole_hours(in_zone)
      then '{h}'::"char"[] end
  from history h);

-- Posts a hundred; 0 of 0 is 0.
create or replace function report.rate(posts bigint, mentions bigint)
returns double precision
language sql immutable parallel safe
return case when mentions = 0 then 0
            else round(100.0 * posts / mentions, 2)::double precision end;

-- Wilson's interval of a share, as posts a hundred; z = 1.96 holds 95 of 100.
create function report.wilson(posts bigint, mentions bigint, upper boolean,
                              z double precision default 1.959964)
returns double precision
language sql immutable parallel safe
return case when mentions <= 0 then case when upper then 100 else 0 end
  else (select greatest(0, least(100, 100 * (
      p + z * z / (2 * mentions)
      + case when upper then 1 else -1 end * z
        * sqrt(p * (1 - p) / mentions
               + z * z / (4 * mentions::double precision * mentions)))
      / (1 + z * z / mentions)))
    from (select least(1, posts::double precision / mentions) as p) share)
  end;

-- Posts about each model, complaining or not.
create function report.models(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, platforms text[] default null,
  langs text[] default null, include_noise boolean default false,
  include_context boolean default false, match text default null)
returns table (model text, posts bigint, authors bigint)
language plpgsql stable rows 50 as $$
begin
  if report.from_rollups(since, until, '{complaint}', match) then
    return query
      select c.model, sum(c.posts)::bigint, report.people(bit_or(c.authors))
      from report.counts(since, until, '{m,d,h}', null, null, models.models,
                         '{""}', '', platforms, langs, include_noise,
                         include_context) c
      where c.model <> '*'
      group by c.model;
  else
    return query
      select m.model, count(*), count(distinct m.author_key)
      from report.mentions_in(since, until, models.models, platforms, langs,
                              include_noise, include_context, match) m
      group by m.model;
  end if;
end
$$;

-- Model x category: posts with such a finding, a hundred posts about the
-- model, between low and high in 95 of 100 cases.
create function report.matrix(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarities text[] default array['complaint'],
  include_noise boolean default false, include_context boolean default false,
  match text default null)
returns table (category text, model text, posts bigint, authors bigint,
               mentions bigint, rate double precision, low double precision,
               high double precision)
language plpgsql stable rows 300 as $$
begin
  return query
  with cell as (
    select * from report.cells(since, until, models, categories, platforms,
                               langs, polarities, include_noise,
                               include_context, match)
  ), about as materialized (
    select m.model, m.posts
    from report.models(since, until, matrix.models, platforms, langs,
                       include_noise, include_context, match) m
  )
  select c.category, c.model, c.posts, c.authors, coalesce(a.posts, 0),
         report.rate(c.posts, coalesce(a.posts, 0)),
         report.wilson(c.posts, coalesce(a.posts, 0), false),
         report.wilson(c.posts, coalesce(a.posts, 0), true)
  from cell c
  left join about a on a.model = c.model
  order by c.category, c.model;
end
$$;

-- The matrix without its denominators.
create function report.cells(
  since timestamptz, until timestamptz, models text[], categories text[],
  platforms text[], langs text[], polarities text[], include_noise boolean,
  include_context boolean, match text)
returns table (category text, model text, posts bigint, authors bigint)
language plpgsql stable rows 300 as $$
begin
  if report.from_rollups(since, until, polarities, match) then
    return query
      select c.category, c.model, sum(c.posts)::bigint,
             report.people(bit_or(c.authors))
      from report.counts(since, until, '{m,d,h}', null, null, models,
                         categories, polarities[1], platforms, langs,
                         include_noise, include_context) c
      where c.model <> '*' and c.category <> '*'
      group by c.category, c.model;
  else
    return query
      select f.category, f.model, count(distinct (f.platform, f.post_id)),
             count(distinct f.author_key)
      from report.findings_in(since, until, models, categories, platforms,
                              langs, polarities, include_noise,
                              include_context, match) f
      group by f.category, f.model;
  end if;
end
$$;

-- '*' for any, the one of a list of one; null when no single cell counts it.
create function report.one_of(list text[]) returns text[]
language sql immutable parallel safe
return case when list is null then '{*}'
            when cardinality(list) = 1 then list end;

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
               mentions bigint, rate double precision, complete boolean,
               low double precision, high double precision)
language plpgsql stable rows 1000 as $$
begin
  return query
  with found as materialized (
    select * from report.series(since, until, bucket, zone, series_by, models,
                                categories, platforms, langs, polarities,
                                include_noise, include_context, match)
  ), about as materialized (
    select * from report.mention_series(
      since, until, bucket, zone,
      case when series_by = 'model' then 'model' else 'all' end, models,
      platforms, langs, include_noise, include_context, match)
  ), bucket as (
    select local at time zone zone as start,
           (local + ('1 ' || trend.bucket)::interval) at time zone zone
             as finish
    from generate_series(
      date_trunc(trend.bucket, since at time zone zone),
      (until - interval '1 microsecond') at time zone zone,
      ('1 ' || trend.bucket)::interval) as local
  ), series as (
    select distinct f.key from found f
  )
  select b.start, s.key, coalesce(f.posts, 0), coalesce(f.authors, 0),
         coalesce(a.posts, 0),
         report.rate(coalesce(f.posts, 0), coalesce(a.posts, 0)),
         b.start >= since and b.finish <= least(until, now()),
         report.wilson(coalesce(f.posts, 0), coalesce(a.posts, 0), false),
         report.wilson(coalesce(f.posts, 0), coalesce(a.posts, 0), true)
  from series s
  cross join bucket b
  left join found f on f.start = b.start and f.key = s.key
  left join about a
    on a.start = b.start
   and a.key = case when series_by = 'model' then s.key else 'all' end
  order by s.key, b.start;
end
$$;

-- Posts with such a finding, by bucket (null: all of the time) and by model,
-- category, platform, lang, rule or all.
create function report.series(
  since timestamptz, until timestamptz, bucket text, zone text, by text,
  models text[], categories text[], platforms text[], langs text[],
  polarities text[], include_noise boolean, include_context boolean,
  match text)
returns table (start timestamptz, key text, posts bigint, authors bigint)
language plpgsql stable rows 1000 as $$
declare
  few_models text[] := case when by = 'model' then models
    else report.one_of(report.unless_all(models, report.known_models())) end;
  few_categories text[] := case when by = 'category' then categories
    else report.one_of(
      report.unless_all(categories, report.known_categories())) end;
  grains "char"[] := case when bucket is null then '{m,d,h}'
                          else report.grains_for(bucket, zone, since) end;
  each_lang text[] := case when by = 'lang' and langs is null
    then report.known_langs()
    else langs end;
begin
  if by <> 'rule' and grains is not null
     and (by = 'model' or few_models is not null)
     and (by = 'category' or few_categories is not null)
     and report.from_rollups(since, until, polarities, match) then
    return query
      select c.start, k.key, sum(c.posts)::bigint,
             report.people(bit_or(c.authors))
      from report.counts(since, until, grains, bucket, zone, few_models,
                         few_categories, polarities[1], platforms, each_lang,
                         include_noise, include_context) c
      cross join lateral (values (
        case by when 'model' then c.model when 'category' then c.category
                when 'platform' then c.platform when 'lang' then c.lang
                else 'all' end)) k (key)
      group by 1, 2;
  else
    return query
      select date_trunc(bucket, f.created_at, zone), k.key,
             count(distinct (f.platform, f.post_id)),
             count(distinct f.author_key)
      from report.findings_in(since, until, models, categories, platforms,
                              langs, polarities, include_noise,
                              include_context, match) f
      cross join lateral (values (
        case by when 'model' then f.model when 'category' then f.category
                when 'platform' then f.platform when 'lang' then f.lang
                when 'rule' then f.rule else 'all' end)) k (key)
      group by 1, 2;
  end if;
end
$$;

-- Posts about the models, by bucket (null: all of the time) and by model,
-- platform, lang or all.
create function report.mention_series(
  since timestamptz, until timestamptz, bucket text, zone text, by text,
  models text[], platforms text[], langs text[], include_noise boolean,
  include_context boolean, match text)
returns table (start timestamptz, key text, posts bigint)
language plpgsql stable rows 1000 as $$
declare
  few_models text[] := case when by = 'model' then models
    else report.one_of(report.unless_all(models, report.known_models())) end;
  grains "char"[] := case when bucket is null then '{m,d,h}'
                          else report.grains_for(bucket, zone, since) end;
  each_lang text[] := case when by = 'lang' and langs is null
    then report.known_langs()
    else langs end;
begin
  if grains is not null and (by = 'model' or few_models is not null)
     and report.from_rollups(since, until, '{complaint}', match) then
    return query
      select c.start, k.key, sum(c.posts)::bigint
      from report.counts(since, until, grains, bucket, zone, few_models,
                         '{""}', '', platforms, each_lang, include_noise,
                         include_context) c
      cross join lateral (values (
        case by when 'model' then c.model when 'platform' then c.platform
                when 'lang' then c.lang else 'all' end)) k (key)
      group by 1, 2;
  else
    return query
      select date_trunc(bucket, m.created_at, zone), k.key,
             count(distinct (m.platform, m.post_id))
      from report.mentions_in(since, until, models, platforms, langs,
                              include_noise, include_context, match) m
      cross join lateral (values (
        case by when 'model' then m.model when 'platform' then m.platform
                when 'lang' then m.lang else 'all' end)) k (key)
      group by 1, 2;
  end if;
end
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
language plpgsql stable rows 100 as $$
begin
  return query
  with about as materialized (
    select m.key, m.posts
    from report.mention_series(
      since, until, null, null,
      case when dimension in ('model', 'platform', 'lang') then dimension
           else 'all' end,
      models, platforms, langs, include_noise, include_context, match) m
  )
  select f.key, f.posts, f.authors, coalesce(a.posts, 0),
         report.rate(f.posts, coalesce(a.posts, 0))
  from report.series(since, until, null, null, dimension, models, categories,
                     platforms, langs, polarities, include_noise,
                     include_context, match) f
  left join about a
    on a.key = case when dimension in ('model', 'platform', 'lang') then f.key
                    else 'all' end
  order by f.posts desc, f.key;
end
$$;

-- One row: posts with such a finding among the posts about the models.
create function report.share(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarities text[] default array['complaint'],
  include_noise boolean default false, include_context boolean default false,
  match text default null)
returns table (posts bigint, authors bigint, mentions bigint,
               rate double precision, low double precision,
               high double precision)
language sql stable rows 1 as $$
  select coalesce(f.posts, 0), coalesce(f.authors, 0), coalesce(a.posts, 0),
         report.rate(coalesce(f.posts, 0), coalesce(a.posts, 0)),
         report.wilson(coalesce(f.posts, 0), coalesce(a.posts, 0), false),
         report.wilson(coalesce(f.posts, 0), coalesce(a.posts, 0), true)
  from (values (1)) one (row)
  left join report.series(
    share.since, share.until, null, null, 'all', share.models,
    share.categories, share.platforms, share.langs, share.polarities,
    share.include_noise, share.include_context, share.match) f on true
  left join report.mention_series(
    share.since, share.until, null, null, 'all', share.models,
    share.platforms, share.langs, share.include_noise,
    share.include_context, share.match) a on true
$$;

-- Posts of each site.
create function report.platforms(
  since timestamptz default null, until timestamptz default null)
returns table (platform text, posts bigint)
language sql stable rows 2 as $$
  select m.key, m.posts
  from report.mention_series(
    platforms.since, platforms.until, null, null, 'platform', null, null,
    null, false, false, null) m
  order by 1
$$;

-- What the time, platforms and languages hold, whatever the models: posts
-- shown, and left out as noise or as mere context.
create function report.totals(
  since timestamptz default null, until timestamptz default null,
  platforms text[] default null, langs text[] default null,
  include_noise boolean default false, include_context boolean default false)
returns table (posts bigint, noise bigint, context bigint, oldest timestamptz,
               newest timestamptz)
language plpgsql stable rows 1 as $$
declare
  shown text[] := report.standings(include_noise, include_context);
begin
  select coalesce(sum(c.posts) filter (where c.standing = any (shown)), 0),
         coalesce(sum(c.posts) filter (
           where c.standing in ('noise', 'noise_context')
             and not include_noise), 0),
         coalesce(sum(c.posts) filter (
           where not include_context and (c.standing = 'context'
             or c.standing = 'noise_context' and include_noise)), 0)
  into posts, noise, context
  from report.counts(since, until, '{m,d,h}', null, null, '{*}', '{""}', '',
                     platforms, langs, true, true) c;
  oldest := report.border(since, until, platforms, langs, shown, false);
  newest := report.border(since, until, platforms, langs, shown, true);
  return next;
end
$$;

-- The time of the first (last) such post: the roll-ups tell the day.
create function report.border(
  since timestamptz, until timestamptz, platforms text[], langs text[],
  standings text[], last boolean)
returns timestamptz
language plpgsql stable security definer
set search_path = public, pg_temp as $$
declare
  zone text := (select h.zone from history h);
  lo timestamptz := date_trunc('day', coalesce(since, '-infinity'), zone);
  hi timestamptz := coalesce(until, 'infinity');
  day timestamptz;
  day_end timestamptz;
  found timestamptz;
begin
  loop
    select case when last then max(d.start) else min(d.start) end into day
    from cell c
    cross join lateral (
      (select r.start from rollup r
       where not last and r.slot = report.slot() and r.grain = 'd'
         and r.cell_id = c.cell_id and r.start >= lo and r.start < hi
       order by r.start limit 1)
      union all
      (select r.start from rollup r
       where last and r.slot = report.slot() and r.grain = 'd'
         and r.cell_id = c.cell_id and r.start >= lo and r.start < hi
       order by r.start desc limit 1)) d
    where c.polarity = '' and c.model = '*' and c.category = ''
      and c.lang = any (coalesce(langs, '{*}'))
      and (platforms is null or c.platform = any (platforms))
      and c.standing = any (standings);
    if day is null then return null; end if;
    day_end := (day at time zone zone + interval '1 day') at time zone zone;
    select case when last then max(m.created_at) else min(m.created_at) end
    into found
    from mention m
    where m.slot = report.slot() and m.ordinal = 0
      and m.created_at >= greatest(day, since)
      and m.created_at < least(day_end, until)
      and (platforms is null or m.platform = any (platforms))
      and (langs is null or m.lang = any (langs))
      and standing(m.noise, m.context_only) = any (standings);
    if found is not null then return found; end if;
    if day_end <= (select h.rows_from from history h) then
      return greatest(day, since);
    end if;
    if last then hi := day; else lo := day_end; end if;
  end loop;
end
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

-- What moved against the equal time before: the cells whose difference in
-- rate is not by chance (its interval leaves out 0), with enough posts.
create function report.changes(
  since timestamptz, until timestamptz,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarities text[] default array['complaint'],
  min_posts bigint default 20, min_mentions bigint default 30)
returns table (category text, model text, posts bigint, mentions bigint,
               rate double precision, posts_before bigint,
               mentions_before bigint, rate_before double precision,
               difference double precision, low double precision,
               high double precision)
language sql stable as $$
  with this as (
    select * from report.matrix(
      changes.since, changes.until, changes.models, changes.categories,
      changes.platforms, changes.langs, changes.polarities)
  ), past as (
    select * from report.matrix(
      changes.since - (changes.until - changes.since), changes.since,
      changes.models, changes.categories, changes.platforms, changes.langs,
      changes.polarities)
  ), about_now as (
    select m.model, m.posts from report.models(
      changes.since, changes.until, changes.models, changes.platforms,
      changes.langs) m
  ), about_past as (
    select m.model, m.posts from report.models(
      changes.since - (changes.until - changes.since), changes.since,
      changes.models, changes.platforms, changes.langs) m
  ), pair as (
    select category, model,
           coalesce(n.posts, 0) as posts, coalesce(a.posts, 0) as mentions,
           coalesce(t.posts, 0) as posts_before,
           coalesce(b.posts, 0) as mentions_before
    from this n
    full join past t using (category, model)
    left join about_now a using (model)
    left join about_past b using (model)
  ), apart as (
    -- Newcombe: the difference's interval from both Wilson intervals.
    select p.*, r.rate, b.rate as rate_before, r.rate - b.rate as difference,
           r.rate - b.rate - sqrt((r.rate - r.low) ^ 2 + (b.high - b.rate) ^ 2)
             as low,
           r.rate - b.rate + sqrt((r.high - r.rate) ^ 2 + (b.rate - b.low) ^ 2)
             as high
    from pair p
    cross join lateral (values (
      report.rate(posts, mentions), report.wilson(posts, mentions, false),
      report.wilson(posts, mentions, true))) r (rate, low, high)
    cross join lateral (values (
      report.rate(posts_before, mentions_before),
      report.wilson(posts_before, mentions_before, false),
      report.wilson(posts_before, mentions_before, true)))
      b (rate, low, high)
  )
  select category, model, posts, mentions, rate, posts_before,
         mentions_before, rate_before, difference, low, high
  from apart
  where greatest(posts, posts_before) >= changes.min_posts
    and least(mentions, mentions_before) >= changes.min_mentions
    and (low > 0 or high < 0)
  order by abs(difference) desc, category, model
$$;

-- Who is held above whom, and in what ('': overall).
create function report.comparisons(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null)
returns table (better text, worse text, category text, posts bigint,
               authors bigint)
language sql stable rows 100 as $$
  select c.model, c.counterpart, c.category, sum(c.posts)::bigint,
         report.people(bit_or(c.authors))
  from report.counts(
    comparisons.since, comparisons.until, '{m,d,h}', null, null, null,
    comparisons.categories, 'better', comparisons.platforms, comparisons.langs,
    false, false) c
  where comparisons.models is null or c.model = any (comparisons.models)
     or c.counterpart = any (comparisons.models)
  group by 1, 2, 3
  order by 4 desc, 1, 2, 3
$$;

-- Each model's part in the posts that name a model, in a hundred. Not a
-- measure of complaint: a popular model is no bad one.
create function report.share_of_voice(
  since timestamptz default null, until timestamptz default null,
  platforms text[] default null, langs text[] default null)
returns table (model text, posts bigint, authors bigint, "all" bigint,
               share double precision, low double precision,
               high double precision)
language sql stable rows 50 as $$
  with about as (
    select m.model, m.posts, m.authors,
           (sum(m.posts) over ())::bigint as "all"
    from report.models(share_of_voice.since, share_of_voice.until,
                       platforms => share_of_voice.platforms,
                       langs => share_of_voice.langs) m
    where m.model <> ''
  )
  select model, posts, authors, "all", report.rate(posts, "all"),
         report.wilson(posts, "all", false), report.wilson(posts, "all", true)
  from about
  order by posts desc, model
$$;

-- What a site's posts with such a finding were shown, liked and answered. One
-- row a site: two sites' counters are no common measure.
create function report.engagement(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarity text default 'complaint')
returns table (platform text, model text, posts bigint, engagement bigint,
               views bigint)
language sql stable rows 50 as $$
  select c.platform, c.model, sum(c.posts)::bigint,
         sum(c.engagement)::bigint, sum(c.views)::bigint
  from report.counts(
    engagement.since, engagement.until, '{m,d,h}', null, null,
    engagement.models, coalesce(engagement.categories, '{*}'),
    engagement.polarity, engagement.platforms, engagement.langs, false,
    false) c
  where engagement.categories is null
     or cardinality(engagement.categories) = 1
  group by 1, 2
  order by 1, 3 desc, 2
$$;

-- Prices, resolutions, durations and quotas that people state.
create function report.stated_values(
  since timestamptz default null, until timestamptz default null,
  kinds text[] default null, platforms text[] default null,
  langs text[] default null)
returns table (kind text, unit text, per text, amount double precision,
               posts bigint)
language sql stable rows 100 as $$
  select v.kind, v.unit, v.per, v.amount,
         count(distinct (v.platform, v.post_id))
  from report.value v
  where v.counted
    and (stated_values.since is null or v.created_at >= stated_values.since)
    and (stated_values.until is null or v.created_at < stated_values.until)
    and (stated_values.kinds is null or v.kind = any (stated_values.kinds))
    and (stated_values.platforms is null
         or v.platform = any (stated_values.platforms))
    and (stated_values.langs is null or v.lang = any (stated_values.langs))
  group by 1, 2, 3, 4
  order by 5 desc, 1, 2, 3, 4
$$;

-- Is what we see all that there is? `findings` counts what each post says of a
-- model and a category once; `observed` is of the newest thousand posts.
create function report.coverage_of(in_platform text)
returns table (platform text, posts bigint, videos bigint, comments bigint,
               context bigint, noise bigint, authors bigint, findings bigint,
               newest timestamptz, observed timestamptz)
language plpgsql stable rows 1 security definer
set search_path = public, pg_temp as $$
declare
  all_standings text[] := report.standings(true, true);
begin
  platform := in_platform;
  select coalesce(sum(r.posts) filter (where c.category = 'post'), 0),
         coalesce(sum(r.posts) filter (where c.category = 'video'), 0),
         coalesce(sum(r.posts) filter (where c.category = 'comment'), 0),
         coalesce(sum(r.posts) filter (
           where c.category = '' and c.polarity = '' and c.model = '*'
             and c.standing in ('context', 'noise_context')), 0),
         coalesce(sum(r.posts) filter (
           where c.category = '' and c.polarity = '' and c.model = '*'
             and c.standing in ('noise', 'noise_context')), 0),
         report.people(bit_or(r.authors)),
         coalesce(sum(r.posts) filter (
           where c.polarity not in ('', 'better') and c.model <> '*'
             and c.category <> '*'), 0)
  into posts, videos, comments, context, noise, authors, findings
  from cell c
  join rollup r on r.slot = report.slot() and r.grain = 'e'
               and r.cell_id = c.cell_id
  where c.platform = in_platform and c.lang = '*';
  if posts + videos + comments <= 10000 then
    select count(*) into authors from author a
    where a.platform = in_platform;
  end if;
  newest := report.border(null, null, array[in_platform], null, all_standings,
                          true);
  select max(p.observed_at) into observed
  from (select o.observed_at from post o where o.platform = in_platform
        order by o.created_at desc limit 1000) p;
  return next;
end
$$;

create view report.coverage as
select k.*
from (select distinct platform from cell where polarity = '') s
cross join lateral report.coverage_of(s.platform) k
where k.posts + k.videos + k.comments > 0;
