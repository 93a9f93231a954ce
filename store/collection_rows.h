#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/post.h"
#include "store/statement.h"

namespace grumble::store {

/// Keeps the rejects, each once a source, item and pointer. Their texts may
/// hold anything. `page` is the raw page they stand on, if any.
void keep_rejects(Transaction& transaction, const std::string& source,
                  const std::string& query,
                  const std::vector<domain::Reject>& rejects,
                  std::optional<int64_t> page);

}  // namespace grumble::store
