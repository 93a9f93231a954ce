-- The months of the analyses are about to hang below their tables directly.
-- What each holds is said beforehand and looked at in the next file, so that
-- nobody waits for a reading of rows. Landings are kept out: these locks take
-- one table after the other.
select pg_advisory_xact_lock(hashtextextended('grumble history', 0));

do $$
declare
  leaf record;
begin
  for leaf in
    select c.relname as name, m.parts[1] as slot,
           make_timestamptz(m.parts[2]::int, m.parts[3]::int, 1, 0, 0, 0,
                            'UTC') as month
    from pg_class c
    cross join lateral regexp_match(
      c.relname, '^(?:mention|finding|comparison|value)_([01])_(\d{4})_(\d\d)$')
      m (parts)
    where c.relnamespace = 'public'::regnamespace and c.relispartition
      and c.relkind = 'r' and m.parts is not null loop
    execute format(
      'alter table %I add constraint month check (slot = %s'
      ' and created_at >= %L and created_at < %L) not valid',
      leaf.name, leaf.slot, leaf.month,
      (leaf.month at time zone 'UTC' + interval '1 month') at time zone 'UTC');
  end loop;
end
$$;
