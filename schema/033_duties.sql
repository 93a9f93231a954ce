-- What must be renewed or cleared is found without reading every post.

-- Texts of YouTube go when nobody has seen them for long.
create index post_due on post (greatest(observed_at, first_seen_at))
  where platform = 'youtube' and (title <> '' or text <> '');
-- Of the other sites few posts have none.
create index post_bare on post (platform)
  where platform <> 'youtube' and title = '' and text = '';

-- As before; `oldest` is told of the site whose texts may not be kept.
create or replace view report.duty as
select s.platform,
       case when s.platform = 'youtube' then y.texts else o.texts end
         as texts,
       case when s.platform = 'youtube' then oldest.time end as oldest,
       e.erased, e.last_erased_at, e.raw_due_since
from (select distinct platform from cell where polarity = '') s
cross join (
  select count(*) as texts
  from post p
  where p.platform = 'youtube' and (p.title <> '' or p.text <> '')) y
cross join (
  select min(greatest(p.observed_at, p.first_seen_at)) as time
  from post p
  where p.platform = 'youtube' and (p.title <> '' or p.text <> '')) oldest
left join (
  select p.platform, count(*) as posts
  from post p
  where p.platform <> 'youtube' and p.title = '' and p.text = ''
  group by 1) bare using (platform)
cross join lateral (
  select coalesce(sum(r.posts), 0)::bigint - coalesce(bare.posts, 0) as texts
  from report.counts(
    (select nullif(h.rows_from, '-infinity') from history h), null, '{w,d,h}',
    null, null, '{*}', null, '{""}', array[s.platform], null, true, true) r
  where s.platform <> 'youtube') o
cross join lateral (
  select count(*) as erased, max(e.erased_at) as last_erased_at,
         (select min(d.erased_at) from erased d
          where d.platform = s.platform and d.raw_due) as raw_due_since
  from erased e
  where e.platform = s.platform) e;

select grant_roles();
