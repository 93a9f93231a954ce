-- What is stored of authors: 'keyed', a pseudonym that only `key` makes of a
-- site's id, and no name; or 'shown', all that the sites tell. Decided once,
-- before the first landing, and never changed: one row.
create table author_naming (
  one  boolean primary key default true check (one),
  mode text collate "C" not null check (mode in ('keyed', 'shown')),
  key  bytea check (length(key) = 32),
  check ((mode = 'keyed') = (key is not null))
);

-- What landed before this was known is counted by the ids as they are.
insert into author_naming (mode)
select 'shown'
where exists (select from cell) or exists (select from author);

select grant_roles();
