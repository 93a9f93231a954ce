-- Evidence of so many posts at most, found from the newest on: who shows the
-- newest 200 reads no more than those.

create or replace view report.finding as
select f.platform, f.post_id, f.ordinal, f.created_at, f.model, f.version,
       f.category, f.polarity, f.rule, f.confidence, f.scope, f.counterpart,
       f.begin_byte, f.end_byte, p.kind,
       case when p.author_id <> '' then p.platform || ':' || p.author_id end
         as author_key,
       (f.created_at at time zone 'UTC')::date as day, f.lang, f.noise,
       f.context_only, f.noise = 'none' and not f.context_only as counted,
       p.title, p.text, p.created_at as post_time, p.conversation_id, p.likes
from finding f
join post p using (platform, post_id, created_at)
where f.slot = (select slot from history);

drop function report.evidence;

-- Findings with their words, newest first: what stands behind any figure; of
-- the newest `most` posts, or of all.
create function report.evidence(
  since timestamptz default null, until timestamptz default null,
  models text[] default null, categories text[] default null,
  platforms text[] default null, langs text[] default null,
  polarities text[] default array['complaint'],
  include_noise boolean default false, include_context boolean default false,
  match text default null, most int default null)
returns table ("time" timestamptz, platform text, post_id text, kind text,
               model text, category text, polarity text, evidence text,
               post text, rule text, lang text, noise text,
               conversation_id text, likes bigint)
language plpgsql stable
set plan_cache_mode = force_custom_plan as $$
declare
  hit record;
begin
  select array_agg(n.platform) as platforms, array_agg(n.post_id) as ids,
         array_agg(n.created_at) as times, min(n.created_at) as oldest,
         max(n.created_at) as newest
  into hit
  from report.newest(since, until, models, categories, platforms, langs,
                     polarities, include_noise, include_context, match, false,
                     coalesce(most, 2147483647)) n;
  return query
  select f.created_at, f.platform, f.post_id, f.kind, f.model, f.category,
         f.polarity,
         report.slice(report.full_text(f.title, f.text), f.begin_byte,
                      f.end_byte),
         report.full_text(f.title, f.text), f.rule, f.lang, f.noise,
         f.conversation_id, f.likes
  from unnest(hit.platforms, hit.ids, hit.times)
    as k (platform, post_id, created_at)
  join report.finding f on f.platform = k.platform and f.post_id = k.post_id
   and f.created_at = k.created_at
  where f.created_at >= hit.oldest and f.created_at <= hit.newest
    and f.post_time >= hit.oldest and f.post_time <= hit.newest
    and (models is null or f.model = any (models))
    and (categories is null or f.category = any (categories))
    and (polarities is null or f.polarity = any (polarities))
  order by f.created_at desc, f.platform, f.post_id, f.ordinal;
end
$$;

select grant_roles();
