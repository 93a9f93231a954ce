-- Three roles besides the owner: grumble_writer lands and tends, grumble_reader
-- and grumble_dashboard read schema report. Roles belong to the whole server:
-- those that are there already get their settings and grants all the same.
create function grant_roles() returns void
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
      comparison, value, author, cell, rollup, rollup_dirty, round, cursor,
      reject, budget, ledger to grumble_writer;
    -- To lock it, record_ruleset() needs more than insert.
    grant insert, update on ruleset to grumble_writer;
    grant execute on function ensure_months, tend_history, repair_sketches
      to grumble_writer;
  end if;
end
$$;

-- What runs with its owner's rights is not for everybody.
revoke all on function grant_roles, ensure_months, tend_history,
  repair_sketches, count_days from public;

do $$
declare
  role text;
begin
  foreach role in array
      array['grumble_writer', 'grumble_reader', 'grumble_dashboard'] loop
    begin
      if not exists (select from pg_roles where rolname = role) then
        execute format('create role %I login nosuperuser nocreatedb'
                       ' nocreaterole noinherit noreplication nobypassrls',
                       role);
      end if;
    exception
      -- Another database's migration was first.
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise notice 'role % was not created: %', role, sqlerrm;
    end;
    begin
      execute format('alter role %I set statement_timeout = %L', role,
                     case role when 'grumble_dashboard' then '15s'
                               when 'grumble_reader' then '60s'
                               else '10min' end);
      if role <> 'grumble_writer' then
        execute format('alter role %I set default_transaction_read_only = on',
                       role);
        execute format('alter role %I set search_path = report', role);
      end if;
      if role = 'grumble_dashboard' then
        execute format('alter role %I connection limit 20', role);
      end if;
    exception
      -- Two databases' migrations set the same at the same time.
      when internal_error or undefined_object then null;
      when insufficient_privilege then
        raise notice 'role % keeps its settings: %', role, sqlerrm;
    end;
  end loop;
  perform grant_roles();
end
$$;
