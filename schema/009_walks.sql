-- Walks, gaps, paid pages, leases and breakers: what makes collecting exact.

-- One list of a site that is walked over and over.
create table walk (
  walk_id bigint generated always as identity primary key,
  source  text collate "C" not null,
  list    text collate "C" not null,
  subject text collate "C" not null,
  query   text collate "C" not null,  -- on whose account
  -- Everything up to here has landed, or lies in a gap.
  top     bigint not null,
  -- How long the site said the list was when it was last opened.
  mark    bigint not null default 0,
  ended   text,  -- why it is not walked for now
  due_at  timestamptz not null default now(),
  unique (source, list, subject)
);
create index walk_query on walk (source, query);

-- What has not landed. Bounds are excluded. Rows of closed gaps stay for a
-- while, to show what was walked when.
create table gap (
  gap_id      bigint generated always as identity primary key,
  walk_id     bigint not null references walk,
  lo          bigint not null,
  hi          bigint not null,
  items       text not null default '',
  token       text not null default '',
  asked_hi    bigint not null,
  seen        text not null default '',
  empty_pages int not null default 0,
  restarts    int not null default 0,
  tries       int not null default 0,
  not_before  timestamptz,
  version     int not null default 0,
  state       text collate "C" not null default 'open'
              check (state in ('open', 'unreachable', 'closed')),
  reason      text not null default '',
  opened_at   timestamptz not null default now(),
  closed_at   timestamptz,
  -- Open gaps of a walk do not overlap; each walk has its own 2^64 numbers.
  constraint gap_apart exclude using gist (
    numrange(walk_id * 18446744073709551616 + lo + 1,
             walk_id * 18446744073709551616 + greatest(hi, lo + 1)) with &&)
    where (state = 'open')
);
create index gap_walk on gap (walk_id) where state <> 'closed';
create index gap_closed on gap (closed_at) where state = 'closed';

-- An answer that was paid for, as it came (gzip).
create table raw_page (
  page_id     bigint generated always as identity primary key,
  receipt     uuid not null unique,
  gap_id      bigint not null,
  gap_version int not null,
  source      text collate "C" not null,
  query       text collate "C" not null,
  list        text collate "C" not null,
  subject     text collate "C" not null,
  body        bytea not null,
  received_at timestamptz not null,
  state       text collate "C" not null default 'landed'
              check (state in ('landed', 'applied', 'rejected')),
  reason      text not null default ''
);
alter table raw_page alter column body set storage external;
create index raw_page_landed on raw_page (source) where state = 'landed';
create index raw_page_received on raw_page (received_at);

-- Who collects from a source. The database's clock decides, and a holder whose
-- connection is gone has let go.
create table lease (
  source        text collate "C" primary key,
  holder        uuid not null,
  epoch         bigint not null,
  expires_at    timestamptz not null,
  backend       int not null,
  backend_start timestamptz
);

-- Where nobody may ask for a while, whoever it is and however often restarted.
create table breaker (
  source      text collate "C" not null,
  bucket      text collate "C" not null,
  fingerprint text collate "C" not null,  -- of the credential
  failures    int not null default 0,     -- in a row
  not_before  timestamptz not null default '-infinity',
  reason      text not null default '',
  primary key (source, bucket, fingerprint)
);

-- Dead letters: where they came from and what became of them.
alter table reject
  add column reject_id bigint generated always as identity,
  add column page_id bigint,
  add column state text collate "C" not null default 'open'
    check (state in ('open', 'landed', 'dropped')),
  add column tries int not null default 0;
create unique index reject_number on reject (reject_id);
create index reject_page on reject (page_id) where page_id is not null;

-- Ids of X hold the millisecond they were made in.
create function pg_temp.first_id(moment text) returns bigint
language sql immutable
return ((extract(epoch from moment::timestamptz) * 1000)::bigint
        - 1288834974657) * 4194304;

-- Steps that an earlier version left. Ranges of X go on where they stood; a
-- YouTube round that was not complete is searched again from its start.
insert into walk (source, list, subject, query, top)
select source, 'posts', query, query, watermark::bigint
from round where watermark ~ '^[0-9]{1,19}$';

insert into walk (source, list, subject, query, top)
select r.source, 'search', r.query, r.query,
  (extract(epoch from r.watermark::timestamptz) * 1000)::bigint
from round r
where watermark ~ '^\d{4}-\d\d-\d\dT' and not exists
  (select from cursor c where c.source = r.source and c.query = r.query);

insert into gap (walk_id, lo, hi, asked_hi)
select w.walk_id, s.lo, s.hi, s.hi
from cursor c
join walk w on w.source = c.source and w.subject = c.query
  and w.list = 'posts'
cross join lateral (
  select coalesce((c.step::jsonb ->> 'lo')::bigint,
                  pg_temp.first_id(c.step::jsonb ->> 'start') - 1) as lo,
         coalesce((c.step::jsonb ->> 'low')::bigint,
                  (c.step::jsonb ->> 'hi')::bigint,
                  pg_temp.first_id(c.step::jsonb ->> 'end')) as hi
) s
where s.lo < s.hi;

drop function pg_temp.first_id(text);
drop view report.round;
drop table cursor;
alter table round drop column watermark;

create view report.round as
select r.source, r.query, r.opened_at, r.completed_at,
       (select count(*) from gap g join walk w using (walk_id)
        where w.source = r.source and w.query = r.query
          and g.state = 'open') as open_gaps
from round r;

-- What has not landed, and what never will.
create view report.gap as
select w.source, w.query, w.list, w.subject, g.gap_id, g.state, g.lo, g.hi,
       case when w.list = 'posts'
            then to_timestamp(((g.lo >> 22) + 1288834974657) / 1000.0)
       end as since,
       case when w.list = 'posts'
            then to_timestamp(((g.hi >> 22) + 1288834974657) / 1000.0)
       end as until,
       g.reason, g.tries, g.not_before, g.opened_at
from gap g
join walk w using (walk_id)
where g.state <> 'closed';

create view report.breaker as
select source, bucket, failures, not_before, reason from breaker;

-- The roles, with the tables that came and without the one that went.
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
      budget, ledger, walk, gap, raw_page, lease, breaker to grumble_writer;
    -- To lock it, record_ruleset() needs more than insert.
    grant insert, update on ruleset to grumble_writer;
    grant execute on function ensure_months, tend_history, repair_sketches
      to grumble_writer;
  end if;
end
$$;

select grant_roles();
