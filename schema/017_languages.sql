-- Roll-ups by week tell no languages apart: few questions do, and days answer
-- them, while each post that lands alone would pay for them.
delete from rollup r using cell c
where r.grain = 'w' and c.cell_id = r.cell_id and c.lang <> '*';
delete from rollup_dirty d using cell c
where d.grain = 'w' and c.cell_id = d.cell_id and c.lang <> '*';

-- Counts a slot's posts of the days in [lo, hi) from the rows; what was
-- counted there before must be gone.
create or replace function count_days(in_slot smallint, lo timestamptz, hi timestamptz)
returns void
language plpgsql as $$
begin
  insert into cell (platform, lang, standing, model, category, polarity,
                    counterpart)
  select distinct c.platform, c.lang, c.standing, c.model, c.category,
         c.polarity, c.counterpart
  from counted_from_rows(in_slot, 'd', lo, hi) c
  on conflict do nothing;
  insert into rollup
    (slot, grain, start, cell_id, posts, engagement, views, authors)
  select in_slot, 'd', c.start, cell_id, c.posts, c.engagement, c.views,
         c.authors
  from counted_from_rows(in_slot, 'd', lo, hi) c
  join cell using (platform, lang, standing, model, category, polarity,
                   counterpart)
  union all
  select in_slot, 'h', c.start, cell_id, c.posts, c.engagement, c.views,
         c.authors
  from history h
  cross join counted_from_rows(in_slot, 'h', greatest(lo, h.hours_from), hi) c
  join cell using (platform, lang, standing, model, category, polarity,
                   counterpart);
  insert into rollup as r
    (slot, grain, start, cell_id, posts, engagement, views, authors)
  select in_slot, g.grain,
         case g.grain when 'e' then to_timestamp(0)
                      else date_trunc('week', d.start, h.zone) end,
         d.cell_id, sum(d.posts), sum(d.engagement), sum(d.views),
         bit_or(d.authors)
  from rollup d
  cross join history h
  cross join (values ('w'::"char"), ('e')) g (grain)
  where d.slot = in_slot and d.grain = 'd' and d.start >= lo and d.start < hi
    and (g.grain = 'e'
         or date_trunc('week', d.start, h.zone) >= h.weeks_from
           and d.cell_id in (select c.cell_id from cell c where c.lang = '*'))
  group by 1, 2, 3, 4
  on conflict (slot, grain, cell_id, start) do update set
    posts = r.posts + excluded.posts,
    engagement = r.engagement + excluded.engagement,
    views = r.views + excluded.views,
    authors = r.authors | excluded.authors;
end
$$;

-- The same of weeks and of all time against their days.
create or replace function rollup_sum_faults(in_slot smallint)
returns table (grain "char", start timestamptz, kept bigint, expected bigint)
language sql stable as $$
  with e as (
    select g.grain,
           case g.grain when 'e' then to_timestamp(0)
                        else date_trunc('week', r.start, h.zone) end as start,
           r.cell_id, sum(r.posts)::bigint as posts,
           sum(r.engagement)::bigint as engagement,
           sum(r.views)::bigint as views, bit_or(r.authors) as authors
    from rollup r
    cross join history h
    cross join (values ('w'::"char"), ('e')) g (grain)
    where r.slot = in_slot and r.grain = 'd'
      and (g.grain = 'e'
           or date_trunc('week', r.start, h.zone) >= h.weeks_from
             and r.cell_id in (select c.cell_id from cell c where c.lang = '*'))
    group by 1, 2, 3
  ), k as (
    select r.*, d.slot is not null as dirty
    from rollup r
    left join rollup_dirty d using (slot, grain, cell_id, start)
    where r.slot = in_slot and r.grain in ('w', 'e')
  )
  select coalesce(k.grain, e.grain), coalesce(k.start, e.start), k.posts,
         e.posts
  from k
  full join e on e.grain = k.grain and e.start = k.start
             and e.cell_id = k.cell_id
  where (k.posts, k.engagement, k.views)
          is distinct from (e.posts, e.engagement, e.views)
     or k.authors <> e.authors
        and not (k.dirty and (k.authors | e.authors) = k.authors)
$$;

-- Makes the partitions of this month and the next, and lets go of the hours
-- that are older than five weeks. Makes roll-ups by week where they are
-- missing, for half a second at most: called until history.weeks_from is
-- '-infinity', all of them.
create or replace function tend_history() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  old_hours timestamptz := date_trunc('hour', now() - interval '35 days', 'UTC');
  kept history;
  oldest timestamptz;
  lo timestamptz;
begin
  perform pg_advisory_xact_lock(hashtextextended('grumble history', 0));
  select * into kept from history;
  perform ensure_months(kept.slot, array[now(), now() + interval '1 month']);
  if kept.hours_from < old_hours then
    update history set hours_from = old_hours;
    delete from rollup where grain = 'h' and start < old_hours;
    delete from rollup_dirty where grain = 'h' and start < old_hours;
  end if;
  if kept.weeks_from = '-infinity' then return; end if;
  select min(r.start), max(r.start) into oldest, lo
  from cell c
  join rollup r on r.slot in (0, 1) and r.grain = 'd'
               and r.cell_id = c.cell_id
  where c.polarity = '' and c.model = '*' and c.category = ''
    and c.lang = '*';
  lo := date_trunc('week', least(lo, kept.weeks_from - interval '1 second'),
                   kept.zone);
  while kept.weeks_from > oldest
        and clock_timestamp() < now() + interval '500 milliseconds' loop
    insert into rollup
      (slot, grain, start, cell_id, posts, engagement, views, authors)
    select s.slot, 'w', lo, c.cell_id, d.posts, d.engagement, d.views,
           d.authors
    from (values (0::smallint), (1)) s (slot)
    cross join cell c
    cross join lateral (
      select sum(r.posts) as posts, sum(r.engagement) as engagement,
             sum(r.views) as views, bit_or(r.authors) as authors
      from rollup r
      where r.slot = s.slot and r.grain = 'd' and r.cell_id = c.cell_id
        and r.start >= lo and r.start < kept.weeks_from
      offset 0) d
    where c.lang = '*' and d.posts is not null;
    insert into rollup_dirty (slot, grain, start, cell_id)
    select distinct d.slot, 'w'::"char", lo, d.cell_id
    from rollup_dirty d
    join cell c using (cell_id)
    where c.lang = '*' and d.grain = 'd' and d.start >= lo
      and d.start < kept.weeks_from;
    kept.weeks_from := lo;
    lo := date_trunc('week', lo - interval '1 second', kept.zone);
  end loop;
  if oldest is null or kept.weeks_from <= oldest then
    kept.weeks_from := '-infinity';
  end if;
  update history set weeks_from = kept.weeks_from;
end
$$;

-- What the roll-ups count, with their unrolled ends: one row a bucket (null:
-- all of the time) and cell. `models` and `categories` null mean each, '*'
-- means any; `langs` null means any; polarity '' is the posts about a model.
create or replace function report.counts(
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
    select * from report.pieces(
      since, until,
      case when langs is null or since is null and until is null then grains
           else array_remove(grains, 'w') end)
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
