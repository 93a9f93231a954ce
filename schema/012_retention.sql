-- Letting go of old months: their rows go with their partitions, what was
-- counted of them stays.

-- Makes the partitions of the months (UTC) that hold these times, where they
-- are missing and still kept.
create or replace function ensure_months(slot smallint, times timestamptz[])
returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  month timestamptz;
  parent text;
  child text;
begin
  for month in select distinct date_trunc('month', t, 'UTC')
               from unnest(times) t, history h where t >= h.rows_from
               order by 1 loop
    foreach parent in array
        array['post', 'mention_' || slot, 'finding_' || slot,
              'comparison_' || slot, 'value_' || slot] loop
      child := parent || to_char(month at time zone 'UTC', '_YYYY_MM');
      if to_regclass(child) is not null then continue; end if;
      perform pg_advisory_xact_lock(hashtextextended('grumble months', 0));
      -- A look at the catalogue: to_regclass() may not know yet.
      if exists (select from pg_class where relname = child
                 and relnamespace = 'public'::regnamespace) then
        continue;
      end if;
      execute format('create table %I (like %I including all)', child, parent);
      execute format('alter table %I attach partition %I'
                     ' for values from (%L) to (%L)', parent, child, month,
                     (month at time zone 'UTC' + interval '1 month')
                       at time zone 'UTC');
    end loop;
  end loop;
end
$$;

-- From now on no post of before this month (UTC) is stored. Waits for the
-- landings under way, so that none of them still does. Returns the month that
-- holds: an earlier one changes nothing.
create function keep_rows_from(moment timestamptz) returns timestamptz
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  month timestamptz;
begin
  perform pg_advisory_xact_lock(hashtextextended('grumble history', 0));
  update history
  set rows_from = greatest(rows_from, date_trunc('month', moment, 'UTC'))
  returning rows_from into month;
  return month;
end
$$;

-- Drops the partitions of the oldest month whose rows are no longer kept.
-- Returns the month, or null when there is none. Gives up after half a second
-- of waiting for its locks: whoever asks tries again.
create function drop_oldest_month() returns timestamptz
language plpgsql security definer set search_path = public, pg_temp
set lock_timeout = '500ms' as $$
declare
  month timestamptz;
  child regclass;
begin
  select min(make_timestamptz(left(right(c.relname, 7), 4)::int,
                              right(c.relname, 2)::int, 1, 0, 0, 0, 'UTC'))
  into month
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    and c.relispartition
    and c.relname
        ~ '^(post|(mention|finding|comparison|value)_[01])_\d{4}_\d\d$';
  if month is null or month >= (select h.rows_from from history h) then
    return null;
  end if;
  for child in
    select c.oid from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relispartition
      and c.relname ~ ('^(post|(mention|finding|comparison|value)_[01])'
                       || to_char(month at time zone 'UTC', '_YYYY_MM') || '$')
    order by c.relname loop
    execute format('drop table %s', child);
  end loop;
  return month;
end
$$;

-- Forgets up to so many keys of posts whose rows are gone; how many it were.
create function drop_old_keys(most int) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  dropped bigint;
begin
  delete from post_key k using (
    select o.platform, o.post_id from post_key o, history h
    where o.created_at < h.rows_from limit most) old
  where k.platform = old.platform and k.post_id = old.post_id;
  get diagnostics dropped = row_count;
  return dropped;
end
$$;

revoke all on function keep_rows_from, drop_oldest_month, drop_old_keys
  from public;

-- As before; and what has no rows any more is asked of the roll-ups, however
-- few posts it were.
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
  return wish = 'always'
    or coalesce(since, '-infinity') < (
      select h.rows_from from history h where h.rows_from > '-infinity')
    or coalesce(10000 < (
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
