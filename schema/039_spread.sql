-- Questions in the form that Citus takes, too: what runs on the machines of the
-- posts calls no function that reads tables, and reaches for no other rows than
-- those of its post.

-- The newest posts with such a finding or, asked for any, about such a model:
-- `most` of them at most, newest first. Looks at the last day, then at ever
-- longer stretches before it, until there are enough.
create or replace function report.newest(
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
          and (match is null or exists (
            select from post p
            where p.platform = m.platform and p.post_id = m.post_id
              and p.created_at = m.created_at
              and p.created_at >= lo and p.created_at < hi
              and position(lower(match)
                           in lower(report.full_text(p.title, p.text))) > 0))
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
          and (match is null or exists (
            select from post p
            where p.platform = f.platform and p.post_id = f.post_id
              and p.created_at = f.created_at
              and p.created_at >= lo and p.created_at < hi
              and position(lower(match)
                           in lower(report.full_text(p.title, p.text))) > 0))
        group by 1, 2, 3 order by 3 desc, 1, 2 limit most - sent;
    end if;
    get diagnostics got = row_count;
    sent := sent + got;
    hi := lo;
    span := 4 * span;
  end loop;
end
$$;

drop function report.says;

-- Keeps these posts to one transaction until it ends. In the order of their
-- keys, so that nobody waits in a circle. `grumble db distribute` puts another
-- in its place: Citus takes no "for update" of rows on several machines.
create function lock_posts(platforms text[], ids text[]) returns void
language plpgsql
set plan_cache_mode = force_custom_plan as $$
begin
  perform from post_key
  where (platform, post_id) in (select * from unnest(platforms, ids))
  order by platform, post_id
  for update;
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
    from (
      select distinct v.platform, v.post_id, v.kind, v.unit,
             v.amount || ' ' || v.per as counterpart
      from piece p
      join value v on v.created_at >= p.from_time and v.created_at < p.to_time
      where p.grain = 'r' and v.slot = shown
        and v.noise = 'none' and not v.context_only
        and (kinds is null or v.kind = any (kinds))
        and (platforms is null or v.platform = any (platforms))
        and (langs is null or v.lang = any (langs))) r
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

select grant_roles();
