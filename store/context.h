#pragma once

#include <map>
#include <string>
#include <vector>

#include "domain/finding.h"
#include "domain/post.h"
#include "store/database.h"

namespace grumble::store {

class Transaction;

/// A text that another one stands under.
struct ParentLink {
  std::string kind;  ///< as in domain::Context: "reply", "quote", "video"
  domain::PostKey key;
};

/// A stored parent, for the analysis of its children.
struct ParentText {
  std::string text;  ///< the post's text; a video's title
  std::vector<std::string> models;
};

/// The parents of a post, nearest first: what it answers, what it quotes, the
/// video that it comments on. Looks at nothing but the post.
std::vector<ParentLink> parents_of(const domain::Post& post);

/// Gives posts that do not name their parents those they are stored with.
void recall_parents(Database& database, std::vector<domain::Post>& posts);

using ParentTexts = std::map<domain::PostKey, ParentText>;

/// The texts of those parents that are stored; the others are left out.
ParentTexts contexts_of(Database& database,
                        const std::vector<domain::PostKey>& parents);
ParentTexts contexts_of(Transaction& transaction,
                        const std::vector<domain::PostKey>& parents);

/// The post as the analysis reads it, under those of its parents that are in
/// `parents`.
domain::Text text_in_context(const domain::Post& post,
                             const ParentTexts& parents);

}  // namespace grumble::store
