#include "store/stored_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "store/columns.h"
#include "store/context.h"
#include "store/statement.h"

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

/// A reference as `parents` holds it: "reply 123".
void add_parent(const std::string& parent, domain::Post& post) {
  const auto space = parent.find(' ');
  const auto kind = domain::parse_reference_kind(parent.substr(0, space));
  if (kind && space != parent.npos) {
    post.references.push_back({*kind, parent.substr(space + 1)});
  }
}

/// The stored post, as far as its text and its parents need it.
domain::Post read_post(const Rows& rows, size_t i) {
  domain::Post post;
  post.key = {rows.text(i, 0), rows.text(i, 1)};
  post.kind = domain::parse_post_kind(rows.text(i, 2)).value();
  post.title = rows.text(i, 3);
  post.text = rows.text(i, 4);
  post.lang = rows.text(i, 5);
  post.conversation_id = rows.text(i, 6);
  for (const auto& parent : read_array(rows.text(i, 7))) {
    add_parent(parent, post);
  }
  return post;
}

std::vector<domain::Post> read_posts(Database& database, std::string_view sql,
                                     const Params& params) {
  Transaction transaction(database);
  const Rows rows = transaction.run(sql, params);
  std::vector<domain::Post> posts;
  for (size_t i = 0; i < rows.size(); ++i) posts.push_back(read_post(rows, i));
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

}  // namespace grumble::store
