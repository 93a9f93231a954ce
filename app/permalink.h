#pragma once

#include <string>

#include "domain/post.h"

namespace grumble::app {

/// Where the original stands, by id alone; empty for an unknown platform or an
/// id with characters that no id of that platform has.
std::string permalink(const domain::Post& post);

}  // namespace grumble::app
