#pragma once

#include "collector/source.h"

namespace grumble::collector {

/// Throws the SourceError that an answer of X other than 200 means, by the
/// error table. `paged`: it was asked for with a page token, whose refusal only
/// restarts the list.
[[noreturn]] void refuse_x(const HttpResponse& response, bool paged,
                           domain::Timestamp now);

}  // namespace grumble::collector
