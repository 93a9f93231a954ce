#include "tests/support/migrated_cluster.h"

#include <fstream>
#include <stdexcept>
#include <string>

#include "store/database.h"
#include "store/local_cluster.h"
#include "store/migrate.h"
#include "store/server_process.h"
#include "tests/support/temporary_directory.h"

namespace grumble::tests {
namespace {

struct Origin {
  Origin() {
    { const store::LocalCluster made(directory.path()); }
    std::ofstream(directory.path() / "data" / "postgresql.conf", std::ios::app)
        << "fsync = off\n";
    const store::LocalCluster cluster(directory.path());
    store::Database database(cluster.url());
    store::migrate(database, "schema");
  }

  TemporaryDirectory directory;
};

}  // namespace

void make_cluster(const std::filesystem::path& directory) {
  static const Origin origin;
  std::filesystem::create_directories(directory);
  // With owners: the server runs as another user than root.
  const int status =
      store::run({{"/bin/cp", "-a", origin.directory.path().string() + "/.",
                   directory.string()},
                  "/",
                  "/dev/null",
                  std::nullopt});
  if (status != 0) throw std::runtime_error("the copy failed");
}

}  // namespace grumble::tests
