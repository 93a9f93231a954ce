-- What an item held is kept as long as a raw page, and what tells it from
-- others for good: a digest that no longer hangs on its bytes.
alter table reject alter column digest drop expression;

create function note_digest() returns trigger
language plpgsql as $$
begin
  new.digest := sha256(new.raw);
  return new;
end
$$;

create trigger note_digest before insert on reject
for each row execute function note_digest();

-- Those that still hold something, the oldest first.
create index reject_held on reject (rejected_at)
  where raw <> '' or item_id <> '';

select grant_roles();
