#pragma once

#include <string>

#include "collector/source.h"

namespace grumble::collector {

/// A page as JSON with one thing a line, for comparison with a file.
std::string render(const Page& page);
std::string render(const domain::Post& post);
std::string render(const domain::Author& author);
std::string render(const Cursor& cursor);
std::string render(const domain::Reject& reject);

}  // namespace grumble::collector
