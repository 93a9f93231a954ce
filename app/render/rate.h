#pragma once

#include <string>

namespace grumble::app {

/// A rate in a hundred as people read it: whole, and `<1` for what would look
/// like nothing. The terminal and the page write it the same way.
std::string rate_text(double rate);

}  // namespace grumble::app
