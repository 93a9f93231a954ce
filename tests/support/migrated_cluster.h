#pragma once

#include <filesystem>

namespace grumble::tests {

/// Puts an embedded server as a program would make it into `directory`, stopped
/// and migrated; but it does not wait for the disk. The first call makes it,
/// which takes seconds, later ones copy it.
void make_cluster(const std::filesystem::path& directory);

}  // namespace grumble::tests
