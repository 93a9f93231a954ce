#include <algorithm>
#include <map>
#include <string_view>

#include "store/columns.h"
#include "store/report_queries.h"
#include "store/statement.h"

namespace grumble::store {
namespace {

// Posts with a finding that the filter takes or, when $11, posts about the
// filter's models: $12 at most.
constexpr std::string_view kNewest = R"sql(
select platform, post_id, created_at
from report.newest($1::timestamptz, $2::timestamptz, $3::text[], $4::text[],
  $5::text[], $6::text[], $7::text[], $8::boolean, $9::boolean, $10::text,
  $11::boolean, $12)
order by created_at desc, platform, post_id
)sql";

// The same by likes, ranked within a site: two sites' counters are no common
// measure.
constexpr std::string_view kMostLiked = R"sql(
with hit as materialized (
  select platform, post_id, created_at
  from report.newest($1::timestamptz, $2::timestamptz, $3::text[], $4::text[],
    $5::text[], $6::text[], $7::text[], $8::boolean, $9::boolean, $10::text,
    $11::boolean, 2147483647)
), ranked as (
  select p.platform, p.post_id, p.created_at,
    rank() over (partition by p.platform order by p.likes desc nulls last)
      as place
  from report.post p
  join hit using (platform, post_id, created_at)
)
select platform, post_id, created_at from ranked
order by place, created_at desc, platform, post_id limit $12
)sql";

// $4 and $5 are the first and the last of the times.
constexpr std::string_view kShown = R"sql(
with shown as materialized (
  select p.platform, p.post_id, kind, author_id, title, text, lang,
    p.created_at, approximate_time, edited_at, conversation_id, likes, reposts,
    replies, quotes, views, bookmarks, observed_at, context_only, handle,
    author_name, noise, k.place
  from unnest($1::text[], $2::text[], $3::timestamptz[]) with ordinality
    as k (platform, post_id, created_at, place)
  join report.post p using (platform, post_id, created_at)
  where p.created_at between $4 and $5 and p.mention_time between $4 and $5
)
select platform, post_id, kind, author_id, title, text, lang, created_at,
  approximate_time, edited_at, conversation_id, likes, reposts, replies,
  quotes, views, bookmarks, observed_at, context_only, handle, author_name,
  noise,
  case when noise in ('duplicate', 'bot') then
    report.copy_of(platform, post_id, created_at) end
from shown
order by place
)sql";

constexpr std::string_view kFindings = R"sql(
select f.platform, f.post_id, model, version, category, polarity, begin_byte,
  end_byte, rule, confidence, scope, counterpart
from unnest($1::text[], $2::text[], $3::timestamptz[])
  as k (platform, post_id, created_at)
join report.finding f using (platform, post_id, created_at)
where f.created_at between $4 and $5 and f.post_time between $4 and $5
  and ($6::text[] is null or model = any ($6))
  and ($7::text[] is null or category = any ($7))
  and ($8::text[] is null or polarity = any ($8))
order by f.platform, f.post_id, ordinal
)sql";

std::optional<std::vector<std::string>> listed(
    const std::vector<std::string>& names) {
  if (names.empty()) return std::nullopt;
  return names;
}

std::optional<std::vector<std::string>> names_of(
    const std::vector<domain::Polarity>& polarities) {
  if (polarities.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const auto polarity : polarities) {
    names.emplace_back(domain::to_string(polarity));
  }
  return names;
}

EvidencePost read_post(const Rows& rows, size_t i) {
  EvidencePost result;
  domain::Post& post = result.post;
  post.key = {rows.text(i, 0), rows.text(i, 1)};
  post.kind = domain::parse_post_kind(rows.text(i, 2)).value();
  post.author_id = rows.text(i, 3);
  post.title = rows.text(i, 4);
  post.text = rows.text(i, 5);
  post.lang = rows.text(i, 6);
  post.created_at = rows.time(i, 7);
  post.approximate_time = rows.flag(i, 8);
  post.edited_at = rows.time_or_null(i, 9);
  post.conversation_id = rows.text(i, 10);
  post.metrics = {rows.integer_or_null(i, 11), rows.integer_or_null(i, 12),
                  rows.integer_or_null(i, 13), rows.integer_or_null(i, 14),
                  rows.integer_or_null(i, 15), rows.integer_or_null(i, 16)};
  post.observed_at = rows.time(i, 17);
  post.context_only = rows.flag(i, 18);
  result.handle = rows.text(i, 19);
  result.author_name = rows.text(i, 20);
  result.noise = domain::parse_noise(rows.text(i, 21)).value();
  result.copy_of = rows.text_or_null(i, 22);
  return result;
}

domain::Finding read_finding(const Rows& rows, size_t i) {
  domain::Finding finding;
  if (std::string model = rows.text(i, 2); !model.empty()) {
    finding.model = std::move(model);
  }
  finding.version = rows.text_or_null(i, 3);
  finding.category = rows.text(i, 4);
  finding.polarity = domain::parse_polarity(rows.text(i, 5)).value();
  finding.begin = static_cast<size_t>(rows.integer(i, 6));
  finding.end = static_cast<size_t>(rows.integer(i, 7));
  finding.rule = rows.text(i, 8);
  finding.confidence = rows.number(i, 9);
  finding.scope = domain::parse_scope(rows.text(i, 10)).value();
  finding.counterpart = rows.text_or_null(i, 11);
  return finding;
}

}  // namespace

std::vector<EvidencePost> posts(Database& database, const Filter& filter,
                                Order order) {
  const auto match =
      filter.match.empty() ? std::nullopt : std::optional(filter.match);
  const bool any_mention =
      filter.polarities.empty() && filter.categories.empty();
  Transaction transaction(database);
  transaction.run("set transaction isolation level repeatable read");
  const Rows hits = transaction.run(
      order == Order::newest ? kNewest : kMostLiked,
      Params(filter.since, filter.until, listed(filter.models),
             listed(filter.categories), listed(filter.platforms),
             listed(filter.langs), names_of(filter.polarities),
             filter.include_noise, filter.include_context, match, any_mention,
             filter.limit));
  std::vector<EvidencePost> result;
  if (hits.empty()) return result;
  Columns keys;
  domain::Timestamp first = hits.time(0, 2);
  domain::Timestamp last = first;
  for (size_t i = 0; i < hits.size(); ++i) {
    const auto time = hits.time(i, 2);
    keys.add(hits.text(i, 0), hits.text(i, 1), time);
    first = std::min(first, time);
    last = std::max(last, time);
  }
  const Rows rows = transaction.run(kShown, keys.params(first, last));
  std::map<domain::PostKey, size_t> places;
  for (size_t i = 0; i < rows.size(); ++i) {
    result.push_back(read_post(rows, i));
    places[result.back().post.key] = i;
  }
  const Rows findings =
      transaction.run(kFindings, keys.params(first, last, listed(filter.models),
                                             listed(filter.categories),
                                             names_of(filter.polarities)));
  for (size_t i = 0; i < findings.size(); ++i) {
    const size_t place = places.at({findings.text(i, 0), findings.text(i, 1)});
    result[place].findings.push_back(read_finding(findings, i));
  }
  return result;
}

}  // namespace grumble::store
