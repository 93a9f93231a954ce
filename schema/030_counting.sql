-- What is counted from now on of posts that are stored already can be counted
-- while others land; and what a landing beside 029 left uncounted is counted.

-- As before, and of the given polarities alone where they are given.
drop function count_days;
create function count_days(in_slot smallint, lo timestamptz, hi timestamptz,
                           polarities text[] default null)
returns void
language plpgsql as $$
begin
  insert into cell (platform, lang, standing, model, category, polarity,
                    counterpart)
  select distinct c.platform, c.lang, c.standing, c.model, c.category,
         c.polarity, c.counterpart
  from counted_from_rows(in_slot, 'd', lo, hi, polarities) c
  on conflict do nothing;
  insert into rollup
    (slot, grain, start, cell_id, posts, engagement, views, authors)
  select in_slot, 'd', c.start, cell_id, c.posts, c.engagement, c.views,
         c.authors
  from counted_from_rows(in_slot, 'd', lo, hi, polarities) c
  join cell using (platform, lang, standing, model, category, polarity,
                   counterpart)
  union all
  select in_slot, 'h', c.start, cell_id, c.posts, c.engagement, c.views,
         c.authors
  from history h
  cross join counted_from_rows(in_slot, 'h', greatest(lo, h.hours_from), hi,
                               polarities) c
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
  join cell c using (cell_id)
  cross join history h
  cross join (values ('w'::"char"), ('e')) g (grain)
  where d.slot = in_slot and d.grain = 'd' and d.start >= lo and d.start < hi
    and (polarities is null or c.polarity = any (polarities))
    and (g.grain = 'e'
         or date_trunc('week', d.start, h.zone) >= h.weeks_from
           and c.lang = '*')
  group by 1, 2, 3, 4
  on conflict (slot, grain, cell_id, start) do update set
    posts = r.posts + excluded.posts,
    engagement = r.engagement + excluded.engagement,
    views = r.views + excluded.views,
    authors = r.authors | excluded.authors;
end
$$;

-- Takes out what count_days() counts. Authors stay in the sketches of weeks
-- and of all time, which are noted for repair_sketches().
create function uncount_days(in_slot smallint, lo timestamptz,
                             hi timestamptz, polarities text[])
returns void
language plpgsql as $$
declare
  gone record;
  kept history := (select h from history h);
begin
  for gone in
    delete from rollup d
    using cell c
    where c.polarity = any (polarities) and d.slot = in_slot
      and d.grain in ('d', 'h') and d.cell_id = c.cell_id
      and d.start >= lo and d.start < hi
    returning d.*
  loop
    if gone.grain <> 'd' then continue; end if;
    insert into rollup_dirty (slot, grain, start, cell_id)
    select r.slot, r.grain, r.start, r.cell_id
    from rollup r
    where r.slot = in_slot and r.cell_id = gone.cell_id
      and (r.grain, r.start) in (
        ('e', to_timestamp(0)), ('w', date_trunc('week', gone.start, kept.zone)))
    on conflict do nothing;
    update rollup r
    set posts = r.posts - gone.posts,
        engagement = r.engagement - gone.engagement,
        views = r.views - gone.views
    where r.slot = in_slot and r.cell_id = gone.cell_id
      and (r.grain, r.start) in (
        ('e', to_timestamp(0)), ('w', date_trunc('week', gone.start, kept.zone)));
    delete from rollup r
    where r.slot = in_slot and r.cell_id = gone.cell_id and r.posts = 0
      and r.grain in ('w', 'e');
  end loop;
end
$$;

-- Whether a row's last writer was not done yet when this was seen.
create function changed_since(writer xid, seen pg_snapshot) returns boolean
language sql stable
return (
  select not pg_visible_in_snapshot(
    (n.x - ((n.x - writer::text::bigint) & 4294967295))::text::xid8, seen)
  from (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as x) n);

-- Counts polarities that were never counted, in all that is stored, while
-- others land: first everything, then the days that changed meanwhile, and
-- last, when landings are kept out, those that changed during that.
create function count_also(polarities text[]) returns void
language plpgsql as $$
declare
  before pg_snapshot;  -- of what is counted
  seen pg_snapshot;
  stretch record;
begin
  -- Where something was counted: nobody else counts it, so that to look
  -- through it keeps nobody out.
  create temporary table counted_so_far (
    platform text collate "C",
    standing text collate "C",
    slot     smallint,
    start    timestamptz
  ) on commit drop;
  for turn in 1..3 loop
    delete from counted_so_far;
    insert into counted_so_far
    select distinct c.platform, c.standing, r.slot, r.start
    from cell c
    join rollup r on r.slot in (0, 1) and r.grain = 'd'
                 and r.cell_id = c.cell_id
    where turn > 1 and c.polarity = any (polarities);
    if turn = 3 then
      perform pg_advisory_xact_lock(hashtextextended('grumble history', 0));
    end if;
    select pg_current_snapshot() into seen;
    for stretch in
      with of_all as (
        -- Whatever is landed or taken out writes one of these.
        select c.platform, c.standing, r.slot, r.start, r.xmin as writer
        from cell c
        join rollup r on r.slot in (0, 1) and r.grain = 'd'
                     and r.cell_id = c.cell_id
        where c.polarity = '' and c.model = '*' and c.category = ''
          and c.lang = '*'
      ), day as (
        select a.slot, a.start from of_all a
        where turn = 1 or changed_since(a.writer, before)
        union
        -- Whose last post went.
        select c.slot, c.start from counted_so_far c
        where not exists (
          select from of_all a
          where a.platform = c.platform and a.standing = c.standing
            and a.slot = c.slot and a.start = c.start)
      )
      select distinct d.slot, b.start,
             (b.start at time zone h.zone + u.span) at time zone h.zone
               as finish
      from day d
      cross join history h
      cross join lateral (values
        (case turn when 1 then 'quarter' else 'day' end,
         case turn when 1 then interval '3 months' else '1 day' end))
        u (unit, span)
      cross join lateral (values (date_trunc(u.unit, d.start, h.zone)))
        b (start)
      where (b.start at time zone h.zone + u.span) at time zone h.zone
              > h.rows_from
    loop
      if turn > 1 then
        perform uncount_days(stretch.slot, stretch.start, stretch.finish,
                             polarities);
      end if;
      perform count_days(stretch.slot, stretch.start, stretch.finish,
                         polarities);
      if turn = 1 then analyze cell; end if;
    end loop;
    before := seen;
  end loop;
end
$$;
revoke all on function count_days, uncount_days, changed_since, count_also
  from public;

-- The days whose queries are not counted as their rows say: what lands meanwhile
-- is counted by those who land it.
create temporary table differing on commit drop as
select distinct d.slot, d.start
from (
  select d.slot, d.start
  from (
    select s.slot, c.start, c.platform, c.standing, c.model, c.category,
           c.counterpart, c.posts, c.engagement, c.views
    from history h
    cross join (values (0::smallint), (1::smallint)) s (slot)
    cross join lateral counted_from_rows(s.slot, 'd', h.rows_from, 'infinity',
                                         '{query}') c
    union all
    select r.slot, r.start, c.platform, c.standing, c.model, c.category,
           c.counterpart, -r.posts, -r.engagement, -r.views
    from cell c
    join rollup r on r.slot in (0, 1) and r.grain = 'd'
                 and r.cell_id = c.cell_id
    where c.polarity = 'query') d
  where not exists (select from kept_from k where k.platform = d.platform
                    and d.start < k.rows_from)
  group by d.slot, d.start, d.platform, d.standing, d.model, d.category,
           d.counterpart
  having (sum(d.posts), sum(d.engagement), sum(d.views))
         is distinct from (0, 0, 0)) d
cross join history h
where d.start >= h.rows_from;

do $$
declare
  day record;
begin
  if not exists (select from differing) then return; end if;
  perform pg_advisory_xact_lock(hashtextextended('grumble history', 0));
  for day in
    select d.slot, d.start,
           (d.start at time zone h.zone + interval '1 day') at time zone h.zone
             as finish
    from differing d cross join history h
  loop
    perform uncount_days(day.slot, day.start, day.finish, '{query}');
    perform count_days(day.slot, day.start, day.finish, '{query}');
  end loop;
end
$$;

select grant_roles();
