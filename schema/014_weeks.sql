-- Roll-ups by week in place of those by month: what people ask for is a month,
-- a quarter or weeks of years, and holds few whole months and many days.

-- Of a database that has roll-ups, tend_history() makes those by week, newest
-- first, a few at a time, so that no landing waits for long.
alter table history
  add weeks_from timestamptz not null default '-infinity';  -- none before
update history set weeks_from = 'infinity' where exists (select from rollup);

alter table rollup drop constraint rollup_grain_check;
alter table rollup add constraint rollup_grain_check
  check (grain in ('h', 'd', 'w', 'e')) not valid;

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
    and (g.grain = 'e' or date_trunc('week', d.start, h.zone) >= h.weeks_from)
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
      and (g.grain = 'e' or date_trunc('week', r.start, h.zone) >= h.weeks_from)
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

-- Makes the sketches of the cells in rollup_dirty anew: days and hours from
-- the rows, weeks and all time from the days. Returns how many. Locks them in the order in which land() does.
create or replace function repair_sketches() returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  stretch record;
  repaired bigint;
begin
  perform from rollup r
  join rollup_dirty d using (slot, grain, cell_id, start)
  order by r.grain, r.cell_id, r.start
  for update of r;
  for stretch in
    select distinct d.slot, d.grain, d.start,
           case d.grain when 'h' then d.start + interval '1 hour'
             else (d.start at time zone h.zone + interval '1 day')
                    at time zone h.zone end as finish
    from rollup_dirty d cross join history h
    where d.grain in ('h', 'd') and d.start >= h.rows_from
  loop
    update rollup r set authors = x.authors
    from counted_from_rows(stretch.slot, stretch.grain, stretch.start,
                           stretch.finish) x
    join cell c using (platform, lang, standing, model, category, polarity,
                       counterpart)
    join rollup_dirty d on d.slot = stretch.slot and d.grain = stretch.grain
                       and d.start = stretch.start and d.cell_id = c.cell_id
    where r.slot = d.slot and r.grain = d.grain and r.start = d.start
      and r.cell_id = d.cell_id;
  end loop;
  update rollup r set authors = (
    select bit_or(day.authors) from rollup day
    where day.slot = r.slot and day.grain = 'd' and day.cell_id = r.cell_id
      and (d.grain = 'e' or day.start >= r.start
        and day.start < (r.start at time zone h.zone + interval '1 week')
                          at time zone h.zone))
  from rollup_dirty d cross join history h
  where d.grain in ('w', 'e') and r.slot = d.slot and r.grain = d.grain
    and r.start = d.start and r.cell_id = d.cell_id;
  delete from rollup_dirty;
  get diagnostics repaired = row_count;
  return repaired;
end
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
    where d.posts is not null;
    insert into rollup_dirty (slot, grain, start, cell_id)
    select distinct d.slot, 'w'::"char", lo, d.cell_id
    from rollup_dirty d
    where d.grain = 'd' and d.start >= lo and d.start < kept.weeks_from;
    kept.weeks_from := lo;
    lo := date_trunc('week', lo - interval '1 second', kept.zone);
  end loop;
  if oldest is null or kept.weeks_from <= oldest then
    kept.weeks_from := '-infinity';
  end if;
  update history set weeks_from = kept.weeks_from;
end
$$;

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
  weeks_from timestamptz;
  unit text;
  cut_zone text;
  lows timestamptz[] := array[coalesce(since, '-infinity')];
  highs timestamptz[] := array[coalesce(until, 'infinity')];
  next_lows timestamptz[];
  next_highs timestamptz[];
  a timestamptz;
  b timestamptz;
begin
  if since is null and until is null and grains[1] = 'w' then
    return query select 'e'::"char", '-infinity'::timestamptz,
                        'infinity'::timestamptz;
    return;
  end if;
  select h.zone, h.hours_from, h.weeks_from
  into zone, hours_from, weeks_from
  from history h;
  foreach grain in array grains loop
    unit := case grain when 'w' then 'week' when 'd' then 'day'
                       when 'h' then 'hour' end;
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
      if grain = 'w' then a := greatest(a, weeks_from); end if;
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

-- Which roll-ups add up to such buckets; null when none do.
create or replace function report.grains_for(bucket text, in_zone text,
                                  since timestamptz)
returns "char"[]
language sql stable security definer
set search_path = public, pg_temp
return (select case
    when bucket in ('day', 'week', 'month', 'quarter', 'year')
         and in_zone = h.zone then
      case bucket when 'week' then '{w,d,h}'::"char"[]
                  else '{d,h}'::"char"[] end
    when since >= h.hours_from and report.whole_hours(in_zone)
      then '{h}'::"char"[] end
  from history h);

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

-- Whoever added up months adds up weeks.
do $$
declare
  adder regprocedure;
begin
  for adder in
    select p.oid from pg_proc p
    where p.pronamespace = 'report'::regnamespace
      and p.prosrc like '%{m,d%' loop
    execute replace(pg_get_functiondef(adder), '{m,d', '{w,d');
  end loop;
end
$$;
