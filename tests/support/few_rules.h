#pragma once

#include <filesystem>

namespace grumble::tests {

/// Copies a few of the rules into a directory that it makes, for programs that
/// are started often: reading all of them takes a second each time.
void copy_few_rules(const std::filesystem::path& to);

}  // namespace grumble::tests
