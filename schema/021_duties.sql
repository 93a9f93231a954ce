-- Known posts are asked for again at some ages, of an edited post the newest
-- version counts, and raw pages lose what was erased a little later.

-- How far each age has come: posts up to here that were old enough have been
-- asked for.
create table refresh (
  source     text collate "C" not null,
  age        bigint not null,  -- seconds
  created_at timestamptz not null,
  last_id    text collate "C" not null,
  primary key (source, age)
);

-- Versions of posts that were edited, by the id of the first.
create table post_edit (
  platform text collate "C" not null,
  post_id  text collate "C" not null,
  first_id text collate "C" not null,
  primary key (platform, post_id)
);
create index post_edit_first on post_edit (platform, first_id);
-- A later version is stored; then context_only holds, whoever found it.
alter table post add column superseded boolean not null default false;

-- Raw pages may still hold what a tombstone stands for.
alter table erased add column raw_due boolean not null default false;
create index erased_raw_due on erased (erased_at) where raw_due;

create or replace view report.duty as
select p.platform, p.texts, p.oldest,
       (select count(*) from erased e where e.platform = p.platform) as erased,
       (select max(e.erased_at) from erased e where e.platform = p.platform)
         as last_erased_at,
       (select min(e.erased_at) from erased e
        where e.platform = p.platform and e.raw_due) as raw_due_since
from (select platform,
             count(*) filter (where title <> '' or text <> '') as texts,
             min(greatest(observed_at, first_seen_at))
               filter (where title <> '' or text <> '') as oldest
      from post group by platform) p;

select grant_roles();
