-- Batch compliance jobs of X, each step noted when it is done; a pass over all
-- posts ends with a row 'over'.
create table compliance_job (
  name       text primary key,
  platform   text collate "C" not null,
  job_id     text not null default '',
  state      text collate "C" not null check (state in
             ('planned', 'created', 'uploaded', 'applied', 'failed', 'over')),
  after_id   text collate "C" not null,
  last_id    text collate "C" not null,
  posts      bigint not null,
  planned_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default now()
);

select grant_roles();
