-- One level of partitions, by slot and month, where there were two: what spreads
-- tables over machines takes no more. The months themselves stay as they are;
-- nothing is copied or read.

-- Makes the partitions of the months (UTC) that hold these times, where they
-- are missing and still kept: of a slot, and of the posts.
create or replace function ensure_months(slot smallint, times timestamptz[])
returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  month timestamptz;
  next_month timestamptz;
  parent text;
  child text;
  bound text;
begin
  for month in select distinct date_trunc('month', t, 'UTC')
               from unnest(times) t, history h where t >= h.rows_from
               order by 1 loop
    next_month := (month at time zone 'UTC' + interval '1 month')
                    at time zone 'UTC';
    foreach parent in array
        array['post', 'mention', 'finding', 'comparison', 'value'] loop
      child := parent || case parent when 'post' then '' else '_' || slot end
               || to_char(month at time zone 'UTC', '_YYYY_MM');
      if to_regclass(child) is not null then continue; end if;
      perform pg_advisory_xact_lock(hashtextextended('grumble months', 0));
      -- A look at the catalogue: to_regclass() may not know yet.
      if exists (select from pg_class where relname = child
                 and relnamespace = 'public'::regnamespace) then
        continue;
      end if;
      execute format('create table %I (like %I including all)', child, parent);
      bound := case parent when 'post' then '' else slot || ', ' end;
      execute format('alter table %I attach partition %I'
                     ' for values from (%s%L) to (%s%L)', parent, child, bound,
                     month, bound, next_month);
    end loop;
  end loop;
end
$$;

select pg_advisory_xact_lock(hashtextextended('grumble history', 0));
lock table mention, finding, comparison, value in access exclusive mode;

alter table mention rename to old_mention;
alter table finding rename to old_finding;
alter table comparison rename to old_comparison;
alter table value rename to old_value;
alter index mention_pkey rename to old_mention_pkey;
alter index mention_model rename to old_mention_model;
alter index finding_pkey rename to old_finding_pkey;
alter index finding_model rename to old_finding_model;
alter index finding_created_at rename to old_finding_created_at;
alter index comparison_pkey rename to old_comparison_pkey;
alter index comparison_created_at rename to old_comparison_created_at;
alter index value_pkey rename to old_value_pkey;
alter index value_created_at rename to old_value_created_at;

create table mention (
  like old_mention including all excluding indexes,
  primary key (platform, post_id, created_at, slot, ordinal)
) partition by range (slot, created_at);
create index mention_model on mention (model, created_at);

create table finding (
  like old_finding including all excluding indexes,
  primary key (platform, post_id, created_at, slot, ordinal)
) partition by range (slot, created_at);
create index finding_model on finding (model, category, created_at);
create index finding_created_at on finding (created_at, post_id);

create table comparison (
  like old_comparison including all excluding indexes,
  primary key (platform, post_id, created_at, slot, ordinal)
) partition by range (slot, created_at);
create index comparison_created_at on comparison (created_at, post_id);

create table value (
  like old_value including all excluding indexes,
  primary key (platform, post_id, created_at, slot, ordinal)
) partition by range (slot, created_at);
create index value_created_at on value (created_at, kind);

do $$
declare
  leaf record;
  shown record;
begin
  for leaf in
    select c.relname as name, i.inhparent::regclass as old_parent,
           m.parts[1] as parent, m.parts[2] as slot,
           make_timestamptz(m.parts[3]::int, m.parts[4]::int, 1, 0, 0, 0,
                            'UTC') as month
    from pg_class c
    join pg_inherits i on i.inhrelid = c.oid
    cross join lateral regexp_match(
      c.relname,
      '^(mention|finding|comparison|value)_([01])_(\d{4})_(\d\d)$') m (parts)
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and m.parts is not null loop
    execute format('alter table %s detach partition %I', leaf.old_parent,
                   leaf.name);
    execute format(
      'alter table %I attach partition %I for values from (%s, %L) to (%s, %L)',
      leaf.parent, leaf.name, leaf.slot, leaf.month, leaf.slot,
      (leaf.month at time zone 'UTC' + interval '1 month') at time zone 'UTC');
    execute format('alter table %I drop constraint if exists month', leaf.name);
  end loop;
  -- Views keep to the tables that they were made of, whatever these are called.
  for shown in
    select distinct v.oid::regclass as name,
           regexp_replace(pg_get_viewdef(v.oid),
                          '\mold_(mention|finding|comparison|value)\M', '\1',
                          'g') as question
    from pg_depend d
    join pg_rewrite r on r.oid = d.objid
    join pg_class v on v.oid = r.ev_class
    where d.classid = 'pg_rewrite'::regclass and v.relkind = 'v'
      and d.refclassid = 'pg_class'::regclass
      and d.refobjid in ('old_mention'::regclass, 'old_finding'::regclass,
                         'old_comparison'::regclass, 'old_value'::regclass)
      loop
    execute format('create or replace view %s as %s', shown.name,
                   shown.question);
  end loop;
end
$$;

drop table old_mention, old_finding, old_comparison, old_value;

select grant_roles();
