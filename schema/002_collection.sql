-- How far each walk has come, what could not be read, and what it cost.

create table round (
  source       text collate "C" not null,
  query        text collate "C" not null,
  watermark    text not null,
  opened_at    timestamptz not null,
  completed_at timestamptz,  -- when a round last ran out of cursors
  primary key (source, query)
);

-- All that is left to do. A cursor goes in the transaction that lands its page.
create table cursor (
  cursor_id bigint generated always as identity primary key,
  source    text collate "C" not null,
  query     text collate "C" not null,
  step      text not null,
  opened_at timestamptz not null default now()
);
-- Steps hold page tokens, which may be longer than an index entry.
create unique index cursor_step on cursor (source, query, md5(step));

-- Items that did not become posts.
create table reject (
  source      text collate "C" not null,
  query       text collate "C" not null,
  pointer     text not null,
  item_id     text not null,
  reason      text not null,
  raw         bytea not null,
  digest      bytea not null generated always as (sha256(raw)) stored,
  rejected_at timestamptz not null default now()
);
create unique index reject_item on reject (source, digest, md5(pointer));

-- One row a bucket, locked by whoever reserves.
create table budget (
  bucket text collate "C" primary key
);

create table ledger (
  receipt     uuid primary key default gen_random_uuid(),
  bucket      text collate "C" not null,
  source      text collate "C" not null,
  query       text collate "C" not null,
  worst       bigint not null check (worst >= 0),
  actual      bigint check (actual >= 0),
  state       text collate "C" not null
              check (state in ('reserved', 'settled', 'unknown')),
  reserved_at timestamptz not null,
  settled_at  timestamptz,
  check ((state = 'settled') = (actual is not null))
);
create index ledger_bucket on ledger (bucket, reserved_at);
create index ledger_reserved on ledger (reserved_at) where state = 'reserved';
