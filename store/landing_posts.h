#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/columns.h"
#include "store/landing.h"
#include "store/statement.h"

// The statements by which a batch becomes rows of `post` and `post_key`.
namespace grumble::store {

using PostPointers = std::vector<const AnalysedPost*>;

/// The queries that found the post: "x sora".
std::vector<std::string> queries_of(const Batch& batch,
                                    const domain::Post& post);

/// The posts as the statements below take them.
Columns post_columns(const Batch& batch, const PostPointers& posts);

/// Takes the keys that nobody had before, but for those of erased posts and of
/// months that were dropped. Returns the taken ones: platform and post id.
Rows take_new_keys(Transaction& transaction, const PostPointers& posts);

/// Inserts posts whose keys were taken. Returns platform, post id,
/// author_place, and the starts of hour, day and week (in `zone`) as seconds.
Rows insert_posts(Transaction& transaction, const Columns& posts,
                  int64_t ruleset, const std::string& zone);

/// Platforms and ids of the stored posts that update_posts would change.
Rows keys_of_changed_posts(Transaction& transaction, const Columns& posts,
                           int64_t ruleset);

/// A newer state replaces an older one, and what it lacks is kept. Returns
/// platform, post id, whether it says something else, whether its analysis
/// differs, its old and its new created_at, context_only, and whether that is
/// no more.
Rows update_posts(Transaction& transaction, const Columns& posts,
                  int64_t ruleset);

/// Notes, once a day, that stored posts were shown as they are.
void note_seen_again(Transaction& transaction, const Columns& posts,
                     int64_t ruleset);

}  // namespace grumble::store
