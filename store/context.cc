#include "store/context.h"

#include <algorithm>

#include "store/columns.h"
#include "store/statement.h"

namespace grumble::store {

std::vector<ParentLink> parents_of(const domain::Post& post) {
  std::vector<ParentLink> parents;
  for (const auto kind :
       {domain::ReferenceKind::reply, domain::ReferenceKind::quote}) {
    for (const domain::Reference& reference : post.references) {
      if (reference.kind != kind) continue;
      parents.push_back({std::string(domain::to_string(kind)),
                         {post.key.platform, reference.id}});
    }
  }
  if (post.kind == domain::PostKind::comment && !post.conversation_id.empty()) {
    parents.push_back({"video", {post.key.platform, post.conversation_id}});
  }
  return parents;
}

void recall_parents(Database& database, std::vector<domain::Post>& posts) {
  Columns keys;
  for (const domain::Post& post : posts)
    keys.add(post.key.platform, post.key.id);
  if (keys.empty()) return;
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select i.ordinal, p.conversation_id, p.parents"
      " from unnest($1::text[], $2::text[]) with ordinality"
      "  as i (platform, post_id, ordinal)"
      " join post_key k using (platform, post_id)"
      " join post p using (platform, post_id, created_at)",
      keys.params());
  for (size_t i = 0; i < rows.size(); ++i) {
    domain::Post& post = posts.at(static_cast<size_t>(rows.integer(i, 0) - 1));
    if (post.conversation_id.empty()) post.conversation_id = rows.text(i, 1);
    if (!post.references.empty()) continue;
    for (const std::string& parent : read_array(rows.text(i, 2))) {
      const size_t space = parent.find(' ');
      const auto kind = domain::parse_reference_kind(parent.substr(0, space));
      if (kind) post.references.push_back({*kind, parent.substr(space + 1)});
    }
  }
}

ParentTexts contexts_of(Database& database,
                        const std::vector<domain::PostKey>& parents) {
  if (parents.empty()) return {};
  Transaction transaction(database);
  return contexts_of(transaction, parents);
}

ParentTexts contexts_of(Transaction& transaction,
                        const std::vector<domain::PostKey>& parents) {
  ParentTexts contexts;
  Columns keys;
  for (const domain::PostKey& key : parents) keys.add(key.platform, key.id);
  if (keys.empty()) return contexts;
  const Rows rows = transaction.run(
      "select p.platform, p.post_id,"
      " case when p.kind = 'video' then p.title else p.text end,"
      " array(select m.model from mention m where m.platform = p.platform"
      "  and m.post_id = p.post_id and m.created_at = p.created_at"
      "  and m.slot = (select slot from history) and m.model <> ''"
      "  order by m.ordinal)"
      " from unnest($1::text[], $2::text[]) as i (platform, post_id)"
      " join post_key k using (platform, post_id)"
      " join post p using (platform, post_id, created_at)",
      keys.params());
  for (size_t i = 0; i < rows.size(); ++i) {
    contexts[{rows.text(i, 0), rows.text(i, 1)}] = {
        rows.text(i, 2), read_array(rows.text(i, 3))};
  }
  return contexts;
}

domain::Text text_in_context(const domain::Post& post,
                             const ParentTexts& parents) {
  domain::Text text{domain::full_text(post), post.lang, {}};
  for (const ParentLink& parent : parents_of(post)) {
    const auto found = parents.find(parent.key);
    if (found == parents.end()) continue;
    text.context.push_back(
        {parent.kind, found->second.text, found->second.models});
  }
  return text;
}

}  // namespace grumble::store
