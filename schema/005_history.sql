-- Posts and what was read from them, for years: partitioned by month, spread
-- by post_id, and counted at landing.
--
-- A post is known by its row in post_key, which holds the one unique key over
-- all months and says which month to look in. Only land() writes these tables,
-- and it locks the key first.

-- One row: how history is kept.
create table history (
  only_row   boolean primary key default true check (only_row),
  zone       text not null default 'UTC',  -- where days and months are cut
  slot       smallint not null default 0,  -- the analysis that is shown
  hours_from timestamptz not null          -- no roll-up by hour before
             default date_trunc('hour', now() - interval '35 days', 'UTC'),
  rows_from  timestamptz not null default '-infinity'  -- no post before
);
insert into history default values;

-- Where an author falls in a roll-up's sketch: 256 places for half of them,
-- then 64 for a quarter, 64 for an eighth, ... Null without an author.
create function author_place(platform text, author_id text) returns smallint
language sql immutable parallel safe
return case when author_id <> '' then (
  select case when level = 0 then h & 255
              else 192 + 64 * level + (h & 63) end::smallint
  from (select h, least(12, coalesce(nullif(position(
                 B'1' in (h >> 32)::int::bit(32)), 0), 33) - 1) as level
        from (select hashtextextended(author_id,
                       hashtextextended(platform, 0)) as h) hashed) placed)
  end;

alter table post rename to old_post;
alter table finding rename to old_finding;
alter table comparison rename to old_comparison;
alter table value rename to old_value;
drop index post_created_at, post_models, post_video, finding_model,
  finding_created_at;
alter index post_pkey rename to old_post_pkey;
alter index finding_pkey rename to old_finding_pkey;
alter index comparison_pkey rename to old_comparison_pkey;
alter index value_pkey rename to old_value_pkey;

create table post_key (
  platform   text collate "C" not null,
  post_id    text collate "C" not null,
  created_at timestamptz not null,
  primary key (platform, post_id)
);

create table post (
  platform         text collate "C" not null,
  post_id          text collate "C" not null,
  kind             text collate "C" not null
                   check (kind in ('post', 'video', 'comment')),
  author_id        text collate "C" not null,  -- '' when the site did not tell
  author_place     smallint generated always as
                   (author_place(platform, author_id)) stored,
  title            text not null,
  text             text not null,
  created_at       timestamptz not null,
  approximate_time boolean not null,
  edited_at        timestamptz,
  conversation_id  text collate "C" not null,
  parents          text[] not null,  -- 'reply 123', 'quote 456', 'repost 7'
  queries          text[] not null,  -- that returned it: 'x sora'
  -- As the site showed them; null is not zero. Never added up over two sites.
  likes            bigint,
  reposts          bigint,
  replies          bigint,
  quotes           bigint,
  views            bigint,
  bookmarks        bigint,
  engagement       bigint not null generated always as
                   (coalesce(likes, 0) + coalesce(reposts, 0)
                    + coalesce(replies, 0) + coalesce(quotes, 0)
                    + coalesce(bookmarks, 0)) stored,
  -- Came along as a parent, and no query has returned it yet.
  context_only     boolean not null,
  site_lang        text collate "C" not null,  -- as the site gave it, or ''
  -- Of the analysis that was shown when the post was last landed.
  ruleset_id       smallint not null,
  analysis_digest  bigint not null,
  first_seen_at    timestamptz not null default now(),
  observed_at      timestamptz not null,  -- when the site showed this state
  primary key (platform, post_id, created_at)
) partition by range (created_at);
-- With post_id, for many posts may share a time.
create index post_created_at on post (created_at, post_id);
create index post_video on post (created_at) where kind = 'video';

-- The tables below hold an analysis in each slot: the one that is shown, and
-- while the rules change the one to come. They repeat what every question
-- filters by, so that no question reads a post that it does not show.

-- One row a post and model; model '' for a post about none, and beside its
-- models for a post with a finding that names none. Ordinal 0 is every post's.
create table mention (
  platform     text collate "C" not null,
  post_id      text collate "C" not null,
  created_at   timestamptz not null,
  slot         smallint not null,
  ordinal      smallint not null,
  model        text collate "C" not null,
  lang         text collate "C" not null,
  noise        text collate "C" not null check (noise in
               ('none', 'promo', 'prompt', 'news', 'bot', 'duplicate',
                'homonym')),
  context_only boolean not null,
  primary key (platform, post_id, created_at, slot, ordinal)
) partition by list (slot);
create index mention_model on mention (model, created_at);

-- Offsets count bytes of the post's full text: title, line break, text.
create table finding (
  platform     text collate "C" not null,
  post_id      text collate "C" not null,
  created_at   timestamptz not null,
  slot         smallint not null,
  ordinal      smallint not null,
  model        text collate "C" not null,  -- '' when none is named
  version      text,
  category     text collate "C" not null,
  polarity     text collate "C" not null check (polarity in
               ('complaint', 'praise', 'request', 'question', 'resolved')),
  begin_byte   int not null,
  end_byte     int not null check (0 <= begin_byte and begin_byte <= end_byte),
  rule         text collate "C" not null,
  confidence   real not null,
  scope        text collate "C" not null
               check (scope in ('clause', 'text', 'context', 'none')),
  counterpart  text collate "C",
  lang         text collate "C" not null,
  noise        text collate "C" not null,
  context_only boolean not null,
  primary key (platform, post_id, created_at, slot, ordinal)
) partition by list (slot);
create index finding_model on finding (model, category, created_at);
create index finding_created_at on finding (created_at, post_id);

create table comparison (
  platform     text collate "C" not null,
  post_id      text collate "C" not null,
  created_at   timestamptz not null,
  slot         smallint not null,
  ordinal      smallint not null,
  better       text collate "C" not null,
  worse        text collate "C" not null,
  category     text collate "C",  -- null: overall
  lang         text collate "C" not null,
  noise        text collate "C" not null,
  context_only boolean not null,
  primary key (platform, post_id, created_at, slot, ordinal)
) partition by list (slot);
create index comparison_created_at on comparison (created_at, post_id);

create table value (
  platform     text collate "C" not null,
  post_id      text collate "C" not null,
  created_at   timestamptz not null,
  slot         smallint not null,
  ordinal      smallint not null,
  kind         text collate "C" not null,
  amount       double precision not null,
  unit         text not null,
  per          text not null,
  begin_byte   int not null,
  end_byte     int not null check (0 <= begin_byte and begin_byte <= end_byte),
  lang         text collate "C" not null,
  noise        text collate "C" not null,
  context_only boolean not null,
  primary key (platform, post_id, created_at, slot, ordinal)
) partition by list (slot);
create index value_kind on value (kind, created_at);

do $$
declare
  parent text;
begin
  foreach parent in array
      array['mention', 'finding', 'comparison', 'value'] loop
    for slot in 0..1 loop
      execute format('create table %I partition of %I for values in (%s)'
                     ' partition by range (created_at)',
                     parent || '_' || slot, parent, slot);
    end loop;
  end loop;
end
$$;

-- Makes the partitions of the months (UTC) that hold these times, where they
-- are missing. A partition is made apart and then attached: nobody waits.
create function ensure_months(slot smallint, times timestamptz[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  month timestamptz;
  parent text;
  child text;
begin
  for month in select distinct date_trunc('month', t, 'UTC')
               from unnest(times) t order by 1 loop
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

-- What is counted: a kind of post or of statement. Model '*' and category '*'
-- stand for any, so that a post with two findings counts once among them, and
-- so does language '*', because few questions tell languages apart. A mention
-- has no polarity, and as its category '' or, of model '*', the post's kind; a
-- comparison ('better') has the other model as its counterpart.
create table cell (
  cell_id     int generated always as identity primary key,
  platform    text collate "C" not null,
  lang        text collate "C" not null,
  standing    text collate "C" not null check (standing in
              ('counted', 'noise', 'context', 'noise_context')),
  model       text collate "C" not null,
  category    text collate "C" not null,
  polarity    text collate "C" not null,
  counterpart text collate "C" not null,
  unique (polarity, model, category, counterpart, platform, lang, standing)
);

-- How many posts a cell counts: by hour ('h') for the last weeks, by day ('d')
-- and month ('m') of history.zone for ever, and in all ('e').
create table rollup (
  slot       smallint not null,
  grain      "char" not null check (grain in ('h', 'd', 'm', 'e')),
  start      timestamptz not null,  -- of 'e': the epoch
  cell_id    int not null,
  posts      bigint not null,
  engagement bigint not null,
  views      bigint not null,
  authors    bit(1024) not null,
  primary key (slot, grain, cell_id, start)
) with (fillfactor = 80);

-- Cells whose sketch still holds authors that are gone.
create table rollup_dirty (
  slot    smallint not null,
  grain   "char" not null,
  start   timestamptz not null,
  cell_id int not null,
  primary key (slot, grain, cell_id, start)
);

create function standing(noise text, context_only boolean) returns text
language sql immutable parallel safe
return case when noise = 'none' then
              case when context_only then 'context' else 'counted' end
            when context_only then 'noise_context' else 'noise' end;

create function sketch_of(place smallint) returns bit
language sql immutable parallel safe
return case when place is null then repeat('0', 1024)::bit(1024)
            else set_bit(repeat('0', 1024)::bit(1024), place, 1) end;

-- What the posts of a time should have been counted as, from the rows alone:
-- one row a day (or hour) and cell. land() counts the same on its own.
create function counted_from_rows(
  in_slot smallint, grain "char", lo timestamptz, hi timestamptz)
returns table (start timestamptz, platform text, lang text, standing text,
               model text, category text, polarity text, counterpart text,
               posts bigint, engagement bigint, views bigint,
               authors bit)
language plpgsql stable rows 1000 as $$
declare
  unit text := case grain when 'h' then 'hour' else 'day' end;
  zone text := case grain when 'h' then 'UTC'
                          else (select h.zone from history h) end;
begin
  return query
  with one as (
    select p.platform, p.post_id, p.kind, p.created_at, p.author_place,
           p.engagement, coalesce(p.views, 0) as views, m.lang,
           standing(m.noise, m.context_only) as standing
    from post p
    join mention m on m.platform = p.platform and m.post_id = p.post_id
                  and m.created_at = p.created_at
    where p.created_at >= lo and p.created_at < hi
      and m.created_at >= lo and m.created_at < hi
      and m.slot = in_slot and m.ordinal = 0
  ), said as (
    select o.platform, o.post_id, '*' as model, k.category, '' as polarity,
           '' as counterpart
    from one o
    cross join lateral (values (''), (o.kind)) k (category)
    union all
    select m.platform, m.post_id, m.model, '', '', ''
    from mention m
    where m.created_at >= lo and m.created_at < hi and m.slot = in_slot
    union all
    (select distinct f.platform, f.post_id, s.model, s.category, f.polarity, ''
     from finding f
     cross join lateral (values
       (f.model, f.category), (f.model, '*'), ('*', f.category),
       ('*', '*')) s (model, category)
     where f.created_at >= lo and f.created_at < hi and f.slot = in_slot)
    union all
    (select distinct c.platform, c.post_id, c.better,
            coalesce(c.category, ''), 'better', c.worse
     from comparison c
     where c.created_at >= lo and c.created_at < hi and c.slot = in_slot)
  )
  select date_trunc(unit, o.created_at, zone), o.platform, l.lang, o.standing,
         s.model, s.category, s.polarity, s.counterpart, count(*),
         sum(o.engagement)::bigint, sum(o.views)::bigint,
         bit_or(sketch_of(o.author_place))
  from one o
  join said s on s.platform = o.platform and s.post_id = o.post_id
  cross join lateral (values (o.lang), ('*')) l (lang)
  group by 1, 2, 3, 4, 5, 6, 7, 8;
end
$$;

-- Counts a slot's posts of the days in [lo, hi) from the rows; what was
-- counted there before must be gone.
create function count_days(in_slot smallint, lo timestamptz, hi timestamptz)
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
                      else date_trunc('month', d.start, h.zone) end,
         d.cell_id, sum(d.posts), sum(d.engagement), sum(d.views),
         bit_or(d.authors)
  from rollup d
  cross join history h
  cross join (values ('m'::"char"), ('e')) g (grain)
  where d.slot = in_slot and d.grain = 'd' and d.start >= lo and d.start < hi
  group by 1, 2, 3, 4
  on conflict (slot, grain, cell_id, start) do update set
    posts = r.posts + excluded.posts,
    engagement = r.engagement + excluded.engagement,
    views = r.views + excluded.views,
    authors = r.authors | excluded.authors;
end
$$;

-- Where the roll-ups of [lo, hi) (whole days) and the rows disagree; a null
-- count means that there is no such cell. The sketch of a cell in rollup_dirty
-- may hold authors that are gone.
create function rollup_faults(in_slot smallint, lo timestamptz,
                              hi timestamptz)
returns table (grain "char", start timestamptz, kept bigint, expected bigint)
language sql stable as $$
  with expected as (
    select 'd'::"char" as grain, c.*
    from counted_from_rows(in_slot, 'd', lo, hi) c
    union all
    select 'h', c.*
    from history h
    cross join counted_from_rows(in_slot, 'h', greatest(lo, h.hours_from), hi) c
  ), e as (
    select x.grain, x.start, c.cell_id, x.posts, x.engagement, x.views,
           x.authors
    from expected x
    left join cell c using (platform, lang, standing, model, category,
                            polarity, counterpart)
  ), k as (
    select r.grain, r.start, r.cell_id, r.posts, r.engagement, r.views,
           r.authors, d.slot is not null as dirty
    from rollup r
    left join rollup_dirty d using (slot, grain, cell_id, start)
    where r.slot = in_slot and r.grain in ('d', 'h')
      and r.start >= lo and r.start < hi
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

-- The same of months against their days, and of all time against the months.
create function rollup_sum_faults(in_slot smallint)
returns table (grain "char", start timestamptz, kept bigint, expected bigint)
language sql stable as $$
  with e as (
    select 'm'::"char" as grain, date_trunc('month', r.start, h.zone) as start,
           r.cell_id, sum(r.posts)::bigint as posts,
           sum(r.engagement)::bigint as engagement,
           sum(r.views)::bigint as views, bit_or(r.authors) as authors
    from rollup r cross join history h
    where r.slot = in_slot and r.grain = 'd'
    group by 2, 3
    union all
    select 'e', to_timestamp(0), r.cell_id, sum(r.posts)::bigint,
           sum(r.engagement)::bigint, sum(r.views)::bigint, bit_or(r.authors)
    from rollup r
    where r.slot = in_slot and r.grain = 'm'
    group by 3
  ), k as (
    select r.*, d.slot is not null as dirty
    from rollup r
    left join rollup_dirty d using (slot, grain, cell_id, start)
    where r.slot = in_slot and r.grain in ('m', 'e')
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
-- the rows, months from their days, all time from the months. Returns how
-- many. Locks them in the order in which land() does.
create function repair_sketches() returns bigint
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
      and day.start >= r.start
      and day.start < (r.start at time zone h.zone + interval '1 month')
                        at time zone h.zone)
  from rollup_dirty d cross join history h
  where d.grain = 'm' and r.slot = d.slot and r.grain = d.grain
    and r.start = d.start and r.cell_id = d.cell_id;
  update rollup r set authors = (
    select bit_or(month.authors) from rollup month
    where month.slot = r.slot and month.grain = 'm'
      and month.cell_id = r.cell_id)
  from rollup_dirty d
  where d.grain = 'e' and r.slot = d.slot and r.grain = d.grain
    and r.start = d.start and r.cell_id = d.cell_id;
  delete from rollup_dirty;
  get diagnostics repaired = row_count;
  return repaired;
end
$$;

-- Makes the partitions of this month and the next, and lets go of the hours
-- that are older than five weeks.
create function tend_history() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  old_hours timestamptz := date_trunc('hour', now() - interval '35 days', 'UTC');
begin
  perform pg_advisory_xact_lock(hashtextextended('grumble history', 0));
  perform ensure_months(s.slot, array[now(), now() + interval '1 month'])
  from history s;
  if (select hours_from from history) < old_hours then
    update history set hours_from = old_hours;
    delete from rollup where grain = 'h' and start < old_hours;
    delete from rollup_dirty where grain = 'h' and start < old_hours;
  end if;
end
$$;

-- What was stored before moves over.
select ensure_months(0::smallint, array(
  select distinct date_trunc('month', created_at, 'UTC') from old_post
  union select now() union select now() + interval '1 month'));

insert into post_key (platform, post_id, created_at)
select platform, post_id, created_at from old_post;

insert into post
  (platform, post_id, kind, author_id, title, text, created_at,
   approximate_time, edited_at, conversation_id, parents, queries, likes,
   reposts, replies, quotes, views, bookmarks, context_only, site_lang,
   ruleset_id, analysis_digest, first_seen_at, observed_at)
select p.platform, p.post_id, p.kind, p.author_id, p.title, p.text,
  p.created_at, p.approximate_time, p.edited_at, p.conversation_id,
  array(select r.kind || ' ' || r.parent_id from post_reference r
        where r.platform = p.platform and r.post_id = p.post_id order by 1),
  array(select q.source || ' ' || q.query from post_query q
        where q.platform = p.platform and q.post_id = p.post_id order by 1),
  p.likes, p.reposts, p.replies, p.quotes, p.views, p.bookmarks,
  p.context_only, p.site_lang, p.ruleset_id, p.analysis_digest,
  p.first_seen_at, p.observed_at
from old_post p;

insert into mention
select p.platform, p.post_id, p.created_at, 0, m.place - 1, m.model, p.lang,
       p.noise, p.context_only
from old_post p
cross join lateral unnest(
  case when p.models = '{}' then array[''] else p.models end)
  with ordinality as m (model, place);

insert into finding
select f.platform, f.post_id, f.created_at, 0, f.ordinal,
       coalesce(f.model, ''), f.version, f.category, f.polarity, f.begin_byte, f.end_byte, f.rule, f.confidence,
       f.scope, f.counterpart, p.lang, p.noise, p.context_only
from old_finding f join old_post p using (platform, post_id);

insert into comparison
select c.platform, c.post_id, c.created_at, 0, c.ordinal, c.better, c.worse,
       c.category, p.lang, p.noise, p.context_only
from old_comparison c join old_post p using (platform, post_id);

insert into value
select v.platform, v.post_id, v.created_at, 0, v.ordinal, v.kind, v.amount,
       v.unit, v.per, v.begin_byte, v.end_byte, p.lang, p.noise,
       p.context_only
from old_value v join old_post p using (platform, post_id);

select count_days(0::smallint, '-infinity', 'infinity');

drop function report.findings_in, report.mentions_in, report.matrix,
  report.trend, report.top, report.evidence;
drop view report.post, report.mention, report.finding, report.comparison,
  report.value, report.coverage;
drop table old_post, old_finding, old_comparison, old_value, post_reference,
  post_query;
