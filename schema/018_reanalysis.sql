-- Re-analysis: other rules read history anew into the slot that is not shown,
-- while landings go on into the one that is; then the two change places.

-- The rule set that is shown, and by which everything lands.
alter table history add ruleset_id smallint;
update history set ruleset_id = (
  select r.ruleset_id from ruleset r
  order by r.activated_at desc, r.ruleset_id desc limit 1);
-- Whether some of what is shown was read by others.
alter table history add mixed boolean not null default false;
update history set mixed = (select count(*) > 1 from ruleset);

-- When it was shown last; null: never.
alter table ruleset alter activated_at drop not null,
  alter activated_at drop default;

-- At most one row: what is under way in the slot that is not shown.
create table reanalysis (
  only_row   boolean primary key default true check (only_row),
  state      text not null check (state in ('reading', 'clearing')),
  slot       smallint not null,     -- is being filled, or emptied
  ruleset_id smallint not null,     -- that reads
  started_at timestamptz not null default clock_timestamp(),
  posts      bigint not null,       -- stored at the start
  done       bigint not null default 0,
  -- All posts from this one on are read, but for those in reanalysis_due.
  at_time     timestamptz not null default 'infinity',
  at_id       text collate "C" not null default '',
  at_platform text collate "C" not null default '',
  walked     boolean not null default false,   -- there is no post before it
  carried    timestamptz  -- roll-ups of days whose rows are gone, up to here
);

-- Posts that landed or changed since the re-analysis began.
create table reanalysis_due (
  platform text collate "C" not null,
  post_id  text collate "C" not null,
  primary key (platform, post_id)
);

-- What is shown from the next question on. The caller keeps the landings out.
create function show_analysis(in_slot smallint, in_ruleset smallint,
                              in_mixed boolean) returns void
language sql security definer set search_path = public, pg_temp as $$
  update history
  set slot = in_slot, ruleset_id = in_ruleset, mixed = in_mixed;
  update ruleset set activated_at = clock_timestamp()
  where ruleset_id = in_ruleset;
$$;

-- Drops one month's partitions of a slot that is not shown; false when there
-- is none. Waits for everybody who may still look at that slot, and gives up
-- after half a second: whoever asks tries again.
create function drop_month_of_slot(in_slot smallint) returns boolean
language plpgsql security definer set search_path = public, pg_temp
set lock_timeout = '500ms' as $$
declare
  month text;
  child regclass;
begin
  select max(right(c.relname, 8)) into month
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    and c.relispartition
    and c.relname ~ ('^(mention|finding|comparison|value)_' || in_slot
                     || '_\d{4}_\d\d$');
  if month is null then return false; end if;
  lock table history in access exclusive mode;
  if in_slot = (select h.slot from history h) or not exists (
       select from reanalysis r
       where r.state = 'clearing' and r.slot = in_slot) then
    raise exception 'slot % is not to be cleared', in_slot;
  end if;
  for child in
    select c.oid from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relispartition
      and c.relname ~ ('^(mention|finding|comparison|value)_' || in_slot
                       || month || '$')
    order by c.relname loop
    execute format('drop table %s', child);
  end loop;
  return true;
end
$$;

-- Copies the roll-ups of a month of days whose rows are gone, from this day on,
-- from the slot that is shown; weeks and all time grow with them. Returns the
-- day after.
create function carry_rollups(in_slot smallint, day timestamptz)
returns timestamptz
language plpgsql as $$
declare
  kept history := (select h from history h);
  day_after timestamptz := least(
    (day at time zone kept.zone + interval '1 month') at time zone kept.zone,
    date_trunc('day', kept.rows_from, kept.zone));
begin
  insert into rollup as r
    (slot, grain, start, cell_id, posts, engagement, views, authors)
  select in_slot, o.grain, o.start, o.cell_id, o.posts, o.engagement, o.views,
         o.authors
  from (
    select d.grain, d.start, d.cell_id, d.posts, d.engagement, d.views,
           d.authors
    from rollup d
    where d.slot = kept.slot and d.grain in ('d', 'h')
      and d.start >= day and d.start < day_after
    union all
    select g.grain,
           case g.grain when 'e' then to_timestamp(0)
                        else date_trunc('week', d.start, kept.zone) end,
           d.cell_id, sum(d.posts), sum(d.engagement), sum(d.views),
           bit_or(d.authors)
    from rollup d
    cross join (values ('w'::"char"), ('e')) g (grain)
    where d.slot = kept.slot and d.grain = 'd'
      and d.start >= day and d.start < day_after
      and (g.grain = 'e'
           or date_trunc('week', d.start, kept.zone) >= kept.weeks_from
             and d.cell_id in (select c.cell_id from cell c where c.lang = '*'))
    group by 1, 2, 3) o
  order by o.grain, o.cell_id, o.start
  on conflict (slot, grain, cell_id, start) do update set
    posts = r.posts + excluded.posts,
    engagement = r.engagement + excluded.engagement,
    views = r.views + excluded.views,
    authors = r.authors | excluded.authors;
  return day_after;
end
$$;

revoke all on function show_analysis, drop_month_of_slot, carry_rollups
  from public;

create or replace view report.ruleset as
select version, activated_at from ruleset where activated_at is not null;

-- The roles, with what re-analysis needs.
create or replace function grant_roles() returns void
language plpgsql as $$
begin
  if exists (select from pg_roles where rolname = 'grumble_reader') then
    grant usage on schema report to grumble_reader;
    grant select on all tables in schema report to grumble_reader;
    grant execute on all functions in schema report to grumble_reader;
  end if;
  if exists (select from pg_roles where rolname = 'grumble_dashboard') then
    perform grant_dashboard();
  end if;
  if exists (select from pg_roles where rolname = 'grumble_writer') then
    grant usage on schema public, report to grumble_writer;
    grant select on all tables in schema public, report to grumble_writer;
    grant execute on all functions in schema report to grumble_writer;
    grant insert, update, delete on post_key, post, mention, finding,
      comparison, value, author, cell, rollup, rollup_dirty, round, reject,
      budget, ledger, walk, gap, raw_page, lease, breaker, erased, reanalysis,
      reanalysis_due to grumble_writer;
    -- To lock it, record_ruleset() needs more than insert.
    grant insert, update on ruleset to grumble_writer;
    grant execute on function ensure_months, tend_history, repair_sketches,
      show_analysis, drop_month_of_slot, carry_rollups to grumble_writer;
  end if;
end
$$;

select grant_roles();
