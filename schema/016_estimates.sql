-- As before, in floating point throughout: where constants were numeric, the
-- logarithms were too, and took most of the time of a trend.
create or replace function report.people(sketch bit) returns bigint
language plpgsql immutable parallel safe strict as $$
declare
  left_over int := bit_count(sketch);
  size int := 256;
  place int := 1;
  ones int;
  factor double precision := 1;
  total double precision := 0;
begin
  -- Level by level, until few places are left, of which next to none stands
  -- for two authors. A level that is nearly full says little: what is above it
  -- stands for it too.
  while left_over > case when place = 1 then 16 else 40 end loop
    ones := bit_count(substring(sketch from place for size));
    left_over := left_over - ones;
    place := place + size;
    if 5 * ones > 4 * size and total = 0 and place < 1024 then
      factor := factor * 2;
    else
      total := total - size * ln(1 - least(ones, size - float8 '0.5') / size);
    end if;
    size := 64;
  end loop;
  return round((total + left_over + left_over ^ 2 / 384 + left_over ^ 3 / 86016)
               * factor);
end
$$;

-- As before; a post's repeats are put together by hashing, not by sorting.
create or replace function report.stated_values(
  since timestamptz default null, until timestamptz default null,
  kinds text[] default null, platforms text[] default null,
  langs text[] default null)
returns table (kind text, unit text, per text, amount double precision,
               posts bigint)
language sql stable rows 100 as $$
  select v.kind, v.unit, v.per, v.amount, count(*)
  from (
    select distinct o.kind, o.unit, o.per, o.amount, o.platform, o.post_id
    from report.value o
    where o.counted
      and (stated_values.since is null or o.created_at >= stated_values.since)
      and (stated_values.until is null or o.created_at < stated_values.until)
      and (stated_values.kinds is null or o.kind = any (stated_values.kinds))
      and (stated_values.platforms is null
           or o.platform = any (stated_values.platforms))
      and (stated_values.langs is null or o.lang = any (stated_values.langs))
  ) v
  group by 1, 2, 3, 4
  order by 5 desc, 1, 2, 3, 4
$$;
