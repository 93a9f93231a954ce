-- What was collected, what stood in the way, and what it cost.

-- Each cap that was reached, once a query and window.
create table budget_stop (
  bucket   text collate "C" not null,
  source   text collate "C" not null,
  query    text collate "C" not null,
  ends_at  timestamptz not null,  -- when the window ends
  first_at timestamptz not null,
  last_at  timestamptz not null,
  refused  bigint not null default 1,  -- requests that were not sent
  primary key (bucket, source, query, ends_at)
);

-- As before, with the times of YouTube's searches: their bounds are
-- milliseconds.
create or replace view report.gap as
select w.source, w.query, w.list, w.subject, g.gap_id, g.state, g.lo, g.hi,
       case w.list
         when 'posts'
           then to_timestamp(((g.lo >> 22) + 1288834974657) / 1000.0)
         when 'search' then to_timestamp(g.lo / 1000.0) end as since,
       case w.list
         when 'posts'
           then to_timestamp(((g.hi >> 22) + 1288834974657) / 1000.0)
         when 'search' then to_timestamp(g.hi / 1000.0) end as until,
       g.reason, g.tries, g.not_before, g.opened_at
from gap g
join walk w using (walk_id)
where g.state <> 'closed';

-- What stood in the way of collecting: caps that were reached, buckets that
-- rest, and lists that a site does not give (comments disabled, videos gone),
-- with how many they are and when they are tried again.
create view report.stop as
select 'cap' as kind, source, query, bucket as what,
       'a cap of ''' || bucket || ''' was reached' as reason,
       refused as times, first_at as since, ends_at as until
from budget_stop
union all
select 'rest', source, '', bucket, reason, failures, null,
       nullif(not_before, '-infinity')
from breaker
union all
select 'list', source, query, list, ended, count(*), null, min(due_at)
from walk
where ended is not null
group by source, query, list, ended;

-- What there is of each day and site, and what is not: one row a day, from the
-- first whole one, without gaps. `gaps` overlap the day, open or out of reach; `stops` are queries that
-- a cap held back on it.
create function report.coverage_by_day(
  since timestamptz, until timestamptz default now(),
  sources text[] default null, zone text default 'UTC',
  include_noise boolean default false, include_context boolean default false)
returns table (start timestamptz, source text, posts bigint, noise bigint,
               context bigint, gaps bigint, stops bigint, requests bigint)
language plpgsql stable rows 100 security definer
set search_path = public, pg_temp as $$
begin
  return query
  with day as (
    select d at time zone zone as start,
           (d + interval '1 day') at time zone zone as finish
    from generate_series(date_trunc('day', since at time zone zone),
                         until at time zone zone, '1 day') d
    where d at time zone zone < until
  ), site as (
    select distinct c.platform as name from cell c where c.polarity = ''
    union select w.source from walk w
    union select l.source from ledger l
  ), held as (
    select c.start, c.platform, c.standing, sum(c.posts) as posts
    from report.counts(date_trunc('day', since, zone), until,
                       coalesce(report.grains_for('day', zone, since), '{}'),
                       'day', zone, array['*'], null, array[''], sources,
                       null, true, true) c
    group by 1, 2, 3
  ), kept as (
    select h.start, h.platform,
           sum(h.posts) filter (
             where h.standing = any (report.standings(include_noise,
                                                      include_context)))
             as posts,
           sum(h.posts) filter (where h.standing in ('noise', 'noise_context'))
             as noise,
           sum(h.posts) filter (
             where h.standing in ('context', 'noise_context')) as context
    from held h
    group by 1, 2
  ), asked as (
    select date_trunc('day', l.reserved_at, zone) as start, l.source,
           count(*) as requests
    from ledger l
    where l.reserved_at >= date_trunc('day', since, zone)
      and l.reserved_at < until
    group by 1, 2
  )
  select d.start, s.name, coalesce(k.posts, 0)::bigint,
         coalesce(k.noise, 0)::bigint, coalesce(k.context, 0)::bigint,
         (select count(*) from report.gap g
          where g.source = s.name and g.since < d.finish
            and g.until > d.start),
         (select count(distinct b.query) from budget_stop b
          where b.source = s.name and b.first_at < d.finish
            and b.last_at >= d.start),
         coalesce(a.requests, 0)
  from day d
  cross join site s
  left join kept k on k.start = d.start and k.platform = s.name
  left join asked a on a.start = d.start and a.source = s.name
  where sources is null or s.name = any (sources)
  order by 1, 2;
end
$$;

-- The unit that people count a bucket in. The ledger counts money in
-- millionths.
create function report.unit(bucket text) returns text
language sql immutable parallel safe
return case bucket when 'x.posts' then 'USD' when 'youtube.search'
       then 'searches' else 'units' end;

create function report.in_unit(bucket text, amount bigint)
returns double precision
language sql immutable parallel safe
return case bucket when 'x.posts' then amount / 1e6 else amount end;

-- What was spent by day, source, query and bucket. `pending` may still be
-- charged: it counts with its worst case.
create function report.spent_by_day(
  since timestamptz, until timestamptz default now(),
  sources text[] default null, zone text default 'UTC')
returns table (start timestamptz, source text, query text, bucket text,
               spent double precision, pending double precision, unit text,
               requests bigint)
language sql stable rows 100 security definer
set search_path = public, pg_temp as $$
  select date_trunc('day', l.reserved_at, zone), l.source, l.query, l.bucket,
         report.in_unit(l.bucket, coalesce(sum(l.actual), 0)::bigint),
         report.in_unit(l.bucket, coalesce(
           sum(l.worst) filter (where l.state <> 'settled'), 0)::bigint),
         report.unit(l.bucket), count(*)
  from ledger l
  where l.reserved_at >= spent_by_day.since
    and l.reserved_at < spent_by_day.until
    and (sources is null or l.source = any (sources))
  group by 1, 2, 3, 4
  order by 1, 2, 3, 4
$$;

-- What each query cost in a time, beside the posts of that time that it found,
-- and what a finding in them came to; null when there is none.
create function report.cost_by_query(
  since timestamptz, until timestamptz default now(),
  sources text[] default null, include_noise boolean default false)
returns table (source text, query text, bucket text, spent double precision,
               pending double precision, unit text, requests bigint,
               posts bigint, findings bigint, per_finding double precision)
language plpgsql stable rows 100 security definer
set search_path = public, pg_temp as $$
declare
  shown smallint := report.slot();
begin
  return query
  with hit as (
    select p.platform, p.post_id, p.created_at, p.queries
    from post p
    join mention m on m.platform = p.platform and m.post_id = p.post_id
                  and m.created_at = p.created_at
    where p.created_at >= cost_by_query.since
      and p.created_at < cost_by_query.until
      and m.created_at >= cost_by_query.since
      and m.created_at < cost_by_query.until
      and m.slot = shown and m.ordinal = 0 and not m.context_only
      and (include_noise or m.noise = 'none')
  ), said as (
    select f.platform, f.post_id, count(*) as findings
    from finding f
    where f.created_at >= cost_by_query.since
      and f.created_at < cost_by_query.until and f.slot = shown
    group by 1, 2
  ), found as (
    select q.name, count(*) as posts,
           coalesce(sum(s.findings), 0)::bigint as findings
    from hit h
    cross join lateral unnest(h.queries) q (name)
    left join said s on s.platform = h.platform and s.post_id = h.post_id
    group by 1
  )
  select d.source, d.query, d.bucket, d.spent, d.pending,
         report.unit(d.bucket), d.requests, coalesce(f.posts, 0),
         coalesce(f.findings, 0), d.spent / nullif(f.findings, 0)
  from (select t.source, t.query, t.bucket, sum(t.spent) as spent,
               sum(t.pending) as pending, sum(t.requests)::bigint as requests
        from report.spent_by_day(cost_by_query.since, cost_by_query.until,
                                 cost_by_query.sources) t
        group by 1, 2, 3) d
  left join found f on f.name = d.source || ' ' || d.query
  order by 1, 2, 3;
end
$$;

-- The roles, by what the tables are for: the writer changes all but how
-- history is kept, the migrations, and rule sets that are there.
create or replace function grant_roles() returns void
language plpgsql as $$
declare
  changed regclass;
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
    for changed in
      select c.oid from pg_class c
      where c.relnamespace = 'public'::regnamespace
        and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname not in ('history', 'schema_migration', 'ruleset') loop
      execute format('grant insert, update, delete on %s to grumble_writer',
                     changed);
    end loop;
    -- To lock it, record_ruleset() needs more than insert.
    grant insert, update on ruleset to grumble_writer;
    grant execute on function ensure_months, tend_history, repair_sketches,
      show_analysis, drop_month_of_slot, carry_rollups, keep_rows_from,
      drop_oldest_month, drop_old_keys to grumble_writer;
  end if;
end
$$;

select grant_roles();
