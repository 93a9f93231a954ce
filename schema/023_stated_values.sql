-- Stated values are counted as findings are: a cell has the kind as its model,
-- the unit as its category, 'value' as its polarity, and the amount and what it
-- is for as its counterpart ('20 month', '1080 ').

-- What the posts of a time should have been counted as, from the rows alone:
-- one row a day (or hour) and cell, of all polarities and languages or of the
-- given ones. land() counts the same on its own. A post has one time, so that
-- its key finds its rows: told the times as well, the planner takes the joins
-- for far smaller than they are.
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
            or 'better' = any (counted_from_rows.polarities)))
    union all
    (select distinct a.*, v.kind, v.unit, 'value', v.amount || ' ' || v.per
     from about a
     join value v on v.platform = a.platform and v.post_id = a.post_id
     where a.ordinal = 0
       and v.created_at >= lo and v.created_at < hi and v.slot = in_slot
       and (counted_from_rows.polarities is null
            or 'value' = any (counted_from_rows.polarities)))
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

create or replace function report.known_categories() returns text[]
language sql stable parallel safe security definer
set search_path = public, pg_temp
return array(select distinct category from cell
             where polarity not in ('', 'better', 'value') and category <> '*');

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
  where c.platform = in_platform and c.lang = '*'
    and c.polarity <> 'value';
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

-- Prices, resolutions, durations and quotas that people state: the roll-ups of
-- the time, and of its ends, where they are no whole hours, the rows.
create or replace function report.stated_values(
  since timestamptz default null, until timestamptz default null,
  kinds text[] default null, platforms text[] default null,
  langs text[] default null)
returns table (kind text, unit text, per text, amount double precision,
               posts bigint)
language plpgsql stable rows 100 security definer
set search_path = public, pg_temp as $$
declare
  shown smallint := report.slot();
  any_lang text[] := coalesce(langs, array['*']);
  grains "char"[] := case
    when current_setting('grumble.rollups', true) = 'never' then '{}'
    when langs is null or since is null and until is null then '{w,d,h}'
    else '{d,h}' end;
begin
  return query
  with piece as materialized (
    select * from report.pieces(since, until, grains)
  ), counted as materialized (
    select r.cell_id, sum(r.posts) as posts
    from piece p
    cross join lateral (
      select o.cell_id, o.posts
      from rollup o
      where o.slot = shown and o.grain = p.grain and o.cell_id < 0
        and o.start >= p.from_time and o.start < p.to_time
      offset 0) r
    where p.grain <> 'r'
    group by 1
  ), stated as (
    select c.model as kind, c.category as unit, c.counterpart, k.posts
    from counted k
    join cell c using (cell_id)
    where c.polarity = 'value' and c.standing = 'counted'
      and c.lang = any (any_lang)
      and (kinds is null or c.model = any (kinds))
      and (platforms is null or c.platform = any (platforms))
    union all
    select r.kind, r.unit, r.counterpart, count(*)
    from piece p
    cross join lateral (
      select distinct v.platform, v.post_id, v.kind, v.unit,
             v.amount || ' ' || v.per as counterpart
      from value v
      where v.slot = shown
        and v.created_at >= p.from_time and v.created_at < p.to_time
        and v.noise = 'none' and not v.context_only
        and (kinds is null or v.kind = any (kinds))
        and (platforms is null or v.platform = any (platforms))
        and (langs is null or v.lang = any (langs))
      offset 0) r
    where p.grain = 'r'
    group by 1, 2, 3
  )
  select s.kind, s.unit,
         substr(s.counterpart, strpos(s.counterpart, ' ') + 1),
         split_part(s.counterpart, ' ', 1)::double precision,
         sum(s.posts)::bigint
  from stated s
  group by s.kind, s.unit, s.counterpart
  order by 5 desc, 1, 2, 3, 4;
end
$$;

-- What is stored already.
create temporary table stated on commit drop as
select distinct v.slot, v.platform, v.post_id, v.created_at, l.lang,
       standing(v.noise, v.context_only) as standing, v.kind as model,
       v.unit as category, v.amount || ' ' || v.per as counterpart
from value v
cross join lateral (values (v.lang), ('*')) l (lang);

insert into cell
  (platform, lang, standing, model, category, polarity, counterpart)
select distinct platform, lang, standing, model, category, 'value', counterpart
from stated;

analyze cell, stated;

insert into rollup
  (slot, grain, start, cell_id, posts, engagement, views, authors)
select s.slot, g.grain, g.start, c.cell_id, count(*), sum(p.engagement),
       sum(coalesce(p.views, 0)), bit_or(sketch_of(p.author_place))
from stated s
join cell c using (platform, lang, standing, model, category, counterpart)
join post p using (platform, post_id, created_at)
cross join history h
cross join lateral (values
  ('h'::"char", date_trunc('hour', s.created_at, 'UTC')),
  ('d', date_trunc('day', s.created_at, h.zone)),
  ('w', date_trunc('week', s.created_at, h.zone)),
  ('e', to_timestamp(0))) g (grain, start)
where c.polarity = 'value'
  and case g.grain when 'h' then g.start >= h.hours_from
                   when 'w' then g.start >= h.weeks_from and s.lang = '*'
                   else true end
group by 1, 2, 3, 4;

select grant_roles();
