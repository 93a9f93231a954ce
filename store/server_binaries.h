#pragma once

#include <filesystem>

namespace grumble::store {

/// The directory of `initdb` and `postgres`: `given`, unless empty; for a
/// cluster that exists at `data`, those of its major version; else the newest
/// of /usr/lib/postgresql/*/bin, else the directory of `pg_ctl` on PATH. Throws
/// LocalClusterError, naming the package to install.
std::filesystem::path find_server_binaries(const std::filesystem::path& given,
                                           const std::filesystem::path& data);

}  // namespace grumble::store
