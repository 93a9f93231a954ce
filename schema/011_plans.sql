-- Questions that stay quick as history grows: the same answers as before, by
-- plans that look at what they show and at nothing else.

drop function counted_from_rows;

-- As before, and as one expression after the other: every post that lands is
-- placed.
create or replace function author_place(platform text, author_id text)
returns smallint
language plpgsql immutable parallel safe as $$
declare
  h bigint;
  level int;
begin
  if author_id = '' then return null; end if;
  h := hashtextextended(author_id, hashtextextended(platform, 0));
  level := position(B'1' in (h >> 32)::int::bit(32)) - 1;
  if level = 0 then return h & 255; end if;
  if level < 0 or level > 12 then level := 12; end if;
  return 192 + 64 * level + (h & 63);
end
$$;

-- What the posts of a time should have been counted as, from the rows alone:
-- one row a day (or hour) and cell, of all polarities and languages or of the
-- given ones. land() counts the same on its own. A post has one time, so that
-- its key finds its rows: told the times as well, the planner takes the joins
-- for far smaller than they are.
create function counted_from_rows(
  in_slot smallint, grain "char", lo timestamptz, hi timestamptz,
  polarities text[] default null, langs text[] default null)
returns table (start timestamptz, platform text, lang text, standing text,
               model text, category text, polarity text, counterpart text,
               posts bigint, engagement bigint, views bigint,
               authors bit)
language plpgsql stable rows 1000
set plan_cache_mode = force_custom_plan as $$
declare
  unit text := case grain when 'h' then 'hour' else 'day' end;
  zone text := case grain when 'h' then 'UTC'
                          else (select h.zone from history h) end;
begin
  return query
  with about as materialized (
    select p.platform, p.post_id, p.kind,
           date_trunc(unit, p.created_at, zone) as start, p.author_place,
           p.engagement, coalesce(p.views, 0) as views, m.lang,
           standing(m.noise, m.context_only) as standing, m.ordinal, m.model
    from post p
    join mention m on m.platform = p.platform and m.post_id = p.post_id
    where p.created_at >= lo and p.created_at < hi
      and m.created_at >= lo and m.created_at < hi and m.slot = in_slot
  ), said as (
    select a.*, a.model as of, '' as category, '' as polarity,
           '' as counterpart
    from about a
    where counted_from_rows.polarities is null
       or '' = any (counted_from_rows.polarities)
    union all
    select a.*, '*', k.category, '', ''
    from about a
    cross join lateral (values (''), (a.kind)) k (category)
    where a.ordinal = 0
      and (counted_from_rows.polarities is null
           or '' = any (counted_from_rows.polarities))
    union all
    (select distinct a.*, s.model, s.category, f.polarity, ''
     from about a
     join finding f on f.platform = a.platform and f.post_id = a.post_id
     cross join lateral (values
       (f.model, f.category), (f.model, '*'), ('*', f.category),
       ('*', '*')) s (model, category)
     where a.ordinal = 0
       and f.created_at >= lo and f.created_at < hi and f.slot = in_slot
       and (counted_from_rows.polarities is null
            or f.polarity = any (counted_from_rows.polarities)))
    union all
    (select distinct a.*, c.better, coalesce(c.category, ''), 'better',
            c.worse
     from about a
     join comparison c on c.platform = a.platform and c.post_id = a.post_id
     where a.ordinal = 0
       and c.created_at >= lo and c.created_at < hi and c.slot = in_slot
       and (counted_from_rows.polarities is null
            or 'better' = any (counted_from_rows.polarities)))
  )
  select s.start, s.platform, l.lang, s.standing, s.of, s.category,
         s.polarity, s.counterpart, count(*), sum(s.engagement)::bigint,
         sum(s.views)::bigint, bit_or(sketch_of(s.author_place))
  from said s
  cross join lateral (values (s.lang), ('*')) l (lang)
  where counted_from_rows.langs is null
     or l.lang = any (counted_from_rows.langs)
  group by 1, 2, 3, 4, 5, 6, 7, 8;
end
$$;

-- How many authors a sketch holds, within some hundredths; null for null.
create or replace function report.people(sketch bit) returns bigint
language plpgsql immutable parallel safe strict as $$
declare
  left_over int := bit_count(sketch);
  size int := 256;
  place int := 1;
  ones int;
  factor double precision := 1;
  total double precision := 0;
begin
  -- Level by level, until few places are left, of which next to none stands
  -- for two authors. A level that is nearly full says little: what is above it
  -- stands for it too.
  while left_over > case when place = 1 then 16 else 40 end loop
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
  return round((total + left_over + left_over ^ 2 / 384 + left_over ^ 3 / 86016)
               * factor);
end
$$;

-- Posts a hundred; 0 of 0 is 0.
create or replace function report.rate(posts bigint, mentions bigint)
returns double precision
language sql immutable parallel safe
return case when mentions = 0 then 0
            else floor(10000::double precision * posts / mentions + 0.5) / 100
       end;

-- Wilson's interval of a share, as posts a hundred; z = 1.96 holds 95 of 100.
-- One expression, so that it becomes part of the question that asks.
create or replace function report.wilson(
  posts bigint, mentions bigint, upper boolean,
  z double precision default 1.959964)
returns double precision
language sql immutable parallel safe
return case when mentions <= 0 then case when upper then 100 else 0 end
  else greatest(0, least(100, 100 * (
      least(posts, mentions) + z * z / 2
      + case when upper then 1 else -1 end * z
        * sqrt(least(posts, mentions)
                 * (1 - least(posts, mentions)::double precision / mentions)
               + z * z / 4))
      / (mentions + z * z)))
  end;

-- [since, until) as stretches of whole roll-ups, from the coarsest grain down,
-- and 'r' for what only rows tell.
create or replace function report.pieces(
  since timestamptz, until timestamptz, grains "char"[])
returns table (grain "char", from_time timestamptz, to_time timestamptz)
language plpgsql stable rows 5 security definer
set search_path = public, pg_temp as $$
declare
  zone text;
  hours_from timestamptz;
  unit text;
  cut_zone text;
  lows timestamptz[] := array[coalesce(since, '-infinity')];
  highs timestamptz[] := array[coalesce(until, 'infinity')];
  next_lows timestamptz[];
  next_highs timestamptz[];
  a timestamptz;
  b timestamptz;
begin
  if since is null and until is null and grains[1] = 'm' then
    return query select 'e'::"char", '-infinity'::timestamptz,
                        'infinity'::timestamptz;
    return;
  end if;
  select h.zone, h.hours_from into zone, hours_from from history h;
  foreach grain in array grains loop
    unit := case grain when 'm' then 'month' when 'd' then 'day'
                       else 'hour' end;
    cut_zone := case grain when 'h' then 'UTC' else zone end;
    next_lows := '{}';
    next_highs := '{}';
    for i in 1 .. cardinality(lows) loop
      a := date_trunc(unit, lows[i], cut_zone);
      if a < lows[i] then
        a := (a at time zone cut_zone + ('1 ' || unit)::interval)
               at time zone cut_zone;
      end if;
      if grain = 'h' then a := greatest(a, hours_from); end if;
      b := date_trunc(unit, highs[i], cut_zone);
      if a < b then
        from_time := a;
        to_time := b;
        return next;
      else
        a := highs[i];
        b := highs[i];
      end if;
      if lows[i] < a then
        next_lows := next_lows || lows[i];
        next_highs := next_highs || a;
      end if;
      if b < highs[i] then
        next_lows := next_lows || b;
        next_highs := next_highs || highs[i];
      end if;
    end loop;
    lows := next_lows;
    highs := next_highs;
  end loop;
  grain := 'r';
  for i in 1 .. cardinality(lows) loop
    from_time := lows[i];
    to_time := highs[i];
    return next;
  end loop;
end
$$;

drop function report.cut;

drop function report.counts;

-- What the roll-ups count, with their unrolled ends: one row a bucket (null:
-- all of the time) and cell. `models` and `categories` null mean each, '*'
-- means any; `langs` null means any; polarity '' is the posts about a model.
create function report.counts(
  since timestamptz, until timestamptz, grains "char"[], bucket text,
  zone text, models text[], categories text[], polarities text[],
  platforms text[], langs text[], include_noise boolean,
  include_context boolean)
returns table (start timestamptz, platform text, lang text, standing text,
               model text, category text, polarity text, counterpart text,
               posts bigint, engagement bigint, views bigint, authors bit)
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
           c.polarity, c.counterpart
    from cell c
    where c.polarity = any (polarities)
      and (models is null and c.model <> '*' or c.model = any (models))
      and case when c.polarity = '' then c.category = ''
               else categories is null and c.category <> '*'
                    or c.category = any (categories) end
      and (platforms is null or c.platform = any (platforms))
      and c.lang = any (any_lang) and c.standing = any (standings)
  ), counted as (
    -- A cell's roll-ups lie in order: added up one cell at a time, they need
    -- no sorting.
    select w.cell_id, r.*
    from piece p
    cross join wanted w
    cross join lateral (
      select case when bucket is not null
                  then date_trunc(bucket, o.start, zone) end as start,
             sum(o.posts)::bigint as posts,
             sum(o.engagement)::bigint as engagement,
             sum(o.views)::bigint as views, bit_or(o.authors) as authors
      from rollup o
      where o.slot = shown and o.grain = p.grain and o.cell_id = w.cell_id
        and o.start >= p.from_time and o.start < p.to_time
      group by 1 offset 0) r
    where p.grain <> 'r'
    union all
    select w.cell_id,
           case when bucket is not null
                then date_trunc(bucket, c.start, zone) end,
           c.posts, c.engagement, c.views, c.authors
    from piece p
    cross join lateral counted_from_rows(
      shown, 'h', p.from_time, p.to_time, counts.polarities, any_lang) c
    join wanted w on w.polarity = c.polarity and w.model = c.model
     and w.category = c.category and w.counterpart = c.counterpart
     and w.platform = c.platform and w.lang = c.lang
     and w.standing = c.standing
    where p.grain = 'r'
  ), summed as (
    select c.cell_id, c.start, sum(c.posts)::bigint as posts,
           sum(c.engagement)::bigint as engagement,
           sum(c.views)::bigint as views, bit_or(c.authors) as authors
    from counted c
    group by 1, 2
  )
  select s.start, w.platform, w.lang, w.standing, w.model, w.category,
         w.polarity, w.counterpart, s.posts, s.engagement, s.views, s.authors
  from summed s
  join wanted w using (cell_id);
end
$$;
create index cell_asked on cell (polarity, standing, lang);

-- Stated values are asked for by time, of one kind or of all.
drop index value_kind;
create index value_created_at on value (created_at, kind);

-- The time of the first (last) such post: the roll-ups tell the day.
create or replace function report.border(
  since timestamptz, until timestamptz, platforms text[], langs text[],
  standings text[], last boolean)
returns timestamptz
language plpgsql stable security definer
set search_path = public, pg_temp as $$
declare
  zone text := (select h.zone from history h);
  shown smallint := report.slot();
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
       where not last and r.slot = shown and r.grain = 'd'
         and r.cell_id = c.cell_id and r.start >= lo and r.start < hi
       order by r.start limit 1)
      union all
      (select r.start from rollup r
       where last and r.slot = shown and r.grain = 'd'
         and r.cell_id = c.cell_id and r.start >= lo and r.start < hi
       order by r.start desc limit 1)) d
    where c.polarity = '' and c.model = '*' and c.category = ''
      and c.lang = any (coalesce(langs, '{*}'))
      and (platforms is null or c.platform = any (platforms))
      and c.standing = any (standings);
    if day is null then return null; end if;
    day_end := (day at time zone zone + interval '1 day') at time zone zone;
    -- One row at a time from the end that is asked for.
    for found in execute format($sql$
      select p.created_at
      from post p
      cross join lateral (
        select m.lang, m.noise, m.context_only
        from mention m
        where m.platform = p.platform and m.post_id = p.post_id
          and m.created_at = p.created_at and m.slot = %L and m.ordinal = 0
          and m.created_at >= $1 and m.created_at < $2
        offset 0) a
      where p.created_at >= $1 and p.created_at < $2
        and ($3 is null or p.platform = any ($3))
        and ($4 is null or a.lang = any ($4))
        and standing(a.noise, a.context_only) = any ($5)
      order by p.created_at %s limit 1
      $sql$, shown, case when last then 'desc' else 'asc' end)
      using greatest(day, since), least(day_end, until), platforms, langs,
            standings loop
      return found;
    end loop;
    if day_end <= (select h.rows_from from history h) then
      return greatest(day, since);
    end if;
    if last then hi := day; else lo := day_end; end if;
  end loop;
end
$$;

-- Whether the roll-ups hold the answer, and it is not so small a question that
-- the rows answer it at once and to the author. No polarity at all asks for
-- mentions alone. The setting grumble.rollups (always, never) is for tests and
-- measurements.
create or replace function report.from_rollups(
  since timestamptz, until timestamptz, polarities text[], match text)
returns boolean
language plpgsql stable security definer
set search_path = public, pg_temp as $$
declare
  wish text := coalesce(current_setting('grumble.rollups', true), '');
  shown smallint := report.slot();
begin
  if match is not null or polarities is null or cardinality(polarities) > 1
     or wish = 'never' then
    return false;
  end if;
  return wish = 'always' or coalesce(10000 < (
    with piece as materialized (
      select * from report.pieces(date_trunc('day', since), until, '{m,d}')
    )
    select sum(r.posts)
    from piece p, cell c, rollup r
    where c.polarity = '' and c.model = '*' and c.category = ''
      and c.lang = '*' and r.slot = shown and r.grain = p.grain
      and r.cell_id = c.cell_id and r.start >= p.from_time
      and r.start < p.to_time), false);
end
$$;

drop function report.series, report.mention_series, report.cells;

-- What every figure is made of, by bucket (null: all of the time) and by
-- model, category, platform, lang, rule, cell (model and category) or all:
-- posts with such a finding, and, with category null, posts about the models,
-- which are the denominators ('all' where the key is no model, platform or
-- language).
create function report.tally(
  since timestamptz, until timestamptz, bucket text, zone text, by text,
  models text[], categories text[], platforms text[], langs text[],
  polarities text[], include_noise boolean, include_context boolean,
  match text)
returns table (start timestamptz, key text, category text, posts bigint,
               authors bigint)
language plpgsql stable rows 1000
set plan_cache_mode = force_custom_plan as $$
declare
  by_model boolean := by in ('model', 'cell');
  by_category boolean := by in ('category', 'cell');
  few_models text[] := case
    when by_model or models is null then models
    else report.unless_all(models, report.known_models()) end;
  few_categories text[] := case
    when by_category or categories is null then categories
    else report.unless_all(categories, report.known_categories()) end;
  grains "char"[] := case when bucket is null then '{m,d,h}'
                          else report.grains_for(bucket, zone, since) end;
  each_lang text[] := case when by = 'lang' and langs is null
    then report.known_langs()
    else langs end;
begin
  if not by_model then few_models := report.one_of(few_models); end if;
  if not by_category then
    few_categories := report.one_of(few_categories);
  end if;
  if by <> 'rule' and grains is not null
     and (by_model or few_models is not null)
     and (by_category or few_categories is not null
          or cardinality(polarities) = 0)
     and report.from_rollups(since, until, polarities, match) then
    return query
      select c.start, k.key, k.category, sum(c.posts)::bigint,
             case when by = 'cell' or k.category is not null
                  then report.people(bit_or(c.authors)) end
      from report.counts(since, until, grains, bucket, zone, few_models,
                         few_categories, polarities || '{""}', platforms,
                         each_lang, include_noise, include_context) c
      cross join lateral (values (
        case when by_model then c.model
             when by = 'platform' then c.platform
             when by = 'lang' then c.lang
             when by = 'category' and c.polarity <> '' then c.category
             else 'all' end,
        case when c.polarity = '' then null
             when by = 'cell' then c.category
             else '' end)) k (key, category)
      where c.model <> '*' or not by_model
      group by 1, 2, 3;
    return;
  end if;
  return query
    select date_trunc(bucket, m.created_at, zone), k.key, null,
           count(distinct (m.platform, m.post_id)),
           count(distinct m.author_key)
    from report.mentions_in(since, until, tally.models, platforms, langs,
                            include_noise, include_context, match) m
    cross join lateral (values (
      case when by_model then m.model when by = 'platform' then m.platform
           when by = 'lang' then m.lang else 'all' end)) k (key)
    group by 1, 2;
  if cardinality(polarities) = 0 then return; end if;
  return query
    select date_trunc(bucket, f.created_at, zone), k.key, k.category,
           count(distinct (f.platform, f.post_id)),
           count(distinct f.author_key)
    from report.findings_in(since, until, tally.models, tally.categories,
                            platforms, langs, polarities, include_noise,
                            include_context, match) f
    cross join lateral (values (
      case when by_model then f.model when by = 'category' then f.category
           when by = 'platform' then f.platform when by = 'lang' then f.lang
           when by = 'rule' then f.rule else 'all' end,
      case when by = 'cell' then f.category else '' end)) k (key, category)
    group by 1, 2, 3;
end
$$;

create or replace function report.models(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, platforms text[] default null,
  langs text[] default null, include_noise boolean default false,
  include_context boolean default false, match text default null)
returns table (model text, posts bigint, authors bigint)
language sql stable rows 50 as $$
  select t.key, t.posts, t.authors
  from report.tally(
    models.since, models.until, null, null, 'cell', models.models, null,
    models.platforms, models.langs, '{}', models.include_noise,
    models.include_context, models.match) t
$$;

create or replace function report.matrix(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarities text[] default array['complaint'],
  include_noise boolean default false, include_context boolean default false,
  match text default null)
returns table (category text, model text, posts bigint, authors bigint,
               mentions bigint, rate double precision, low double precision,
               high double precision)
language sql stable rows 300 as $$
  with t as materialized (
    select * from report.tally(
      matrix.since, matrix.until, null, null, 'cell', matrix.models,
      matrix.categories, matrix.platforms, matrix.langs, matrix.polarities,
      matrix.include_noise, matrix.include_context, matrix.match)
  )
  select c.category, c.key, c.posts, c.authors, coalesce(a.posts, 0),
         report.rate(c.posts, coalesce(a.posts, 0)),
         report.wilson(c.posts, coalesce(a.posts, 0), false),
         report.wilson(c.posts, coalesce(a.posts, 0), true)
  from t c
  left join t a on a.key = c.key and a.category is null
  where c.category is not null
  order by 1, 2
$$;

create or replace function report.trend(
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
language sql stable rows 1000 as $$
  with t as materialized (
    select * from report.tally(
      trend.since, trend.until, trend.bucket, trend.zone, trend.series_by,
      trend.models, trend.categories, trend.platforms, trend.langs,
      trend.polarities, trend.include_noise, trend.include_context,
      trend.match)
  ), bucket as (
    select local at time zone trend.zone as start,
           (local + ('1 ' || trend.bucket)::interval) at time zone trend.zone
             as finish
    from generate_series(
      date_trunc(trend.bucket, trend.since at time zone trend.zone),
      (trend.until - interval '1 microsecond') at time zone trend.zone,
      ('1 ' || trend.bucket)::interval) as local
  ), series as (
    select distinct t.key from t where t.category is not null
  ), joined as (
    select b.start, b.finish, s.key, coalesce(f.posts, 0) as posts,
           coalesce(f.authors, 0) as authors,
           coalesce(a.posts, 0) as mentions
    from series s
    cross join bucket b
    left join t f on f.start = b.start and f.key = s.key
                 and f.category is not null
    left join t a on a.start = b.start and a.category is null
     and a.key = case when trend.series_by in ('model', 'platform', 'lang')
                      then s.key else 'all' end
  )
  select j.start, j.key, j.posts, j.authors, j.mentions,
         report.rate(j.posts, j.mentions),
         j.start >= trend.since and j.finish <= least(trend.until, now()),
         report.wilson(j.posts, j.mentions, false),
         report.wilson(j.posts, j.mentions, true)
  from joined j
  order by 2, 1
$$;

create or replace function report.top(
  dimension text,
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarities text[] default array['complaint'],
  include_noise boolean default false, include_context boolean default false,
  match text default null)
returns table (key text, posts bigint, authors bigint, mentions bigint,
               rate double precision)
language sql stable rows 100 as $$
  with t as materialized (
    select * from report.tally(
      top.since, top.until, null, null, top.dimension, top.models,
      top.categories, top.platforms, top.langs, top.polarities,
      top.include_noise, top.include_context, top.match)
  )
  select f.key, f.posts, f.authors, coalesce(a.posts, 0),
         report.rate(f.posts, coalesce(a.posts, 0))
  from t f
  left join t a
    on a.category is null
   and a.key = case when top.dimension in ('model', 'platform', 'lang')
                    then f.key else 'all' end
  where f.category is not null
  order by 2 desc, 1
$$;

create or replace function report.share(
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
  with t as materialized (
    select * from report.tally(
      share.since, share.until, null, null, 'all', share.models,
      share.categories, share.platforms, share.langs, share.polarities,
      share.include_noise, share.include_context, share.match)
  ), one as (
    select coalesce(max(t.posts) filter (where t.category is not null), 0)
             as posts,
           coalesce(max(t.authors) filter (where t.category is not null), 0)
             as authors,
           coalesce(max(t.posts) filter (where t.category is null), 0)
             as mentions
    from t
  )
  select o.posts, o.authors, o.mentions, report.rate(o.posts, o.mentions),
         report.wilson(o.posts, o.mentions, false),
         report.wilson(o.posts, o.mentions, true)
  from one o
$$;

create or replace function report.platforms(
  since timestamptz default null, until timestamptz default null)
returns table (platform text, posts bigint)
language sql stable rows 2 as $$
  select t.key, t.posts
  from report.tally(
    platforms.since, platforms.until, null, null, 'platform', null, null,
    null, null, '{}', false, false, null) t
  order by 1
$$;

create or replace function report.totals(
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
  from report.counts(since, until, '{m,d,h}', null, null, '{*}', null,
                     '{""}', platforms, langs, true, true) c;
  oldest := report.border(since, until, platforms, langs, shown, false);
  newest := report.border(since, until, platforms, langs, shown, true);
  return next;
end
$$;

-- The time itself or, where roll-ups by hour are gone, the start of its day.
create function report.hour_or_day(moment timestamptz) returns timestamptz
language sql stable security definer
set search_path = public, pg_temp
return (select case when moment >= h.hours_from then moment
                    else date_trunc('day', moment, h.zone) end
        from history h);

-- What moved against the equal time before: the cells whose difference in
-- rate is not by chance (its interval leaves out 0), with enough posts. Where
-- roll-ups by hour are gone, the time before begins with a whole day.
create or replace function report.changes(
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
  with this as materialized (
    select * from report.tally(
      changes.since, changes.until, null, null, 'cell', changes.models,
      changes.categories, changes.platforms, changes.langs,
      changes.polarities, false, false, null)
  ), past as materialized (
    select * from report.tally(
      report.hour_or_day(changes.since - (changes.until - changes.since)),
      changes.since, null, null, 'cell', changes.models, changes.categories, changes.platforms,
      changes.langs, changes.polarities, false, false, null)
  ), pair as (
    select category, key as model,
           coalesce(n.posts, 0) as posts, coalesce(a.posts, 0) as mentions,
           coalesce(t.posts, 0) as posts_before,
           coalesce(b.posts, 0) as mentions_before
    from (select * from this where this.category is not null) n
    full join (select * from past where past.category is not null) t
      using (category, key)
    left join (select this.key, this.posts from this
               where this.category is null) a using (key)
    left join (select past.key, past.posts from past
               where past.category is null) b using (key)
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

create or replace function report.comparisons(
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
    comparisons.categories, '{better}', comparisons.platforms,
    comparisons.langs, false, false) c
  where comparisons.models is null or c.model = any (comparisons.models)
     or c.counterpart = any (comparisons.models)
  group by 1, 2, 3
  order by 4 desc, 1, 2, 3
$$;

create or replace function report.engagement(
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
    array[engagement.polarity], engagement.platforms, engagement.langs,
    false, false) c
  where engagement.categories is null
     or cardinality(engagement.categories) = 1
  group by 1, 2
  order by 1, 3 desc, 2
$$;

-- Is what we see all that there is? `findings` counts what each post says of a
-- model and a category once; `observed` is of the newest thousand posts.
create or replace function report.coverage_of(in_platform text)
returns table (platform text, posts bigint, videos bigint, comments bigint,
               context bigint, noise bigint, authors bigint, findings bigint,
               newest timestamptz, observed timestamptz)
language plpgsql stable rows 1 security definer
set search_path = public, pg_temp as $$
declare
  all_standings text[] := report.standings(true, true);
  shown smallint := report.slot();
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
  join rollup r on r.slot = shown and r.grain = 'e'
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

-- As before, with the time a second time: who asks for a range says so of
-- both, and only the months of both tables are looked at.
create or replace view report.post as
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
       m.noise = 'none' and not p.context_only as counted, p.observed_at,
       m.created_at as mention_time
from post p
join mention m using (platform, post_id, created_at)
left join author a using (platform, author_id)
where m.slot = (select slot from history) and m.ordinal = 0;

-- Whether a post's text holds these words, in any case.
create function report.says(in_platform text, in_post_id text,
                            in_created_at timestamptz, match text)
returns boolean
language sql stable parallel safe security definer
set search_path = public, pg_temp
return exists (
  select from post p
  where p.platform = in_platform and p.post_id = in_post_id
    and p.created_at = in_created_at
    and position(lower(match)
                 in lower(report.full_text(p.title, p.text))) > 0);

-- The newest posts with such a finding or, asked for any, about such a model:
-- `most` of them at most, newest first. Looks at the last day, then at ever
-- longer stretches before it, until there are enough.
create function report.newest(
  since timestamptz, until timestamptz, models text[], categories text[],
  platforms text[], langs text[], polarities text[], include_noise boolean,
  include_context boolean, match text, any_post boolean, most int)
returns table (platform text, post_id text, created_at timestamptz)
language plpgsql stable rows 50 security definer
set search_path = public, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
  shown smallint := report.slot();
  finish timestamptz := (select p.created_at + interval '1 microsecond'
                         from post p order by p.created_at desc limit 1);
  start timestamptz := (select p.created_at
                        from post p order by p.created_at limit 1);
  span interval := '1 day';
  hi timestamptz;
  lo timestamptz;
  sent int := 0;
  got int;
begin
  finish := least(finish, until);
  start := greatest(start, since);
  hi := finish;
  while start < hi and sent < most loop
    lo := greatest(start, hi - span);
    if any_post then
      return query
        select m.platform, m.post_id, m.created_at
        from mention m
        where m.slot = shown and m.created_at >= lo and m.created_at < hi
          and (models is null or m.model = any (models))
          and (platforms is null or m.platform = any (platforms))
          and (langs is null or m.lang = any (langs))
          and (include_noise or m.noise = 'none')
          and (include_context or not m.context_only)
          and (match is null or report.says(m.platform, m.post_id,
                                            m.created_at, match))
        group by 1, 2, 3 order by 3 desc, 1, 2 limit most - sent;
    else
      return query
        select f.platform, f.post_id, f.created_at
        from finding f
        where f.slot = shown and f.created_at >= lo and f.created_at < hi
          and (models is null or f.model = any (models))
          and (categories is null or f.category = any (categories))
          and (platforms is null or f.platform = any (platforms))
          and (langs is null or f.lang = any (langs))
          and (polarities is null or f.polarity = any (polarities))
          and (include_noise or f.noise = 'none')
          and (include_context or not f.context_only)
          and (match is null or report.says(f.platform, f.post_id,
                                            f.created_at, match))
        group by 1, 2, 3 order by 3 desc, 1, 2 limit most - sent;
    end if;
    get diagnostics got = row_count;
    sent := sent + got;
    hi := lo;
    span := 4 * span;
  end loop;
end
$$;

select grant_roles();
