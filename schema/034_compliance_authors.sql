-- Compliance jobs ask about accounts too: who is gone takes all posts along.
alter table compliance_job add column about text collate "C" not null
  default 'posts' check (about in ('posts', 'authors'));
alter table compliance_job alter column about drop default;
alter table compliance_job rename column posts to ids;
