#include "tests/support/test_database.h"

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "store/migrate.h"
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

struct TestCluster {
  TestCluster() : cluster(directory.path()) {
    // Tests write and drop. Only ever into our own directory.
    Database database(cluster.url());
    const std::string answer =
        Transaction(database).run("show data_directory").text(0, 0);
    if (answer != cluster.data_directory() ||
        !answer.starts_with(
            std::filesystem::canonical(directory.path()).string())) {
      throw std::runtime_error(
          "the tests reached a foreign server: its data"
          " directory is '" +
          answer + "'");
    }
    // These tables outlive no test: spare the disk, and the memory.
    store::run_alone(database, "alter system set fsync = off");
    store::run_alone(database, "alter system set max_wal_size = '128MB'");
    store::run_alone(database, "select pg_reload_conf()");
    store::run_alone(database, std::string("create database ") + kTemplate);
    Database migrated(cluster.url(kTemplate));
    store::migrate(migrated, "schema");
  }

  TemporaryDirectory directory;
  LocalCluster cluster;
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
  return cluster.cluster;
}

void make_template(const std::string& name, const std::string& sql) {
  create_database(name, kTemplate);
  Database database(test_cluster().url(name));
  Transaction transaction(database);
  transaction.run(sql);
  transaction.commit();
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
