// Databases of every earlier version, with data, brought up to date: calmly,
// killed in the middle, and twice.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string_view>

#include "benchmarks/earlier.h"
#include "domain/crash_point.h"
#include "store/history.h"
#include "store/landing.h"
#include "store/migrate.h"
#include "store/statement.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble {
namespace {
int passings_left = 0;
}

/// Dies where a migration is half done, when a child is told to.
void domain::crash_point(const char* name) {
  if (std::string_view(name) == "CP21" && passings_left > 0 &&
      --passings_left == 0) {
    kill(getpid(), SIGKILL);
  }
}

namespace tests {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kPosts = 400;

/// A database whose schema is brought on file by file.
class Upgrade : public testing::Test {
 protected:
  Upgrade() { files_ = pending("schema"); }

  std::vector<std::string> pending(const fs::path& schema) {
    return store::migration_status(test_.database(), schema).pending;
  }

  void add_files(size_t up_to) {
    for (size_t i = 0; i < up_to; ++i) {
      fs::copy_file(fs::path("schema") / files_[i], schema_.path() / files_[i],
                    fs::copy_options::skip_existing);
    }
  }
  void migrate_to(size_t version) {
    add_files(version);
    store::migrate(test_.database(), schema_.path());
  }

  /// A process that migrates and dies at the k-th passing of the point.
  /// Whether it died there.
  bool killed_at(int passing) {
    const pid_t child = fork();
    if (child == 0) {
      passings_left = passing;
      try {
        store::Database database(test_.url());
        store::migrate(database, schema_.path());
      } catch (...) {
        _exit(2);
      }
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

  /// Everything that a migration may not lose.
  std::string content() {
    return test_.text(
        "select concat_ws(' ', count(*), sum(likes), sum(views),"
        " md5(string_agg(text, '' order by platform, post_id)),"
        " (select count(*) from finding), (select count(*) from comparison),"
        " (select count(*) from value), (select count(*) from author))"
        " from post");
  }

  void expect_sound(const std::string& before) {
    EXPECT_EQ(content(), before);
    const auto check = store::verify_rollups(test_.database());
    EXPECT_EQ(check.posts, kPosts);
    EXPECT_TRUE(check.faults.empty());
    EXPECT_EQ(test_.number("select sum(posts)::bigint from rollup"
                           " join cell using (cell_id) where grain = 'e'"
                           " and polarity = '' and model = '*'"
                           " and category = '' and lang = '*'"),
              kPosts);
    EXPECT_TRUE(store::migrate(test_.database(), "schema").empty());
    EXPECT_EQ(test_.number("select count(*) from pg_index i"
                           " join pg_class t on t.oid = i.indrelid"
                           " join pg_class c on c.oid = i.indexrelid"
                           " where t.relispartition and not c.relispartition"),
              0)
        << "a partition has the indexes of its table and no others";
    EXPECT_EQ(test_.number("select count(*) from pg_constraint"
                           " where conname = 'month' or not convalidated"),
              0);
  }

  TemporaryDirectory schema_;
  TestDatabase test_{TestDatabase::Schema::none};
  std::vector<std::string> files_;
};

/// Every version but the present one, as the folder has them.
int present_version() {
  std::error_code missing;
  const fs::directory_iterator schema("schema", missing);
  return static_cast<int>(std::distance(begin(schema), end(schema)));
}

class UpgradeFrom : public Upgrade, public testing::WithParamInterface<int> {};

TEST_P(UpgradeFrom, KeepsTheDataAndGoesOn) {
  const auto version = static_cast<size_t>(GetParam());
  migrate_to(version);
  benchmarks::fill_version(test_.database(), GetParam(), kPosts);
  const std::string before = content();
  migrate_to(files_.size());
  expect_sound(before);
  // What is made up for little by little is sound as well.
  for (int i = 0; i < 5; ++i) store::tend_history(test_.database());
  // And posts land as ever.
  auto one = post("new");
  one.analysis.findings = {finding("Sora", "price")};
  store::Batch next = batch({one});
  next.ruleset = "rules-0";
  EXPECT_EQ(store::land(test_.database(), next).inserted, 1);
  for (const auto& fault : store::verify_rollups(test_.database()).faults) {
    ADD_FAILURE() << fault.grain << ' ' << domain::to_string(fault.start) << ' '
                  << fault.kept.value_or(-1) << ' '
                  << fault.expected.value_or(-1);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryVersion, UpgradeFrom,
                         testing::Range(1, std::max(2, present_version())),
                         testing::PrintToStringParamName());

// Catalogue: 17
TEST_F(Upgrade, KilledInEachMigrationAndRunAgain) {
  constexpr size_t kFirst = 4;  // the next file moves every post
  migrate_to(kFirst);
  benchmarks::fill_version(test_.database(), kFirst, kPosts);
  const std::string before = content();
  for (size_t version = kFirst; version < files_.size(); ++version) {
    add_files(version + 1);
    // After its last statement, and with only the commit to come.
    for (const int passing : {1, 2}) {
      ASSERT_TRUE(killed_at(passing)) << files_[version];
      EXPECT_EQ(pending("schema").front(), files_[version])
          << "nothing of it stays";
      EXPECT_EQ(content(), before) << files_[version];
    }
    EXPECT_EQ(store::migrate(test_.database(), schema_.path()).size(), 1u);
    EXPECT_EQ(content(), before) << files_[version];
  }
  expect_sound(before);
}

// Catalogue: 18
TEST_F(Upgrade, ANewerSchemaIsRefused) {
  migrate_to(files_.size());
  fs::remove(schema_.path() / files_.back());
  EXPECT_THROW(store::migrate(test_.database(), schema_.path()),
               store::MigrationError);
}

}  // namespace
}  // namespace tests
}  // namespace grumble
