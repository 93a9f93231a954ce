#include "store/reanalysis_rows.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "store/analysis_rows.h"
#include "store/columns.h"
#include "store/context.h"
#include "store/landing_rows.h"
#include "store/rollup.h"

namespace grumble::store {
namespace {

constexpr std::string_view kUnread = R"sql(
with place as materialized (
  select k.platform, k.post_id, k.created_at
  from unnest($1::text[], $2::text[]) as i (platform, post_id)
  join post_key k using (platform, post_id)
), compared as materialized (
  select k.*, coalesce(c.noise, 'none') as noise
  from place k
  left join post_print c using (platform, post_id, created_at)
)
select p.platform, p.post_id, p.kind, p.title, p.text, p.site_lang,
  p.conversation_id, p.parents, p.created_at, p.context_only,
  extract(epoch from date_trunc('hour', p.created_at, 'UTC'))::bigint,
  extract(epoch from date_trunc('day', p.created_at, $3))::bigint,
  extract(epoch from date_trunc('week', p.created_at, $3))::bigint,
  p.author_place, p.engagement, coalesce(p.views, 0), p.queries,
  k.noise
from compared k
join post p on p.platform = k.platform and p.post_id = k.post_id
           and p.created_at = k.created_at
where not exists (select from mention m
                  where m.platform = p.platform and m.post_id = p.post_id
                    and m.created_at = p.created_at and m.slot = $4)
order by 1, 2
)sql";

/// A post that a slot does not hold yet.
struct Unread {
  domain::Post post;
  Countable countable;
  domain::Noise compared;  ///< what it is beside others, whatever the rules
  domain::Analysis analysis;
};

std::vector<Unread> unread_posts(Transaction& transaction,
                                 const History& history, int64_t slot,
                                 const Columns& keys) {
  const Rows rows = transaction.run(kUnread, keys.params(history.zone, slot));
  std::vector<Unread> all(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    auto& [post, countable, compared, analysis] = all[i];
    post = stored_post(rows, i);
    post.created_at = rows.time(i, 8);
    post.context_only = rows.flag(i, 9);
    countable.platform = post.key.platform;
    countable.kind = domain::to_string(post.kind);
    countable.hour = rows.integer(i, 10);
    countable.day = rows.integer(i, 11);
    countable.week = rows.integer(i, 12);
    countable.author_place = rows.integer_or_null(i, 13);
    countable.engagement = rows.integer(i, 14);
    countable.views = rows.integer(i, 15);
    countable.queries = read_array(rows.text(i, 16));
    compared = domain::parse_noise(rows.text(i, 17)).value();
  }
  return all;
}

/// The parents' texts, with the models that the rules to come see in them; a
/// text that names none keeps those that its own parents gave it.
ParentTexts parents_for(Transaction& transaction,
                        const std::vector<Unread>& posts,
                        const ReadText& read) {
  std::set<domain::PostKey> keys;
  for (const Unread& one : posts) {
    for (const ParentLink& parent : parents_of(one.post)) {
      keys.insert(parent.key);
    }
  }
  ParentTexts parents = contexts_of(transaction, {keys.begin(), keys.end()});
  for (auto& [key, parent] : parents) {
    auto models = read(key.platform, {parent.text, "", {}}).models;
    if (!models.empty()) parent.models = std::move(models);
  }
  return parents;
}

/// Analyses and counts, of posts with a text.
void write_read(Transaction& transaction, int64_t slot,
                std::vector<Unread>& posts, RollupChange& change) {
  std::vector<AnalysisRow> rows;
  for (auto& [post, countable, compared, analysis] : posts) {
    if (analysis.noise == domain::Noise::none) analysis.noise = compared;
    countable.lang = analysis.lang.empty() ? post.lang : analysis.lang;
    countable.noise = domain::to_string(analysis.noise);
    countable.standing = standing(analysis.noise, post.context_only);
    countable.models = models_of(analysis);
    if (countable.models.empty()) countable.models.emplace_back();
    countable.said = said_in(analysis);
    change.add(countable);
    rows.push_back({&post.key, &analysis, countable.lang, post.created_at,
                    post.context_only});
  }
  AnalysisColumns(rows).add(transaction, slot);
}

/// What is shown of posts without a text.
void write_copied(Transaction& transaction, const History& history,
                  int64_t slot, const std::vector<Unread>& posts,
                  RollupChange& change) {
  Columns dated;
  Columns keys;
  for (const Unread& one : posts) {
    const auto& [platform, id] = one.post.key;
    dated.add(platform, id, one.post.created_at);
    keys.add(platform, id);
  }
  copy_analyses(transaction, dated, history.slot, slot);
  for (const auto& [key, post] : read_countable(transaction, history, keys)) {
    if (key.first == slot) change.add(post);
  }
}

void make_months(Transaction& transaction, int64_t slot,
                 std::vector<domain::Timestamp> times) {
  std::sort(times.begin(), times.end());
  ensure_months(transaction, slot, times);
}

}  // namespace

void read_into(Transaction& transaction, const History& history, int64_t slot,
               const std::vector<DatedKey>& keys, const ReadText& read) {
  Columns columns;
  std::vector<domain::Timestamp> times;
  for (const auto& [key, created_at] : keys) {
    columns.add(key.platform, key.id);
    times.push_back(created_at);
  }
  if (columns.empty()) return;
  // As landings do: before a post is locked.
  make_months(transaction, slot, times);
  lock_posts(transaction, columns);
  transaction.run(
      "delete from reanalysis_due d"
      " using unnest($1::text[], $2::text[]) as i (platform, post_id)"
      " where d.platform = i.platform and d.post_id = i.post_id",
      columns.params());
  std::vector<Unread> posts = unread_posts(transaction, history, slot, columns);
  times.clear();
  for (const Unread& one : posts) times.push_back(one.post.created_at);
  make_months(transaction, slot, times);  // a time may have been corrected
  const auto with_text =
      std::stable_partition(posts.begin(), posts.end(), [](const auto& one) {
        return one.post.title.empty() && one.post.text.empty();
      });
  const std::vector<Unread> emptied(std::make_move_iterator(posts.begin()),
                                    std::make_move_iterator(with_text));
  posts.erase(posts.begin(), with_text);
  const ParentTexts parents = parents_for(transaction, posts, read);
  for (Unread& one : posts) {
    one.analysis =
        read(one.post.key.platform, text_in_context(one.post, parents));
  }
  RollupChange change(history.hours_from, history.weeks_from);
  write_read(transaction, slot, posts, change);
  if (!emptied.empty()) {
    write_copied(transaction, history, slot, emptied, change);
  }
  change.write(transaction, slot);
}

}  // namespace grumble::store
