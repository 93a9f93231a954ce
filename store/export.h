#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/timestamp.h"
#include "store/database.h"

namespace grumble::store {

/// How much of a post leaves the database.
enum class ExportLevel {
  ids,       ///< the site and its id: what X lets be passed on
  findings,  ///< and our own reading of it, without a word of the site's
  texts,     ///< and what the site showed: to move house, not to pass on
};

struct ExportFilter {
  std::optional<domain::Timestamp> since;  ///< posts made from then on
  std::optional<domain::Timestamp> until;  ///< exclusive
  std::vector<std::string> platforms;      ///< empty: all
};

/// Gives every post as one line of JSON, oldest first, so that parents come
/// before what answers them. Posts that were taken back are left out; posts
/// without a text any more give no more than their findings. Memory does not
/// grow with their number; `line` may throw to end it. How many.
int64_t export_posts(Database& database, ExportLevel level,
                     const ExportFilter& filter,
                     const std::function<void(std::string_view)>& line);

}  // namespace grumble::store
