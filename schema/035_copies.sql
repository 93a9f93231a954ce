-- Near-copies and probable bots among what has landed. What lands notes its
-- keys; some seconds later store/copies compares the texts with those of before
-- and gives the posts their label: the oldest of some near-copies stays as the
-- rules read it, the later ones are noise, 'duplicate' or 'bot'.

-- Posts that landed, changed or went since they were last compared; a row for
-- some hundred of them. `times`: created_at as it was before.
create table print_due (
  due_id    bigint generated always as identity primary key,
  posts     int not null,
  platforms text[] not null,
  post_ids  text[] not null,
  times     timestamptz[] not null
);

-- Within it a text is a near-copy of an older one.
create function copy_span() returns interval
language sql immutable parallel safe
return interval '672 hours';

-- The order of posts of one time.
create function tie_of(post_id text) returns bigint
language sql immutable parallel safe
return hashtextextended(post_id, 0);

-- What a post is compared by; none of one that is mere context. Only
-- store/copies writes it, one program at a time.
create table post_print (
  platform   text collate "C" not null,
  post_id    text collate "C" not null,
  created_at timestamptz not null,
  tie        bigint not null generated always as (tie_of(post_id)) stored,
  author     bigint,  -- a hash; null without one, and once the text is gone
  -- Near-copies have one of them in common; null of what is too short to be
  -- copied from somewhere.
  band_1     bigint,
  band_2     bigint,
  band_3     bigint,
  band_4     bigint,
  is_copy    boolean not null default false,
  noise      text collate "C" not null default 'none'
             check (noise in ('none', 'duplicate', 'bot')),
  primary key (platform, post_id, created_at)
) partition by range (created_at);
create index post_print_author on post_print (author, created_at)
  where author is not null;
-- Read in their order from either end of a time, so that a million equal texts
-- are no more work than two.
create index post_print_band_1 on post_print (band_1, created_at, tie)
  where band_1 is not null;
create index post_print_band_2 on post_print (band_2, created_at, tie)
  where band_2 is not null;
create index post_print_band_3 on post_print (band_3, created_at, tie)
  where band_3 is not null;
create index post_print_band_4 on post_print (band_4, created_at, tie)
  where band_4 is not null;

-- As before, and of the prints.
create or replace function ensure_months(slot smallint, times timestamptz[])
returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  month timestamptz;
  next_month timestamptz;
  parent text;
  child text;
  bound text;
begin
  for month in select distinct date_trunc('month', t, 'UTC')
               from unnest(times) t, history h where t >= h.rows_from
               order by 1 loop
    next_month := (month at time zone 'UTC' + interval '1 month')
                    at time zone 'UTC';
    foreach parent in array
        array['post', 'post_print', 'mention', 'finding', 'comparison',
              'value'] loop
      bound := case when parent in ('post', 'post_print') then ''
                    else slot || ', ' end;
      child := parent || case bound when '' then '' else '_' || slot end
               || to_char(month at time zone 'UTC', '_YYYY_MM');
      if to_regclass(child) is not null then continue; end if;
      perform pg_advisory_xact_lock(hashtextextended('grumble months', 0));
      -- A look at the catalogue: to_regclass() may not know yet.
      if exists (select from pg_class where relname = child
                 and relnamespace = 'public'::regnamespace) then
        continue;
      end if;
      execute format('create table %I (like %I including all)', child, parent);
      execute format('alter table %I attach partition %I'
                     ' for values from (%s%L) to (%s%L)', parent, child, bound,
                     month, bound, next_month);
    end loop;
  end loop;
end
$$;

-- As before, and of the prints.
create or replace function drop_oldest_month() returns timestamptz
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
    and c.relname ~ ('^(post|post_print|(mention|finding|comparison|value)'
                     '_[01])_\d{4}_\d\d$');
  if month is null or month >= (select h.rows_from from history h) then
    return null;
  end if;
  for child in
    select c.oid from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relispartition
      and c.relname ~ ('^(post|post_print|(mention|finding|comparison|value)'
                       '_[01])'
                       || to_char(month at time zone 'UTC', '_YYYY_MM') || '$')
    order by c.relname loop
    execute format('drop table %s', child);
  end loop;
  return month;
end
$$;

-- The oldest post that this one is a near-copy of; null when there is none.
create function report.copy_of(platform text, post_id text,
                               created_at timestamptz) returns text
language sql stable security definer
set search_path = public, pg_temp
set enable_seqscan = off set enable_bitmapscan = off
as $$
  select x.post_id
  from post_print p
  cross join lateral (
    select o.post_id from (
      (select o.post_id, o.created_at, o.tie from post_print o
       where o.band_1 = p.band_1
         and o.created_at >= $3 - copy_span() and o.created_at <= $3
         and (o.created_at, o.tie) < (p.created_at, p.tie)
       order by o.created_at, o.tie limit 1)
      union all
      (select o.post_id, o.created_at, o.tie from post_print o
       where o.band_2 = p.band_2
         and o.created_at >= $3 - copy_span() and o.created_at <= $3
         and (o.created_at, o.tie) < (p.created_at, p.tie)
       order by o.created_at, o.tie limit 1)
      union all
      (select o.post_id, o.created_at, o.tie from post_print o
       where o.band_3 = p.band_3
         and o.created_at >= $3 - copy_span() and o.created_at <= $3
         and (o.created_at, o.tie) < (p.created_at, p.tie)
       order by o.created_at, o.tie limit 1)
      union all
      (select o.post_id, o.created_at, o.tie from post_print o
       where o.band_4 = p.band_4
         and o.created_at >= $3 - copy_span() and o.created_at <= $3
         and (o.created_at, o.tie) < (p.created_at, p.tie)
       order by o.created_at, o.tie limit 1)
    ) o order by o.created_at, o.tie limit 1) x
  where p.platform = $1 and p.post_id = $2 and p.created_at = $3
$$;

-- The next younger posts that share one of these values with a post: who may
-- become near-copies when it comes, and cease to be ones when it goes.
create function next_prints(text, timestamptz, bigint, bigint, bigint, bigint)
returns table (platform text, post_id text, created_at timestamptz)
language sql stable rows 4
set enable_seqscan = off set enable_bitmapscan = off
as $$
  (select n.platform, n.post_id, n.created_at from post_print n
   where n.band_1 = $3
     and n.created_at >= $2 and n.created_at <= $2 + copy_span()
     and (n.created_at, n.tie) > ($2, tie_of($1))
   order by n.created_at, n.tie limit 1)
  union all
  (select n.platform, n.post_id, n.created_at from post_print n
   where n.band_2 = $4
     and n.created_at >= $2 and n.created_at <= $2 + copy_span()
     and (n.created_at, n.tie) > ($2, tie_of($1))
   order by n.created_at, n.tie limit 1)
  union all
  (select n.platform, n.post_id, n.created_at from post_print n
   where n.band_3 = $5
     and n.created_at >= $2 and n.created_at <= $2 + copy_span()
     and (n.created_at, n.tie) > ($2, tie_of($1))
   order by n.created_at, n.tie limit 1)
  union all
  (select n.platform, n.post_id, n.created_at from post_print n
   where n.band_4 = $6
     and n.created_at >= $2 and n.created_at <= $2 + copy_span()
     and (n.created_at, n.tie) > ($2, tie_of($1))
   order by n.created_at, n.tie limit 1)
$$;

-- How many posts were left out for what.
create function report.noise_by_kind(
  since timestamptz default null, until timestamptz default null,
  platforms text[] default null, langs text[] default null,
  include_context boolean default false)
returns table (kind text, posts bigint)
language sql stable rows 10 as $$
  select c.category, sum(c.posts)::bigint
  from report.counts(
    noise_by_kind.since, noise_by_kind.until, '{w,d,h}', null, null,
    array['*'], null, array['noise'], noise_by_kind.platforms,
    noise_by_kind.langs, true, noise_by_kind.include_context) c
  group by 1
  order by 2 desc, 1
$$;

-- Noise is counted by its kind as well. A cell has '*' as its model, the kind
-- as its category and 'noise' as its polarity.

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
    union all
    select a.*, '*', m.noise, 'noise', ''
    from about a
    join mention m on m.platform = a.platform and m.post_id = a.post_id
    where a.ordinal = 0 and m.ordinal = 0 and m.noise <> 'none'
      and m.created_at >= lo and m.created_at < hi and m.slot = in_slot
      and (counted_from_rows.polarities is null
           or 'noise' = any (counted_from_rows.polarities))
    union all
    select a.platform, a.post_id, a.kind, a.start, a.author_place,
           a.engagement, a.views, a.lang, a.standing, 0, '', '*', '*',
           'models',
           case when count(*) <= 64
                then string_agg(a.model, E'\n' order by a.model) else '' end
    from about a
    where counted_from_rows.polarities is null
       or 'models' = any (counted_from_rows.polarities)
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
             or 'findings' = any (counted_from_rows.polarities))) a
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
             or 'polarities' = any (counted_from_rows.polarities))
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

-- What is stored already.
select ensure_months(h.slot, array(
  select make_timestamptz(left(right(c.relname, 7), 4)::int,
                          right(c.relname, 2)::int, 1, 0, 0, 0, 'UTC')
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relispartition
    and c.relname ~ '^post_\d{4}_\d\d$'))
from history h;

insert into print_due (posts, platforms, post_ids, times)
select count(*), array_agg(platform), array_agg(post_id), array_agg(created_at)
from (select platform, post_id, created_at,
             (row_number() over (order by created_at, post_id, platform) - 1)
               / 500 as part
      from post
      where not context_only and (title <> '' or text <> '')) p
group by part
order by part;

select count_also('{noise}');

select grant_roles();
