-- What a post says at once: roll-ups count its models and its findings one by
-- one, and so a post that has two of those that are asked for counts twice. A
-- cell has 'models' ('findings') as its polarity, and as its counterpart all
-- models (findings: model, category and polarity, parted by tabs) of its posts,
-- a line each in the order of their bytes; model and category are '*'. Posts
-- with one are in none, nor are those with more than 64, which are looked up.
-- A cell with the polarity 'polarities' counts the posts that speak of its
-- model and category (or any) in several ways, which its counterpart names.

-- What is in those sets, by the cell of any language.
create table together (
  cell_id  int not null,
  model    text collate "C" not null,
  category text collate "C" not null,  -- '' in a set of models
  polarity text collate "C" not null,  -- '' in a set of models
  primary key (cell_id, model, category, polarity)
);
create index together_model on together (polarity, model);
create index together_category on together (polarity, category);

create function note_together() returns trigger
language plpgsql as $$
begin
  insert into together (cell_id, model, category, polarity)
  select new.cell_id, split_part(line, E'\t', 1), split_part(line, E'\t', 2),
         split_part(line, E'\t', 3)
  from string_to_table(new.counterpart, E'\n') line;
  return null;
end
$$;

create trigger note_together after insert on cell
for each row
when (new.polarity in ('models', 'findings') and new.lang = '*')
execute function note_together();

select grant_roles();
