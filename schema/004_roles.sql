-- The dashboards' role reads schema report and nothing else. Where this program
-- may not create roles, the administrator creates `grumble_dashboard` and calls
-- grant_dashboard().
create function grant_dashboard() returns void
language plpgsql as $$
begin
  grant usage on schema report to grumble_dashboard;
  grant select on all tables in schema report to grumble_dashboard;
  grant execute on all functions in schema report to grumble_dashboard;
  alter default privileges in schema report
    grant select on tables to grumble_dashboard;
  alter default privileges in schema report
    grant execute on functions to grumble_dashboard;
end
$$;

do $$
begin
  if not exists (select from pg_roles where rolname = 'grumble_dashboard') then
    create role grumble_dashboard login nosuperuser nocreatedb nocreaterole
      noinherit noreplication nobypassrls connection limit 20;
    alter role grumble_dashboard set default_transaction_read_only = on;
    alter role grumble_dashboard set statement_timeout = '15s';
    alter role grumble_dashboard set search_path = report;
  end if;
exception
  -- Roles belong to the whole server: another database's migration was first.
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise notice 'role grumble_dashboard was not created: %', sqlerrm;
end
$$;

do $$
begin
  if exists (select from pg_roles where rolname = 'grumble_dashboard') then
    perform grant_dashboard();
  end if;
end
$$;

-- Nobody but the owner makes tables or temporary files here.
revoke create on schema public from public;
revoke all on function grant_dashboard() from public;
do $$
begin
  execute format('revoke temporary on database %I from public',
                 current_database());
exception when insufficient_privilege then
  raise notice 'temporary tables stay allowed: %', sqlerrm;
end
$$;
