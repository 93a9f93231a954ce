-- What queries find is counted as well, so that their cost is no count of rows.
-- A cell has the query as its model ('x sora'), 'query' as its polarity, and
-- counts its posts (category '') or those with an n-th finding (category
-- 'finding', counterpart n), which add up to the findings. No question asks for
-- them by language.

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
    union all
    select a.*, q.name, s.category, 'query', s.counterpart
    from about a
    join post p on p.platform = a.platform and p.post_id = a.post_id
    cross join lateral unnest(p.queries) q (name)
    cross join lateral (
      select '' as category, '' as counterpart
      union all
      select 'finding', row_number() over ()::text
      from finding f
      where f.platform = a.platform and f.post_id = a.post_id
        and f.created_at >= lo and f.created_at < hi
        and f.slot = in_slot) s
    where a.ordinal = 0 and p.created_at >= lo and p.created_at < hi
      and (counted_from_rows.polarities is null
           or 'query' = any (counted_from_rows.polarities))
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

create or replace function report.known_categories() returns text[]
language sql stable parallel safe security definer
set search_path = public, pg_temp
return array(select distinct category from cell
             where polarity not in ('', 'better', 'value', 'query') and category <> '*');

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
           where c.polarity not in ('', 'better', 'query') and c.model <> '*'
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

-- What each query cost in a time, beside the posts of that time that it found,
-- and what a finding in them came to; null when there is none.
create or replace function report.cost_by_query(
  since timestamptz, until timestamptz default now(),
  sources text[] default null, include_noise boolean default false)
returns table (source text, query text, bucket text, spent double precision,
               pending double precision, unit text, requests bigint,
               posts bigint, findings bigint, per_finding double precision)
language sql stable rows 100 as $$
  with found as materialized (
    select c.model as name,
           coalesce(sum(c.posts) filter (where c.category = ''), 0)::bigint
             as posts,
           coalesce(sum(c.posts) filter (where c.category = 'finding'),
                    0)::bigint as findings
    from report.counts(
      cost_by_query.since, cost_by_query.until, '{w,d,h}', null, null, null,
      null, '{query}', null, null, cost_by_query.include_noise, false) c
    group by 1
  ), cost as (
    select t.source, t.query, t.bucket, sum(t.spent) as spent,
           sum(t.pending) as pending, sum(t.requests)::bigint as requests
    from report.spent_by_day(cost_by_query.since, cost_by_query.until,
                             cost_by_query.sources) t
    group by 1, 2, 3
  )
  select d.source, d.query, d.bucket, d.spent, d.pending,
         report.unit(d.bucket), d.requests, coalesce(f.posts, 0),
         coalesce(f.findings, 0), d.spent / nullif(f.findings, 0)
  from cost d
  left join found f on f.name = d.source || ' ' || d.query
  order by 1, 2, 3
$$;

-- What is stored already.
create temporary table asked on commit drop as
select m.slot, p.platform, standing(m.noise, m.context_only) as standing,
       q.name as model, s.category, s.counterpart,
       date_trunc('hour', p.created_at, 'UTC') as hour,
       date_trunc('day', p.created_at, h.zone) as day,
       date_trunc('week', p.created_at, h.zone) as week,
       count(*) as posts, sum(p.engagement) as engagement,
       sum(coalesce(p.views, 0)) as views,
       bit_or(sketch_of(p.author_place)) as authors
from history h
cross join post p
join mention m using (platform, post_id, created_at)
left join (
  select slot, platform, post_id, count(*) as findings
  from finding group by 1, 2, 3) f
  on f.slot = m.slot and f.platform = p.platform and f.post_id = p.post_id
cross join lateral unnest(p.queries) q (name)
cross join lateral (
  select '' as category, '' as counterpart
  union all
  select 'finding', n::text from generate_series(1, f.findings) n) s
where m.ordinal = 0
group by 1, 2, 3, 4, 5, 6, 7, 8, 9;

insert into cell
  (platform, lang, standing, model, category, polarity, counterpart)
select distinct platform, '*', standing, model, category, 'query', counterpart
from asked;

analyze cell, asked;

insert into rollup
  (slot, grain, start, cell_id, posts, engagement, views, authors)
select a.slot, g.grain, g.start, c.cell_id, sum(a.posts), sum(a.engagement),
       sum(a.views), bit_or(a.authors)
from asked a
join cell c using (platform, standing, model, category, counterpart)
cross join history h
cross join lateral (values
  ('h'::"char", a.hour), ('d', a.day), ('w', a.week), ('e', to_timestamp(0)))
  g (grain, start)
where c.polarity = 'query'
  and case g.grain when 'h' then g.start >= h.hours_from
                   when 'w' then g.start >= h.weeks_from else true end
group by 1, 2, 3, 4;

select grant_roles();
