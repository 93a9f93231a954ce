-- Sets of what a post says at once are counted (see 031_sets.sql), and filters
-- of several models, categories or polarities are answered from them: the sum
-- of what is counted one by one, less what counts more than once.

-- As before, with the sets, and noise by its kind: a cell has '*' as its model,
-- the kind as its category and 'noise' as its polarity.
-- Which polarities are asked for is looked up in their text, whose value the
-- planner does not know: a condition that it knows to be false takes those of
-- the time with it, and all months are looked at for nothing.
create or replace function counted_from_rows(
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
            or counted_from_rows.polarities::text like '%better%'))
    union all
    (select distinct a.*, v.kind, v.unit, 'value', v.amount || ' ' || v.per
     from about a
     join value v on v.platform = a.platform and v.post_id = a.post_id
     where a.ordinal = 0
       and v.created_at >= lo and v.created_at < hi and v.slot = in_slot
       and (counted_from_rows.polarities is null
            or counted_from_rows.polarities::text like '%value%'))
    union all
    select a.*, q.name, '', 'query', ''
    from about a
    join post p on p.platform = a.platform and p.post_id = a.post_id
    cross join lateral unnest(p.queries) q (name)
    where a.ordinal = 0 and p.created_at >= lo and p.created_at < hi
      and (counted_from_rows.polarities is null
           or counted_from_rows.polarities::text like '%query%')
    union all
    select a.*, q.name, 'finding', 'query', n.place::text
    from about a
    join post p on p.platform = a.platform and p.post_id = a.post_id
    cross join lateral unnest(p.queries) q (name)
    cross join lateral (
      select row_number() over (partition by f.post_id) as place
      from finding f
      where f.platform = p.platform and f.post_id = p.post_id
        and f.created_at >= lo and f.created_at < hi
        and f.slot = in_slot) n
    where a.ordinal = 0 and p.created_at >= lo and p.created_at < hi
      and (counted_from_rows.polarities is null
           or counted_from_rows.polarities::text like '%query%')
    union all
    select a.*, '*', m.noise, 'noise', ''
    from about a
    join mention m on m.platform = a.platform and m.post_id = a.post_id
    where a.ordinal = 0 and m.ordinal = 0 and m.noise <> 'none'
      and m.created_at >= lo and m.created_at < hi and m.slot = in_slot
      and (counted_from_rows.polarities is null
           or counted_from_rows.polarities::text like '%noise%')
    union all
    select a.platform, a.post_id, a.kind, a.start, a.author_place,
           a.engagement, a.views, a.lang, a.standing, 0, '', '*', '*',
           'models',
           case when count(*) <= 64
                then string_agg(a.model, E'\n' order by a.model) else '' end
    from about a
    where counted_from_rows.polarities is null
       or counted_from_rows.polarities::text like '%models%'
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    having count(*) > 1
    union all
    select a.platform, a.post_id, a.kind, a.start, a.author_place,
           a.engagement, a.views, a.lang, a.standing, 0, '', '*', '*',
           'findings',
           case when count(*) <= 64
                then string_agg(a.line, E'\n' order by a.line) else '' end
    from (
      select distinct o.platform, o.post_id, o.kind, o.start, o.author_place,
             o.engagement, o.views, o.lang, o.standing,
             f.model || E'\t' || f.category || E'\t' || f.polarity as line
      from about o
      join finding f on f.platform = o.platform and f.post_id = o.post_id
      where o.ordinal = 0
        and f.created_at >= lo and f.created_at < hi and f.slot = in_slot
        and (counted_from_rows.polarities is null
             or counted_from_rows.polarities::text like '%findings%')) a
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    having count(*) > 1
    union all
    select a.platform, a.post_id, a.kind, a.start, a.author_place,
           a.engagement, a.views, a.lang, a.standing, 0, '', a.of, a.category,
           'polarities', string_agg(a.polarity, E'\n' order by a.polarity)
    from (
      select distinct o.platform, o.post_id, o.kind, o.start, o.author_place,
             o.engagement, o.views, o.lang, o.standing, s.of, s.category,
             f.polarity
      from about o
      join finding f on f.platform = o.platform and f.post_id = o.post_id
      cross join lateral (values
        (f.model, f.category), (f.model, '*'), ('*', f.category),
        ('*', '*')) s (of, category)
      where o.ordinal = 0
        and f.created_at >= lo and f.created_at < hi and f.slot = in_slot
        and (counted_from_rows.polarities is null
             or counted_from_rows.polarities::text like '%polarities%')
        and exists (
          select from finding t
          where t.platform = f.platform and t.post_id = f.post_id
            and t.created_at >= lo and t.created_at < hi and t.slot = in_slot
            and t.polarity <> f.polarity)) a
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13
    having count(*) > 1
  )
  select s.start, s.platform, l.lang, s.standing, s.of, s.category,
         s.polarity, s.counterpart, count(*), sum(s.engagement)::bigint,
         sum(s.views)::bigint, bit_or(sketch_of(s.author_place))
  from said s
  cross join lateral (values (s.lang), ('*')) l (lang)
  where (s.polarity <> 'query' or l.lang = '*')
    and (counted_from_rows.langs is null
         or l.lang = any (counted_from_rows.langs))
  group by 1, 2, 3, 4, 5, 6, 7, 8;
end
$$;

select count_also('{models,findings,polarities,noise}');

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
           where c.category = ''
             and c.standing in ('context', 'noise_context')), 0),
         coalesce(sum(r.posts) filter (
           where c.category = ''
             and c.standing in ('noise', 'noise_context')), 0),
         report.people(bit_or(r.authors))
  into posts, videos, comments, context, noise, authors
  from cell c
  join rollup r on r.slot = shown and r.grain = 'e' and r.cell_id = c.cell_id
  where c.polarity = '' and c.model = '*' and c.lang = '*'
    and c.standing = any (all_standings) and c.platform = in_platform;
  select coalesce(sum(r.posts), 0)
  into findings
  from cell c
  join rollup r on r.slot = shown and r.grain = 'e' and r.cell_id = c.cell_id
  where c.polarity = any (report.known_polarities()) and c.lang = '*'
    and c.standing = any (all_standings) and c.platform = in_platform
    and c.model <> '*' and c.category <> '*';
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

create or replace function report.known_langs() returns text[]
language sql stable parallel safe security definer
set search_path = public, pg_temp
return array(select distinct lang from cell
             where polarity = '' and model = '*' and category = ''
               and lang <> '*');

create or replace function report.known_polarities() returns text[]
language sql immutable parallel safe
return array['complaint', 'praise', 'request', 'question', 'resolved'];

create or replace function report.known_categories() returns text[]
language sql stable parallel safe security definer
set search_path = public, pg_temp
return array(select distinct category from cell
             where polarity = any (report.known_polarities()) and model = '*'
               and category <> '*');

drop function report.counts;

-- What the roll-ups count, with their unrolled ends: one row a bucket (null:
-- all of the time) and cell. `models` and `categories` null mean each, '*'
-- means any; `langs` null means any; polarity '' is the posts about a model.
-- Beside them the sets of these ids, whatever else is asked for. Never compiled:
-- that takes seconds where the answer takes milliseconds.
create function report.counts(
  since timestamptz, until timestamptz, grains "char"[], bucket text,
  zone text, models text[], categories text[], polarities text[],
  platforms text[], langs text[], include_noise boolean,
  include_context boolean, sets int[] default '{}')
returns table (start timestamptz, platform text, lang text, standing text,
               model text, category text, polarity text, counterpart text,
               posts bigint, engagement bigint, views bigint, authors bit,
               set_id int)
language plpgsql stable rows 500 security definer
set search_path = public, pg_temp set jit = off as $$
declare
  shown smallint := report.slot();
  standings text[] := report.standings(include_noise, include_context);
  any_lang text[] := coalesce(langs, array['*']);
begin
  return query
  with piece as materialized (
    select * from report.pieces(
      since, until,
      case when langs is null or since is null and until is null then grains
           else array_remove(grains, 'w') end)
  ), wanted as materialized (
    select c.cell_id, c.platform, c.lang, c.standing, c.model, c.category,
           c.polarity, c.counterpart, null::int as set_id
    from cell c
    where c.polarity = any (polarities)
      and (models is null and c.model <> '*' or c.model = any (models))
      and case when c.polarity = '' then c.category = ''
               else categories is null and c.category <> '*'
                    or c.category = any (categories) end
      and (platforms is null or c.platform = any (platforms))
      and c.lang = any (any_lang) and c.standing = any (standings)
    union all
    select c.cell_id, c.platform, c.lang, c.standing, c.model, c.category,
           c.polarity, c.counterpart, s.cell_id
    from cell s
    join cell c using (polarity, model, category, counterpart, platform,
                       standing)
    where s.cell_id = any (sets) and c.lang = any (any_lang)
  ), counted as (
    -- A cell's roll-ups lie in order: added up one cell at a time, they need
    -- no sorting.
    select w.cell_id, r.*
    from piece p
    cross join wanted w
    cross join lateral (
      select case when bucket is null then null
                  when p.grain = left(bucket, 1)::"char" then o.start
                  else date_trunc(bucket, o.start, zone) end as start,
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
      shown, 'h', p.from_time, p.to_time,
      counts.polarities
        || case when sets <> '{}' then '{models,findings}'::text[] end,
      any_lang) c
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
         w.polarity, w.counterpart, s.posts, s.engagement, s.views, s.authors,
         w.set_id
  from summed s
  join wanted w using (cell_id);
end
$$;

-- Sets whose posts are counted more than once when all that is asked for is
-- added up, by model and by category where those are told apart, and how many
-- times too often. `models` and `categories` null mean any.
create function report.repeats(
  models text[], categories text[], polarities text[], by_model boolean,
  by_category boolean, platforms text[], standings text[])
returns table (set_id int, model text, category text, about boolean,
               times bigint)
language plpgsql stable rows 100 security definer
set search_path = public, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  return query
  select g.cell_id, g.model, g.category, g.about, g.times
  from (
    select s.cell_id, s.model, s.category, s.about, count(*) - 1 as times
    from (
      select distinct t.cell_id, t.polarity, t.polarity = '' as about,
             case when by_model then t.model end as model,
             case when by_category then t.category end as category,
             case when repeats.models is not null then t.model end as of_model,
             case when repeats.categories is not null then t.category end
               as of_category
      from together t
      where t.polarity = any (polarities || '{""}')
        and (repeats.models is null or t.model = any (repeats.models))
        and (repeats.categories is null or t.polarity = ''
             or t.category = any (repeats.categories))) s
    group by 1, 2, 3, 4
    having count(*) > 1) g
  join cell c using (cell_id)
  where c.standing = any (standings)
    and (platforms is null or c.platform = any (platforms));
end
$$;

-- The same of posts that say too much for a set: roll-ups tell their days, and
-- those days' rows the rest, while there are rows.
create function report.repeats_of_many(
  since timestamptz, until timestamptz, bucket text, zone text,
  models text[], categories text[], polarities text[], by_model boolean,
  by_category boolean, platforms text[], langs text[], standings text[])
returns table (start timestamptz, platform text, lang text, model text,
               category text, about boolean, posts bigint, engagement bigint,
               views bigint)
language plpgsql stable rows 1 security definer
set search_path = public, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
  shown smallint := report.slot();
  kept history := (select h from history h);
  day record;
begin
  for day in
    select distinct r.start as lo,
           (r.start at time zone kept.zone + interval '1 day')
             at time zone kept.zone as hi
    from cell c
    join rollup r on r.slot = shown and r.grain = 'd' and r.cell_id = c.cell_id
    where c.polarity in ('models', 'findings') and c.model = '*'
      and c.category = '*' and c.counterpart = '' and c.lang = '*'
      and c.standing = any (standings)
      and r.start >= date_trunc('day', coalesce(since, '-infinity'), kept.zone)
      and r.start < coalesce(until, 'infinity')
  loop
    return query
    with said as (
      select distinct m.platform, m.post_id, m.created_at, m.lang, m.noise,
             m.context_only, m.model, '' as category, '' as polarity
      from mention m
      where m.slot = shown and m.created_at >= greatest(day.lo, since)
        and m.created_at < least(day.hi, until)
      union all
      select distinct f.platform, f.post_id, f.created_at, f.lang, f.noise,
             f.context_only, f.model, f.category, f.polarity
      from finding f
      where f.slot = shown and f.created_at >= greatest(day.lo, since)
        and f.created_at < least(day.hi, until)
    ), counted as (
      select s.*, count(*) over (
               partition by s.platform, s.post_id, s.polarity = '') as said
      from said s
    ), one as (
      select distinct c.platform, c.post_id, c.created_at, c.lang, c.polarity,
             c.polarity = '' as about,
             case when by_model then c.model end as model,
             case when by_category then c.category end as category,
             case when repeats_of_many.models is not null then c.model end
               as of_model,
             case when repeats_of_many.categories is not null
                  then c.category end as of_category
      from counted c
      where c.said > 64
        and c.polarity = any (repeats_of_many.polarities || '{""}')
        and (repeats_of_many.models is null
             or c.model = any (repeats_of_many.models))
        and (repeats_of_many.categories is null or c.polarity = ''
             or c.category = any (repeats_of_many.categories))
        and standing(c.noise, c.context_only) = any (standings)
        and (platforms is null or c.platform = any (platforms))
        and (langs is null or c.lang = any (langs))
    ), twice as (
      select o.platform, o.post_id, o.created_at, o.lang, o.model, o.category,
             o.about, count(*) - 1 as times
      from one o
      group by 1, 2, 3, 4, 5, 6, 7
      having count(*) > 1
    )
    select date_trunc(bucket, t.created_at, zone), t.platform,
           case when langs is null then '*' else t.lang end, t.model,
           t.category, t.about, t.times, t.times * p.engagement,
           t.times * coalesce(p.views, 0)
    from twice t
    join post p on p.platform = t.platform and p.post_id = t.post_id
               and p.created_at = t.created_at;
  end loop;
end
$$;

drop function report.from_rollups;

-- Whether the roll-ups hold the answer, and it is not so small a question that
-- the rows answer it at once and to the author. What has no rows any more is
-- asked of the roll-ups, however few posts it were. The setting
-- grumble.rollups (always, never) is for tests and measurements.
create function report.from_rollups(since timestamptz, until timestamptz,
                                    match text)
returns boolean
language plpgsql stable security definer
set search_path = public, pg_temp as $$
declare
  wish text := coalesce(current_setting('grumble.rollups', true), '');
  shown smallint := report.slot();
begin
  if match is not null or wish = 'never' then return false; end if;
  return wish = 'always'
    or coalesce(since, '-infinity') < (
      select h.rows_from from history h where h.rows_from > '-infinity')
    or coalesce(10000 < (
      with piece as materialized (
        select * from report.pieces(date_trunc('day', since), until, '{w,d}')
      )
      select sum(r.posts)
      from piece p, cell c, rollup r
      where c.polarity = '' and c.model = '*' and c.category = ''
        and c.lang = '*' and r.slot = shown and r.grain = p.grain
        and r.cell_id = c.cell_id and r.start >= p.from_time
        and r.start < p.to_time), false);
end
$$;

drop function report.one_of;

-- What every figure is made of, by bucket (null: all of the time) and by
-- model, category, platform, lang, rule, cell (model and category) or all:
-- posts with such a finding, and, with category null, posts about the models,
-- which are the denominators ('all' where the key is no model, platform or
-- language).
create or replace function report.tally(
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
  -- Null where any will do.
  few_models text[] := case
    when by_model or models is null then models
    else report.unless_all(models, report.known_models()) end;
  few_categories text[] := case
    when by_category or categories is null then categories
    else report.unless_all(categories, report.known_categories()) end;
  few_polarities text[] := coalesce(polarities, report.known_polarities());
  several boolean := not by_model and cardinality(few_models) > 1
    or not by_category and cardinality(few_categories) > 1;
  grains "char"[] := case when bucket is null then '{w,d,h}'
                          else report.grains_for(bucket, zone, since) end;
  each_lang text[] := case when by = 'lang' and langs is null
    then report.known_langs()
    else langs end;
  standings text[] := report.standings(include_noise, include_context);
  rolled boolean := grains is not null
    and report.from_rollups(since, until, match);
begin
  if rolled and by <> 'rule' then
    return query
      with repeat as materialized (
        select r.*
        from report.repeats(few_models, few_categories, few_polarities,
                            by_model, by_category, platforms, standings) r
        where several
      ), counted as materialized (
        select c.*
        from report.counts(
          since, until, grains, bucket, zone,
          case when by_model then few_models
               else coalesce(few_models, '{*}') end,
          case when by_category then few_categories
               else coalesce(few_categories, '{*}') end,
          few_polarities
            || case when several or cardinality(few_polarities) < 2
                    then '{""}' else '{"",polarities}'::text[] end,
          platforms, each_lang, include_noise, include_context,
          array(select distinct r.set_id from repeat r)) c
      ), part as (
        select c.start, c.platform, c.lang, c.model, c.category,
               c.polarity = '' as about,
               c.posts * case when c.polarity = 'polarities'
                 then least(0, 1 - (
                   select count(*)
                   from string_to_table(c.counterpart, E'\n') voice
                   where voice = any (few_polarities)))
                 else 1 end as posts,
               case when c.polarity <> 'polarities' then c.authors end
                 as authors
        from counted c
        where c.set_id is null and (c.model <> '*' or not by_model)
        union all
        select c.start, c.platform, c.lang, r.model, r.category, r.about,
               -c.posts * r.times, null
        from counted c
        join repeat r on r.set_id = c.set_id
        union all
        select m.start, m.platform, m.lang, m.model, m.category, m.about,
               -m.posts, null
        from report.repeats_of_many(
          since, until, bucket, zone, few_models, few_categories,
          few_polarities, by_model, by_category, platforms, each_lang,
          standings) m
        where several
      )
      select p.start, k.key, k.category, sum(p.posts)::bigint,
             case when by = 'cell' or k.category is not null
                  then report.people(bit_or(p.authors)) end
      from part p
      cross join lateral (values (
        case when by_model then p.model
             when by = 'platform' then p.platform
             when by = 'lang' then p.lang
             when by = 'category' and not p.about then p.category
             else 'all' end,
        case when p.about then null
             when by = 'cell' then p.category
             else '' end)) k (key, category)
      group by 1, 2, 3;
    return;
  end if;
  if rolled then
    -- No roll-up tells rules apart.
    return query
      select t.*
      from report.tally(since, until, bucket, zone, 'all', models, null,
                        platforms, langs, '{}', include_noise,
                        include_context, null) t;
  else
    return query
      select date_trunc(bucket, m.created_at, zone), k.key, null,
             count(distinct (m.platform, m.post_id)),
             count(distinct m.author_key)
      from report.mention m
      cross join lateral (values (
        case when by_model then m.model when by = 'platform' then m.platform
             when by = 'lang' then m.lang else 'all' end)) k (key)
      where (since is null
             or m.created_at >= since and m.post_time >= since)
        and (until is null or m.created_at < until and m.post_time < until)
        and (tally.models is null or m.model = any (tally.models))
        and (platforms is null or m.platform = any (platforms))
        and (langs is null or m.lang = any (langs))
        and (include_noise or m.noise = 'none')
        and (include_context or not m.context_only)
        and (match is null
             or position(lower(match)
                         in lower(report.full_text(m.title, m.text))) > 0)
      group by 1, 2;
  end if;
  if cardinality(polarities) = 0 then return; end if;
  return query
    select date_trunc(bucket, f.created_at, zone), k.key, k.category,
           count(distinct (f.platform, f.post_id)),
           count(distinct f.author_key)
    from report.finding f
    cross join lateral (values (
      case when by_model then f.model when by = 'category' then f.category
           when by = 'platform' then f.platform when by = 'lang' then f.lang
           when by = 'rule' then f.rule else 'all' end,
      case when by = 'cell' then f.category else '' end)) k (key, category)
    where (since is null or f.created_at >= since and f.post_time >= since)
      and (until is null or f.created_at < until and f.post_time < until)
      and (tally.models is null or f.model = any (tally.models))
      and (tally.categories is null or f.category = any (tally.categories))
      and (platforms is null or f.platform = any (platforms))
      and (langs is null or f.lang = any (langs))
      and (polarities is null or f.polarity = any (polarities))
      and (include_noise or f.noise = 'none')
      and (include_context or not f.context_only)
      and (match is null
           or position(lower(match)
                       in lower(report.full_text(f.title, f.text))) > 0)
    group by 1, 2, 3;
end
$$;

-- As before, of several categories too.
create or replace function report.engagement(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarity text default 'complaint')
returns table (platform text, model text, posts bigint, engagement bigint,
               views bigint)
language sql stable rows 50 as $$
  with repeat as materialized (
    select r.*
    from report.repeats(
      engagement.models, engagement.categories, array[engagement.polarity],
      true, false, engagement.platforms, '{counted}') r
    where cardinality(engagement.categories) > 1 and not r.about
  ), counted as materialized (
    select c.*
    from report.counts(
      engagement.since, engagement.until, '{w,d,h}', null, null,
      engagement.models, coalesce(engagement.categories, '{*}'),
      array[engagement.polarity], engagement.platforms, engagement.langs,
      false, false, array(select distinct r.set_id from repeat r)) c
  )
  select p.platform, p.model, sum(p.posts)::bigint,
         sum(p.engagement)::bigint, sum(p.views)::bigint
  from (
    select c.platform, c.model, c.posts, c.engagement, c.views
    from counted c
    where c.set_id is null
    union all
    select c.platform, r.model, -c.posts * r.times, -c.engagement * r.times,
           -c.views * r.times
    from counted c
    join repeat r on r.set_id = c.set_id
    union all
    select m.platform, m.model, -m.posts, -m.engagement, -m.views
    from report.repeats_of_many(
      engagement.since, engagement.until, null, null, engagement.models,
      engagement.categories, array[engagement.polarity], true, false,
      engagement.platforms, engagement.langs, '{counted}') m
    where cardinality(engagement.categories) > 1 and not m.about) p
  group by 1, 2
  order by 1, 3 desc, 2
$$;

select grant_roles();
