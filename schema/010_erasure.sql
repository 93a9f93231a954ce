-- What had to go: posts that their authors or sites took back, and texts that
-- may be kept for so long only. The counts stay.

-- Tombstones, for ever: what stands here is never stored again.
create table erased (
  platform  text collate "C" not null,
  post_id   text collate "C" not null,
  reason    text not null,
  erased_at timestamptz not null default now(),
  primary key (platform, post_id)
);

-- What is due next. Only YouTube sets a term to texts.
create index post_kept on post (greatest(observed_at, first_seen_at))
  where platform = 'youtube' and (title <> '' or text <> '');

-- How old the texts of each site are, and what is gone.
create view report.duty as
select p.platform, p.texts, p.oldest,
       (select count(*) from erased e where e.platform = p.platform) as erased,
       (select max(e.erased_at) from erased e where e.platform = p.platform)
         as last_erased_at
from (select platform,
             count(*) filter (where title <> '' or text <> '') as texts,
             min(greatest(observed_at, first_seen_at)) filter (where title <> '' or text <> '')
               as oldest
      from post group by platform) p;

do $$
begin
  if exists (select from pg_roles where rolname = 'grumble_writer') then
    grant select on erased, report.duty to grumble_writer;
    grant insert, update, delete on erased to grumble_writer;
  end if;
  if exists (select from pg_roles where rolname = 'grumble_reader') then
    grant select on report.duty to grumble_reader;
  end if;
end
$$;
