#include "store/migrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <future>

#include "store/statement.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

namespace fs = std::filesystem;
using store::Database;
using store::migrate;
using store::MigrationError;
using testing::ElementsAre;
using testing::HasSubstr;

class Migrate : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& sql) {
    std::ofstream(schema_.path() / name, std::ios::binary) << sql;
  }

  std::string refusal() {
    try {
      migrate(test_.database(), schema_.path());
    } catch (const MigrationError& error) {
      return error.what();
    }
    return "";
  }

  TemporaryDirectory schema_;
  TestDatabase test_{TestDatabase::Schema::none};
};

TEST_F(Migrate, AppliesOursFromEmptyAndThenNothing) {
  std::vector<std::string> expected;
  for (const auto& entry : fs::directory_iterator("schema")) {
    expected.push_back(entry.path().filename());
  }
  std::sort(expected.begin(), expected.end());
  const auto before = store::migration_status(test_.database(), "schema");
  EXPECT_TRUE(before.applied.empty());
  EXPECT_EQ(before.pending, expected);
  EXPECT_EQ(migrate(test_.database(), "schema"), expected);
  EXPECT_TRUE(migrate(test_.database(), "schema").empty());
  const auto status = store::migration_status(test_.database(), "schema");
  EXPECT_TRUE(status.pending.empty());
  ASSERT_EQ(status.applied.size(), expected.size());
  EXPECT_EQ(status.applied.front().name, "001_posts.sql");
}

TEST_F(Migrate, GoesOnFromEachEarlierVersion) {
  const auto files =
      store::migration_status(test_.database(), "schema").pending;
  for (const std::string& file : files) {
    fs::copy(fs::path("schema") / file, schema_.path() / file);
    EXPECT_THAT(migrate(test_.database(), schema_.path()), ElementsAre(file));
  }
}

TEST_F(Migrate, RefusesAChangedFile) {
  write("001_one.sql", "create table one ()");
  migrate(test_.database(), schema_.path());
  write("001_one.sql", "create table one (n int)");
  EXPECT_THAT(refusal(), HasSubstr("001_one.sql: changed since"));
}

// Catalogue: 18
TEST_F(Migrate, RefusesANewerDatabase) {
  write("001_one.sql", "create table one ()");
  write("002_two.sql", "create table two ()");
  migrate(test_.database(), schema_.path());
  fs::remove(schema_.path() / "002_two.sql");
  EXPECT_EQ(refusal(),
            "the database has schema file '002_two.sql', newer than"
            " '001_one.sql' here: upgrade this program");
}

TEST_F(Migrate, RefusesAGapATwinAndAnOddName) {
  write("001_one.sql", "create table one ()");
  write("003_three.sql", "create table three ()");
  EXPECT_THAT(refusal(), HasSubstr("the file numbered 002 is missing"));
  write("002_two.sql", "");
  write("002_zwei.sql", "");
  EXPECT_THAT(refusal(), HasSubstr("its number is taken by '002_two.sql'"));
  fs::remove(schema_.path() / "002_zwei.sql");
  write("4_four.sql", "");
  EXPECT_THAT(refusal(), HasSubstr("is named '001_name.sql'"));
  EXPECT_EQ(test_.text("select to_regclass('one')"), "");
}

// Catalogue: 17
TEST_F(Migrate, LeavesNothingOfAFileThatFails) {
  write("001_one.sql", "create table one ()");
  write("002_two.sql",
        "create table two ();\ncreate table broken (n nonsense)");
  try {
    migrate(test_.database(), schema_.path());
    FAIL() << "the second file cannot be applied";
  } catch (const store::DatabaseError& error) {
    EXPECT_THAT(error.what(), HasSubstr("002_two.sql: type \"nonsense\" does"));
    EXPECT_EQ(error.sqlstate(), "42704");
  }
  EXPECT_EQ(test_.text("select to_regclass('two')"), "");
  EXPECT_EQ(test_.number("select count(*) from schema_migration"), 1);
  write("002_two.sql", "create table two ()");
  EXPECT_THAT(migrate(test_.database(), schema_.path()),
              ElementsAre("002_two.sql"));
}

TEST_F(Migrate, TakesTurns) {
  std::vector<std::future<size_t>> programs;
  for (int i = 0; i < 4; ++i) {
    programs.push_back(std::async(std::launch::async, [this] {
      Database database(test_.url());
      return migrate(database, "schema").size();
    }));
  }
  size_t applied = 0;
  for (auto& program : programs) applied += program.get();
  EXPECT_EQ(applied,
            store::migration_status(test_.database(), "schema").applied.size());
}

}  // namespace
}  // namespace grumble::tests
