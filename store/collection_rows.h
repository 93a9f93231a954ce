#pragma once

#include <string>
#include <vector>

#include "domain/post.h"
#include "store/statement.h"

namespace grumble::store {

/// Keeps the rejects, each once a source, item and pointer. Their texts may
/// hold anything.
void keep_rejects(Transaction& transaction, const std::string& source,
                  const std::string& query,
                  const std::vector<domain::Reject>& rejects);

/// Takes the step away, if it is there, and marks the round complete when it
/// was the last and no step follows. False when the step was not there.
bool consume_cursor(Transaction& transaction, const domain::Cursor& cursor,
                    const std::vector<domain::Cursor>& next);

/// Adds steps in their order; one that is there already stays where it is.
void add_cursors(Transaction& transaction,
                 const std::vector<domain::Cursor>& cursors);

}  // namespace grumble::store
