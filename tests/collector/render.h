#pragma once

#include <string>

#include "collector/source.h"

namespace grumble::collector {

/// A page as JSON with one thing a line, for comparison with a file.
/// With the move of the gap that it answers.
std::string render(const Page& page, const Gap& gap, domain::Timestamp now);
std::string render(const domain::Post& post);
std::string render(const domain::Author& author);
std::string render(const Lead& lead);
std::string render(const Move& move);
std::string render(const domain::Reject& reject);

}  // namespace grumble::collector
