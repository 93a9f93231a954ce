#pragma once

#include <string>

#include "collector/source.h"

namespace grumble::collector {

/// The query of the rounds that look again at what is known.
inline constexpr const char* kRefresh = "";

/// Opens such a round: what is due, by kind, so many ids a request. The lists
/// are "lookup" of "posts", "videos" and "comments".
Start open_refresh(const Round& round, size_t ids_at_once);

/// The bucket that the requests of such a round are charged to.
std::string refresh_bucket(const Source& source);

}  // namespace grumble::collector
