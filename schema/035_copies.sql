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
-- Written, read once and gone: not worth compressing.
alter table print_due alter platforms set storage external,
  alter post_ids set storage external, alter times set storage external;

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

-- What is said of each band alike.
do $$
declare
  olders text;
  nexts text;
begin
  -- Read in their order from either end of a time, so that a million equal
  -- texts are no more work than two.
  for k in 1..4 loop
    execute format(
      'create index post_print_band_%1$s'
      ' on post_print (band_%1$s, created_at, tie) where band_%1$s is not null',
      k);
  end loop;
  select string_agg(format($sql$
      (select o.post_id, o.created_at, o.tie from post_print o
       where o.band_%1$s = p.band_%1$s
         and o.created_at >= $3 - copy_span() and o.created_at <= $3
         and (o.created_at, o.tie) < (p.created_at, p.tie)
       order by o.created_at, o.tie limit 1)$sql$, k), ' union all'),
    string_agg(format($sql$
  (select n.platform, n.post_id, n.created_at from post_print n
   where n.band_%1$s = ($3)[%1$s]
     and n.created_at >= $2 and n.created_at <= $2 + copy_span()
     and (n.created_at, n.tie) > ($2, tie_of($1))
   order by n.created_at, n.tie limit 1)$sql$, k), ' union all')
  into olders, nexts
  from generate_series(1, 4) k;

  -- The oldest post that this one is a near-copy of; null when there is none.
  execute format($f$
create function report.copy_of(platform text, post_id text,
                               created_at timestamptz) returns text
language sql stable security definer
set search_path = public, pg_temp
set enable_seqscan = off set enable_bitmapscan = off
as $body$
  select x.post_id
  from post_print p
  cross join lateral (
    select o.post_id from (%s
    ) o order by o.created_at, o.tie limit 1) x
  where p.platform = $1 and p.post_id = $2 and p.created_at = $3
$body$ $f$, olders);

  -- The next younger posts that share one of the bands with a post: who may
  -- become near-copies when it comes, and cease to be ones when it goes.
  execute format($f$
create function next_prints(text, timestamptz, bigint[])
returns table (platform text, post_id text, created_at timestamptz)
language sql stable rows 4
set enable_seqscan = off set enable_bitmapscan = off
as $body$%s
$body$ $f$, nexts);
end
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

select grant_roles();
