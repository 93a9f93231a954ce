-- Stated values are many, most of them stated once: their cells have ids below
-- 0, so that the roll-ups of a time are found without asking cell by cell.
create function number_cell() returns trigger
language plpgsql as $$
begin
  new.cell_id := -new.cell_id;
  return new;
end
$$;

create trigger number_cell before insert on cell
for each row when (new.polarity = 'value') execute function number_cell();

create index rollup_stated on rollup (slot, grain, start) where cell_id < 0;
