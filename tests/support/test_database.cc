#include "tests/support/test_database.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>

#include "store/migrate.h"
#include "store/placement.h"
#include "store/statement.h"

// libpqxx 6.4 drops the last result of a connection that is lost in a
// statement: 2 kB each, once a lost connection.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer's own name
extern "C" const char* __lsan_default_suppressions() {
  return "leak:pqxx::connection_base::exec\nleak:libpqxx-6.4\n";
}

namespace grumble::tests {
namespace {

using store::Database;
using store::LocalCluster;
using store::Transaction;

/// A migrated database to copy: a copy is five times faster than a migration.
constexpr char kTemplate[] = "migrated";

bool has_citus(const LocalCluster& cluster) {
  Database database(cluster.url());
  return !Transaction(database)
              .run("select from pg_available_extensions where name = 'citus'")
              .empty();
}

class Citus : public testing::Environment {
  void SetUp() override {
    if (on_citus() && !has_citus(test_cluster())) {
      GTEST_SKIP() << "this PostgreSQL has no Citus extension";
    }
  }
};

const auto* const citus = testing::AddGlobalTestEnvironment(new Citus);

/// Nobody copies a database that somebody is connected to, and Citus is to
/// each that it spreads.
void keep_to_itself(const LocalCluster& cluster, const std::string& name) {
  Database database(cluster.url());
  store::run_alone(database,
                   "alter database " + name + " allow_connections false");
  store::run_alone(database,
                   "select pg_terminate_backend(pid, 10000)"
                   " from pg_stat_activity where datname = '" +
                       name + "'");
}

/// What Citus has spread at this version takes every later migration.
constexpr size_t kSpreadAt = 39;

/// Spreads it, over this one machine: Citus plans and refuses as over several.
void spread(Database& database) {
  Transaction transaction(database);
  transaction.run("create extension citus");
  transaction.run(
      "select citus_set_coordinator_host("
      "trim('\"' from current_setting('unix_socket_directories')),"
      " current_setting('port')::int)");
  transaction.run(
      "select citus_set_node_property(nodename, nodeport, 'shouldhaveshards',"
      " true) from pg_dist_node");
  transaction.commit();
  store::distribute(database, [](const std::string&) {});
}

struct TestCluster {
  TestCluster() {
    cluster.emplace(directory.path());
    refuse_foreign();
    {
      Database database(cluster->url());
      // These tables outlive no test: spare the disk, and the memory.
      store::run_alone(database, "alter system set fsync = off");
      store::run_alone(database, "alter system set max_wal_size = '128MB'");
      store::run_alone(database, "select pg_reload_conf()");
    }
    // Without it the tests are skipped.
    const bool spreads = on_citus() && has_citus(*cluster);
    if (spreads) load_citus();
    Database database(cluster->url());
    store::run_alone(database, std::string("create database ") + kTemplate);
    {
      Database migrated(cluster->url(kTemplate));
      if (spreads) {
        migrate_to(kSpreadAt, migrated);
        spread(migrated);
      }
      store::migrate(migrated, "schema");
    }
    if (spreads) keep_to_itself(*cluster, kTemplate);
  }

  void migrate_to(size_t version, Database& database) const {
    const auto schema = directory.path() / "schema";
    std::filesystem::create_directory(schema);
    const auto files = store::migration_status(database, "schema").pending;
    for (size_t i = 0; i < version; ++i) {
      std::filesystem::copy_file(std::filesystem::path("schema") / files[i],
                                 schema / files[i]);
    }
    store::migrate(database, schema);
  }

  /// Tests write and drop. Only ever into our own directory.
  void refuse_foreign() const {
    Database database(cluster->url());
    const std::string answer =
        Transaction(database).run("show data_directory").text(0, 0);
    if (answer != cluster->data_directory() ||
        !answer.starts_with(
            std::filesystem::canonical(directory.path()).string())) {
      throw std::runtime_error(
          "the tests reached a foreign server: its data"
          " directory is '" +
          answer + "'");
    }
  }

  void load_citus() {
    {
      Database database(cluster->url());
      store::run_alone(database,
                       "alter system set shared_preload_libraries = citus");
      store::run_alone(database, "alter system set max_connections = 200");
    }
    cluster.reset();
    cluster.emplace(directory.path());
    Database database(cluster->url());
    store::run_alone(database, "alter system set citus.shard_count = 2");
    store::run_alone(database, "select pg_reload_conf()");
  }

  TemporaryDirectory directory;
  std::optional<LocalCluster> cluster;
};

/// Returns the name.
std::string create_database(const std::string& name, const char* origin) {
  Database database(test_cluster().url());
  store::run_alone(database, "create database " + name + " template " + origin);
  return name;
}

std::string next_name() {
  static int count = 0;
  return "test_" + std::to_string(++count);
}

}  // namespace

const LocalCluster& test_cluster() {
  static const TestCluster cluster;
  return *cluster.cluster;
}

bool on_citus() {
  const char* wish = std::getenv("GRUMBLE_CITUS");
  return wish != nullptr && std::string(wish) == "1";
}

void make_template(const std::string& name, const std::string& sql) {
  create_database(name, kTemplate);
  {
    Database database(test_cluster().url(name));
    Transaction transaction(database);
    transaction.run(sql);
    transaction.commit();
  }
  if (on_citus()) keep_to_itself(test_cluster(), name);
}

TestDatabase::TestDatabase(Schema schema)
    : TestDatabase(schema == Schema::migrated ? kTemplate : "template1") {}

TestDatabase::TestDatabase(const std::string& origin)
    : name_(create_database(next_name(), origin.c_str())), database_(url()) {}

TestDatabase::~TestDatabase() {
  try {
    Database database(test_cluster().url());
    store::run_alone(database, "drop database " + name_ + " with (force)");
  } catch (const store::DatabaseError&) {
    // It goes with the cluster.
  }
}

std::string TestDatabase::url() const { return test_cluster().url(name_); }

std::string TestDatabase::url_as(const std::string& role) const {
  std::string url = this->url();
  const std::string owner = "//grumble@";
  return url.replace(url.find(owner), owner.size(), "//" + role + "@");
}

void TestDatabase::run(const std::string& sql) {
  Transaction transaction(database_);
  transaction.run(sql);
  transaction.commit();
}

std::string TestDatabase::text(const std::string& sql) {
  return Transaction(database_).run(sql).text_or_null(0, 0).value_or("");
}

int64_t TestDatabase::number(const std::string& sql) {
  return Transaction(database_).run(sql).integer(0, 0);
}

}  // namespace grumble::tests
