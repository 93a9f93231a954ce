#include "store/stored_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "store/columns.h"
#include "store/context.h"
#include "store/statement.h"
#include "store/stored_posts.h"

namespace grumble::store {
namespace {

constexpr std::string_view kPage = R"sql(
select p.platform, p.post_id, p.kind, p.title, p.text, p.site_lang,
  p.conversation_id, p.parents
from (select platform, post_id, created_at from post_key
      where (platform, post_id) > ($1, $2)
      order by platform, post_id limit $3) as k
join post p using (platform, post_id, created_at)
order by p.platform, p.post_id
)sql";

constexpr std::string_view kByKey = R"sql(
select p.platform, p.post_id, p.kind, p.title, p.text, p.site_lang,
  p.conversation_id, p.parents
from unnest($1::text[], $2::text[]) as i (platform, post_id)
join post_key k using (platform, post_id)
join post p using (platform, post_id, created_at)
order by p.platform, p.post_id
)sql";

std::vector<domain::Post> read_posts(Database& database, std::string_view sql,
                                     const Params& params) {
  Transaction transaction(database);
  const Rows rows = transaction.run(sql, params);
  std::vector<domain::Post> posts;
  for (size_t i = 0; i < rows.size(); ++i)
    posts.push_back(stored_post(rows, i));
  return posts;
}

std::vector<StoredText> with_context(Database& database,
                                     const std::vector<domain::Post>& posts) {
  std::vector<domain::PostKey> parents;
  for (const auto& post : posts) {
    for (const auto& parent : parents_of(post)) parents.push_back(parent.key);
  }
  std::sort(parents.begin(), parents.end());
  parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
  const auto contexts = contexts_of(database, parents);
  std::vector<StoredText> texts;
  for (const auto& post : posts) {
    texts.push_back({post.key, text_in_context(post, contexts)});
  }
  return texts;
}

}  // namespace

std::vector<StoredText> stored_texts(Database& database,
                                     const domain::PostKey& after, int limit) {
  return with_context(
      database,
      read_posts(database, kPage, Params(after.platform, after.id, limit)));
}

std::vector<StoredText> stored_texts(Database& database,
                                     const std::vector<domain::PostKey>& keys) {
  Columns columns;
  for (const auto& key : keys) columns.add(key.platform, key.id);
  if (columns.empty()) return {};
  return with_context(database, read_posts(database, kByKey, columns.params()));
}

int64_t count_posts(Database& database) {
  return Transaction(database)
      .run("select count(*) from post_key")
      .integer(0, 0);
}

std::vector<domain::PostKey> sample_of_posts(Database& database, int64_t most) {
  const auto stored = static_cast<double>(count_posts(database));
  // A fifth more than wanted, for pages are drawn and not posts.
  const double percent =
      std::min(100.0, 120.0 * static_cast<double>(most) / (stored + 1));
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select platform, post_id from ("
      " select platform, post_id from post_key"
      " tablesample system ($1::real) repeatable (1)"
      " order by hashtextextended(post_id, 1) limit $2) drawn order by 1, 2",
      Params(std::to_string(percent), most));
  std::vector<domain::PostKey> keys;
  for (size_t i = 0; i < rows.size(); ++i) {
    keys.push_back({rows.text(i, 0), rows.text(i, 1)});
  }
  return keys;
}

std::map<domain::PostKey, domain::Analysis> shown_analyses(
    Database& database, const std::vector<domain::PostKey>& keys) {
  std::map<domain::PostKey, domain::Analysis> analyses;
  Columns columns;
  for (const auto& key : keys) columns.add(key.platform, key.id);
  if (columns.empty()) return analyses;
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select m.platform, m.post_id,"
      " case when m.noise in ('duplicate', 'bot') then 'none' else m.noise end,"
      " f.model, f.category, f.polarity,"
      " f.begin_byte, f.end_byte, f.rule"
      " from unnest($1::text[], $2::text[]) as i (platform, post_id)"
      " join post_key k using (platform, post_id)"
      " join mention m on m.platform = k.platform and m.post_id = k.post_id"
      "  and m.created_at = k.created_at"
      " left join finding f on f.platform = m.platform"
      "  and f.post_id = m.post_id and f.created_at = m.created_at"
      "  and f.slot = m.slot"
      " where m.slot = (select slot from history) and m.ordinal = 0"
      " order by 1, 2, f.ordinal",
      columns.params());
  for (size_t i = 0; i < rows.size(); ++i) {
    domain::Analysis& analysis = analyses[{rows.text(i, 0), rows.text(i, 1)}];
    analysis.noise = domain::parse_noise(rows.text(i, 2)).value();
    if (rows.null(i, 3)) continue;
    domain::Finding& finding = analysis.findings.emplace_back();
    if (const auto model = rows.text(i, 3); !model.empty()) {
      finding.model = model;
    }
    finding.category = rows.text(i, 4);
    finding.polarity = domain::parse_polarity(rows.text(i, 5)).value();
    finding.begin = static_cast<size_t>(rows.integer(i, 6));
    finding.end = static_cast<size_t>(rows.integer(i, 7));
    finding.rule = rows.text(i, 8);
  }
  return analyses;
}

}  // namespace grumble::store
