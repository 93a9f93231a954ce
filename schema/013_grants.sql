-- The roles, with the tombstones: also for roles that are made later.
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
      budget, ledger, walk, gap, raw_page, lease, breaker, erased
      to grumble_writer;
    -- To lock it, record_ruleset() needs more than insert.
    grant insert, update on ruleset to grumble_writer;
    grant execute on function ensure_months, tend_history, repair_sketches
      to grumble_writer;
  end if;
end
$$;

select grant_roles();
