-- Sites whose older posts are not kept: what was made before is not stored
-- again. For all sites there is history.rows_from.
create table kept_from (
  platform  text collate "C" primary key,
  rows_from timestamptz not null
);

select grant_roles();
