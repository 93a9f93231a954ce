#include "store/stored_posts.h"

namespace grumble::store {
namespace {

/// Told both time and slot, a row is looked for in one partition only, if
/// "distinct" keeps the planner from looking otherwise.
constexpr std::string_view kPosts = R"sql(
with place as materialized (
  select k.platform, k.post_id, k.created_at, s.slot
  from unnest($1::text[], $2::text[]) as i (platform, post_id)
  join post_key k using (platform, post_id)
  cross join unnest('{0,1}'::smallint[]) as s (slot)
)
select m.slot, p.platform, p.post_id, p.kind, m.lang,
  standing(m.noise, m.context_only),
  extract(epoch from date_trunc('hour', p.created_at, 'UTC'))::bigint,
  extract(epoch from date_trunc('day', p.created_at, $3))::bigint,
  extract(epoch from date_trunc('week', p.created_at, $3))::bigint,
  p.author_place, p.engagement, coalesce(p.views, 0),
  array(select o.model from mention o
        where o.platform = p.platform and o.post_id = p.post_id
          and o.created_at = p.created_at and o.slot = m.slot),
  p.queries, m.noise
from place k
join post p using (platform, post_id, created_at)
cross join lateral (
  select distinct o.post_id, o.slot, o.lang, o.noise, o.context_only
  from mention o
  where o.platform = p.platform and o.post_id = p.post_id
    and o.created_at = p.created_at and o.slot = k.slot and o.ordinal = 0) m
)sql";

constexpr std::string_view kSaid = R"sql(
with place as materialized (
  select k.platform, k.post_id, k.created_at, s.slot
  from unnest($1::text[], $2::text[]) as i (platform, post_id)
  join post_key k using (platform, post_id)
  cross join unnest('{0,1}'::smallint[]) as s (slot)
)
select k.slot, k.platform, k.post_id, s.model, s.category, s.polarity, ''
from place k
cross join lateral (
  select distinct f.post_id, f.ordinal, f.model, f.category, f.polarity
  from finding f
  where f.platform = k.platform and f.post_id = k.post_id
    and f.created_at = k.created_at and f.slot = k.slot) s
union all
select k.slot, k.platform, k.post_id, s.better, s.category, 'better', s.worse
from place k
cross join lateral (
  select distinct c.post_id, c.ordinal, c.better,
    coalesce(c.category, '') as category, c.worse
  from comparison c
  where c.platform = k.platform and c.post_id = k.post_id
    and c.created_at = k.created_at and c.slot = k.slot) s
union all
select k.slot, k.platform, k.post_id, s.kind, s.unit, 'value', s.amount
from place k
cross join lateral (
  select distinct v.post_id, v.ordinal, v.kind, v.unit,
    v.amount || ' ' || v.per as amount
  from value v
  where v.platform = k.platform and v.post_id = k.post_id
    and v.created_at = k.created_at and v.slot = k.slot) s
)sql";

/// A reference as `parents` holds it: "reply 123".
void add_parent(const std::string& parent, domain::Post& post) {
  const auto space = parent.find(' ');
  const auto kind = domain::parse_reference_kind(parent.substr(0, space));
  if (kind && space != parent.npos) {
    post.references.push_back({*kind, parent.substr(space + 1)});
  }
}

}  // namespace

domain::Post stored_post(const Rows& rows, size_t row) {
  domain::Post post;
  post.key = {rows.text(row, 0), rows.text(row, 1)};
  post.kind = domain::parse_post_kind(rows.text(row, 2)).value();
  post.title = rows.text(row, 3);
  post.text = rows.text(row, 4);
  post.lang = rows.text(row, 5);
  post.conversation_id = rows.text(row, 6);
  for (const auto& parent : read_array(rows.text(row, 7))) {
    add_parent(parent, post);
  }
  return post;
}

void land_beside_others(Transaction& transaction) {
  transaction.run(
      "select pg_advisory_xact_lock_shared("
      "hashtextextended('grumble landing', 0))");
}

void land_alone(Transaction& transaction) {
  transaction.run(
      "select pg_advisory_xact_lock(hashtextextended('grumble landing', 0))");
}

History lock_history(Transaction& transaction) {
  // Two statements: what the second one reads, the lock of the first holds.
  transaction.run(
      "select pg_advisory_xact_lock_shared("
      "hashtextextended('grumble history', 0))");
  const Rows rows = transaction.run(
      "select h.slot, h.zone, extract(epoch from h.hours_from)::bigint,"
      " extract(epoch from greatest('0001-01-01Z',"
      "  least('9999-01-01Z', h.weeks_from)))::bigint,"
      " coalesce(h.ruleset_id, 0), r.slot"
      " from history h left join reanalysis r on r.state = 'reading'");
  History history;
  history.slot = rows.integer(0, 0);
  history.zone = rows.text(0, 1);
  history.hours_from = rows.integer(0, 2);
  history.weeks_from = rows.integer(0, 3);
  history.ruleset = rows.integer(0, 4);
  history.coming = rows.integer_or_null(0, 5);
  return history;
}

void stop_history(Transaction& transaction) {
  transaction.run(
      "select pg_advisory_xact_lock(hashtextextended('grumble history', 0))");
}

void note_due(Transaction& transaction, const History& history,
              const Columns& keys) {
  if (!history.coming || keys.empty()) return;
  transaction.run(
      "insert into reanalysis_due (platform, post_id)"
      " select platform, post_id"
      " from unnest($1::text[], $2::text[], $3::timestamptz[])"
      "  as i (platform, post_id, created_at)"
      " order by 1, 2 on conflict do nothing",
      keys.params());
}

void ensure_months(Transaction& transaction, int64_t slot,
                   const std::vector<domain::Timestamp>& times) {
  // A month has more than 28 days: of its times one a day will do.
  ArrayText days;
  std::optional<domain::Timestamp> last;
  for (const domain::Timestamp time : times) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    if (last == day) continue;
    last = day;
    days.add(domain::Timestamp(day));
  }
  transaction.run("select ensure_months($1::smallint, $2::timestamptz[])",
                  Params(slot, days.text()));
}

void lock_posts(Transaction& transaction, const Columns& keys) {
  if (keys.empty()) return;
  transaction.run("select lock_posts($1::text[], $2::text[])", keys.params());
}

std::map<SlotKey, Countable> read_countable(Transaction& transaction,
                                            const History& history,
                                            const Columns& keys) {
  std::map<SlotKey, Countable> posts;
  if (keys.empty()) return posts;
  const Rows rows = transaction.run(kPosts, keys.params(history.zone));
  for (size_t i = 0; i < rows.size(); ++i) {
    Countable& post =
        posts[{rows.integer(i, 0), {rows.text(i, 1), rows.text(i, 2)}}];
    post.platform = rows.text(i, 1);
    post.kind = rows.text(i, 3);
    post.lang = rows.text(i, 4);
    post.standing = rows.text(i, 5);
    post.hour = rows.integer(i, 6);
    post.day = rows.integer(i, 7);
    post.week = rows.integer(i, 8);
    post.author_place = rows.integer_or_null(i, 9);
    post.engagement = rows.integer(i, 10);
    post.views = rows.integer(i, 11);
    post.models = read_array(rows.text(i, 12));
    post.queries = read_array(rows.text(i, 13));
    post.noise = rows.text(i, 14);
  }
  const Rows said = transaction.run(kSaid, keys.params());
  for (size_t i = 0; i < said.size(); ++i) {
    posts[{said.integer(i, 0), {said.text(i, 1), said.text(i, 2)}}]
        .said.push_back({said.text(i, 3), said.text(i, 4), said.text(i, 5),
                         said.text(i, 6)});
  }
  return posts;
}

}  // namespace grumble::store
