#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "collector/sources/json.h"
#include "domain/change.h"
#include "domain/post.h"

// One post of the X API v2, in either dialect, and what stands inside it.
namespace grumble::collector {

/// A post, or why it is none.
using PostOrReason = std::variant<domain::Post, std::string>;
PostOrReason read_x_post(JsonValue item, domain::Timestamp observed_at);

/// The whole text: beyond 280 characters it stands in the note alone.
std::optional<std::string> read_x_text(JsonValue item);

/// Posts that it refers to, as it writes them.
std::vector<JsonValue> x_references(JsonValue item);

/// Every edit is a post of its own. Empty when there is but one version.
std::optional<domain::EditChain> read_x_edits(JsonValue item);

/// Empty when it has no usable id.
std::optional<domain::Author> read_x_author(JsonValue user);

}  // namespace grumble::collector
