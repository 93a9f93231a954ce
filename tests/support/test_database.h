#pragma once

#include <cstdint>
#include <string>

#include "store/database.h"
#include "store/local_cluster.h"
#include "tests/support/temporary_directory.h"

namespace grumble::tests {

/// The cluster of this test program: real, in a temporary directory, started
/// at the first call and stopped when the program ends.
const store::LocalCluster& test_cluster();

/// Whether the databases of this program are spread by Citus: GRUMBLE_CITUS=1.
/// Where the server has no Citus every test is skipped.
bool on_citus();

/// Where Citus makes or drops a month, who lands may be in its way: then again,
/// as programs do.
template <typename Call>
auto persist(Call call) {
  for (int tries = 1;; ++tries) {
    try {
      return call();
    } catch (const store::DatabaseError& error) {
      if (!on_citus() || !error.met_another() || tries == 20) throw;
    }
  }
}

/// A migrated database that `sql` was run in, for databases to begin as.
void make_template(const std::string& name, const std::string& sql);

/// A database of its own in that cluster, dropped with the object.
class TestDatabase {
 public:
  enum class Schema { migrated, none };

  explicit TestDatabase(Schema schema = Schema::migrated);
  /// As make_template() has left it.
  explicit TestDatabase(const std::string& origin);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  /// For further connections.
  std::string url() const;
  /// The same database as another role.
  std::string url_as(const std::string& role) const;
  /// One connection as owner.
  store::Database& database() { return database_; }

  void run(const std::string& sql);
  /// The first column of the first row.
  std::string text(const std::string& sql);
  int64_t number(const std::string& sql);

 private:
  std::string name_;
  store::Database database_;
};

}  // namespace grumble::tests
