#include "store/server_binaries.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "store/local_cluster.h"

namespace grumble::store {
namespace {

namespace fs = std::filesystem;

constexpr char kDebianRoot[] = "/usr/lib/postgresql";

bool complete(const fs::path& directory) {
  return access((directory / "postgres").c_str(), X_OK) == 0 &&
         access((directory / "initdb").c_str(), X_OK) == 0;
}

std::optional<fs::path> newest_of_debian() {
  std::optional<fs::path> newest;
  int newest_version = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(kDebianRoot, error)) {
    const int version = std::atoi(entry.path().filename().c_str());
    if (version <= newest_version || !complete(entry.path() / "bin")) continue;
    newest_version = version;
    newest = entry.path() / "bin";
  }
  return newest;
}

std::optional<fs::path> on_path() {
  const char* const path = std::getenv("PATH");
  std::istringstream directories(path != nullptr ? path : "");
  for (std::string directory; std::getline(directories, directory, ':');) {
    std::error_code error;
    const fs::path program =
        fs::canonical(fs::path(directory) / "pg_ctl", error);
    if (!error && complete(program.parent_path())) {
      return program.parent_path();
    }
  }
  return std::nullopt;
}

}  // namespace

fs::path find_server_binaries(const fs::path& given, const fs::path& data) {
  if (!given.empty()) {
    if (complete(given)) return given;
    throw LocalClusterError("'" + given.string() +
                            "' holds no PostgreSQL server: install Debian's"
                            " package 'postgresql', or set database.url to a"
                            " server of yours");
  }
  std::string version;
  std::ifstream(data / "PG_VERSION") >> version;
  if (!version.empty()) {
    const fs::path fitting = fs::path(kDebianRoot) / version / "bin";
    if (complete(fitting)) return fitting;
    if (newest_of_debian()) {
      throw LocalClusterError(
          "'" + data.string() + "' was made by PostgreSQL " + version +
          ", whose server is not installed: install 'postgresql-" + version +
          "', or move the data with pg_dump");
    }
  }
  if (const auto newest = newest_of_debian()) return *newest;
  if (const auto found = on_path()) return *found;
  throw LocalClusterError(
      "no PostgreSQL server is installed: install Debian's package"
      " 'postgresql', or set database.url to a server of yours");
}

}  // namespace grumble::store
