#pragma once

#include <string>

#include "store/report_queries.h"

namespace grumble::app {

/// Who wrote a post, in few letters: `@handle`; where authors are stored as
/// pseudonyms `author ` and the first letters of it, the same for all that one
/// wrote; empty when nothing is known. Not yet printable.
std::string author_label(const store::EvidencePost& entry);

/// The same for programs: the handle, or the whole id as stored.
std::string author_field(const store::EvidencePost& entry);

}  // namespace grumble::app
