#pragma once

#include <cstdint>
#include <string>

#include "collector/source.h"
#include "collector/sources/x_items.h"

// Posts asked for by id: what has become of them, and whether they are still
// there. An answer names those that are gone, and takes nothing for them.
namespace grumble::collector {

inline constexpr const char* kLookup = "lookup";  ///< the list of such gaps
inline constexpr size_t kXLookupIds = 100;        ///< in one request

/// How many ids a gap asks for.
int64_t looked_up(const Gap& gap);

/// Everything but the cost. What was asked for and is gone stands in `gone`,
/// with the site's word for it: deleted, protected or suspended. Reposts, whose
/// text it cuts short, are left out.
Page read_x_lookup(XAnswer answer, const Gap& gap);

}  // namespace grumble::collector
