-- Authors are counted by the posts that they wrote, so that nobody is asked, or
-- paid, for more about them where no names are kept.

-- Is what we see all that there is? `findings` counts what each post says of a
-- model and a category once; `observed` is of the newest thousand posts.
create or replace function report.coverage_of(in_platform text)
returns table (platform text, posts bigint, videos bigint, comments bigint,
               context bigint, noise bigint, authors bigint, findings bigint,
               newest timestamptz, observed timestamptz)
language plpgsql stable rows 1 security definer
set search_path = public, pg_temp as $$
declare
  all_standings text[] := report.standings(true, true);
  shown smallint := report.slot();
begin
  platform := in_platform;
  select coalesce(sum(r.posts) filter (where c.category = 'post'), 0),
         coalesce(sum(r.posts) filter (where c.category = 'video'), 0),
         coalesce(sum(r.posts) filter (where c.category = 'comment'), 0),
         coalesce(sum(r.posts) filter (
           where c.category = ''
             and c.standing in ('context', 'noise_context')), 0),
         coalesce(sum(r.posts) filter (
           where c.category = ''
             and c.standing in ('noise', 'noise_context')), 0),
         report.people(bit_or(r.authors))
  into posts, videos, comments, context, noise, authors
  from cell c
  join rollup r on r.slot = shown and r.grain = 'e' and r.cell_id = c.cell_id
  where c.polarity = '' and c.model = '*' and c.lang = '*'
    and c.standing = any (all_standings) and c.platform = in_platform;
  select coalesce(sum(r.posts), 0)
  into findings
  from cell c
  join rollup r on r.slot = shown and r.grain = 'e' and r.cell_id = c.cell_id
  where c.polarity = any (report.known_polarities()) and c.lang = '*'
    and c.standing = any (all_standings) and c.platform = in_platform
    and c.model <> '*' and c.category <> '*';
  if posts + videos + comments <= 10000 then
    select count(distinct p.author_id) into authors from post p
    where p.platform = in_platform and p.author_id <> '';
  end if;
  newest := report.border(null, null, array[in_platform], null, all_standings,
                          true);
  select max(p.observed_at) into observed
  from (select o.observed_at from post o where o.platform = in_platform
        order by o.created_at desc limit 1000) p;
  return next;
end
$$;

-- Pseudonyms alone tell nothing that their posts do not.
do $$
begin
  if exists (select from author_naming where mode = 'keyed') then
    delete from author;
  end if;
end
$$;
