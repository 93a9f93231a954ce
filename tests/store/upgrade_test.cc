// Databases of every earlier version, with data, brought up to date: calmly,
// killed in the middle, and twice.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <optional>
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
/// Brought author_naming.
constexpr size_t kAuthorNaming = 36;
/// Two months, of two years: more of the same takes longer and tells no more.
constexpr int kDays = 24;

/// In order; none where there is no schema, as where tests are only listed.
std::vector<std::string> schema_files() {
  std::vector<std::string> files;
  std::error_code missing;
  for (const auto& file : fs::directory_iterator("schema", missing)) {
    files.push_back(file.path().filename());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The name of an empty database of that version, to copy: one that goes from
/// version to version, as the tests do.
std::string empty_database(size_t version, const fs::path& schema) {
  static int made = 0;
  static size_t reached = 0;
  const auto name = [] { return "empty_" + std::to_string(made); };
  if (made == 0 || reached > version) {
    ++made;
    store::Database server(test_cluster().url());
    store::run_alone(server, "create database " + name());
  }
  store::Database database(test_cluster().url(name()));
  store::migrate(database, schema);
  reached = version;
  return name();
}

/// A database whose schema is brought on file by file.
class Upgrade : public testing::Test {
 protected:
  std::vector<std::string> pending(const fs::path& schema) {
    return store::migration_status(test_->database(), schema).pending;
  }

  void add_files(size_t up_to) {
    for (size_t i = 0; i < up_to; ++i) {
      fs::copy_file(fs::path("schema") / files_[i], schema_.path() / files_[i],
                    fs::copy_options::skip_existing);
    }
  }
  /// With data, unless told otherwise.
  void begin_at(size_t version, int64_t posts = kPosts) {
    add_files(version);
    test_.emplace(empty_database(version, schema_.path()));
    if (posts > 0) {
      benchmarks::fill_version(test_->database(), static_cast<int>(version),
                               posts, kDays);
    }
  }
  void migrate_to(size_t version) {
    add_files(version);
    store::migrate(test_->database(), schema_.path());
  }

  /// A process that migrates and dies at the k-th passing of the point.
  /// Whether it died there.
  bool killed_at(int passing) {
    const pid_t child = fork();
    if (child == 0) {
      passings_left = passing;
      try {
        store::Database database(test_->url());
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
    return test_->text(
        "select concat_ws(' ', count(*), sum(likes), sum(views),"
        " md5(string_agg(text, '' order by platform, post_id)),"
        " (select count(*) from finding), (select count(*) from comparison),"
        " (select count(*) from value), (select count(*) from author))"
        " from post");
  }

  void expect_sound(const std::string& before) {
    EXPECT_EQ(content(), before);
    const auto check = store::verify_rollups(test_->database());
    EXPECT_EQ(check.posts, kPosts);
    EXPECT_TRUE(check.faults.empty());
    EXPECT_EQ(test_->number("select sum(posts)::bigint from rollup"
                            " join cell using (cell_id) where grain = 'e'"
                            " and polarity = '' and model = '*'"
                            " and category = '' and lang = '*'"),
              kPosts);
    EXPECT_TRUE(store::migrate(test_->database(), "schema").empty());
    EXPECT_EQ(test_->number("select count(*) from pg_index i"
                            " join pg_class t on t.oid = i.indrelid"
                            " join pg_class c on c.oid = i.indexrelid"
                            " where t.relispartition and not c.relispartition"),
              0)
        << "a partition has the indexes of its table and no others";
    EXPECT_EQ(test_->number("select count(*) from pg_constraint"
                            " where conname = 'month' or not convalidated"),
              0);
  }

  TemporaryDirectory schema_;
  std::vector<std::string> files_ = schema_files();
  std::optional<TestDatabase> test_;
};

class UpgradeFrom : public Upgrade, public testing::WithParamInterface<int> {};

TEST_P(UpgradeFrom, KeepsTheDataAndGoesOn) {
  const auto version = static_cast<size_t>(GetParam());
  begin_at(version);
  const std::string before = content();
  migrate_to(files_.size());
  expect_sound(before);
  if (version < kAuthorNaming) {
    EXPECT_EQ(test_->text("select mode from author_naming"), "shown")
        << "ids that are stored stay what they are";
  }
  // What is made up for little by little is sound as well.
  for (int i = 0; i < 5; ++i) store::tend_history(test_->database());
  // And posts land as ever.
  auto one = post("new");
  one.analysis.findings = {finding("Sora", "price")};
  store::Batch next = batch({one});
  next.ruleset = "rules-0";
  EXPECT_EQ(store::land(test_->database(), next).inserted, 1);
  for (const auto& fault : store::verify_rollups(test_->database()).faults) {
    ADD_FAILURE() << fault.grain << ' ' << domain::to_string(fault.start) << ' '
                  << fault.kept.value_or(-1) << ' '
                  << fault.expected.value_or(-1);
  }
}

INSTANTIATE_TEST_SUITE_P(
    EveryVersion, UpgradeFrom,
    testing::Range(1, int(std::max<size_t>(2, schema_files().size()))),
    testing::PrintToStringParamName());

// Catalogue: 17
TEST_F(Upgrade, KilledInEachMigrationAndRunAgain) {
  constexpr size_t kFirst = 4;  // the next file moves every post
  begin_at(kFirst);
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
    EXPECT_EQ(store::migrate(test_->database(), schema_.path()).size(), 1u);
    EXPECT_EQ(content(), before) << files_[version];
  }
  expect_sound(before);
}

/// A post as programs of the schema's version land it: it is counted as the
/// functions that the transaction sees count its rows. None has its time.
void land_as_of_then(store::Transaction& transaction, int number) {
  transaction.run(
      "select pg_advisory_xact_lock_shared("
      " hashtextextended('grumble history', 0))");
  const std::string id = "late" + std::to_string(number);
  const auto run = [&](const char* sql) {
    transaction.run(sql, store::Params(id));
  };
  transaction.run(
      "insert into post_key select platform, $1,"
      " created_at + interval '1 second' * $2::int from post"
      " where post_id = '1600000000000001000'",
      store::Params(id, number));
  run("insert into post (platform, post_id, kind, author_id, title, text,"
      " created_at, approximate_time, conversation_id, parents, queries,"
      " context_only, site_lang, ruleset_id, analysis_digest, observed_at)"
      " select platform, post_id, 'post', 'u1', '', 'late', created_at, false,"
      "  '', '{}', '{\"x sora\"}', false, 'en', 1, 1, created_at"
      " from post_key where post_id = $1");
  run("insert into mention select platform, post_id, created_at, 0, n, model,"
      " 'en', 'none', false from post_key, (values (0, 'Kling'), (1, 'Sora'))"
      "  m (n, model) where post_id = $1");
  run("insert into finding select platform, post_id, created_at, 0, n, 'Sora',"
      " null, category, 'complaint', 0, 4, 'a.test', 0.9, 'clause', null,"
      " 'en', 'none', false from post_key, (values (1, 'price'), (2, 'speed'))"
      "  f (n, category) where post_id = $1");
  transaction.run(
      "create temporary table counted (like rollup, platform text, lang text,"
      " standing text, model text, category text, polarity text,"
      " counterpart text) on commit drop");
  run("insert into counted select 0, g.grain, case g.grain"
      "  when 'd' then a.start when 'w' then date_trunc('week', a.start, 'UTC')"
      "  else to_timestamp(0) end, 0, a.posts, a.engagement, a.views,"
      "  a.authors, a.platform, a.lang, a.standing, a.model, a.category,"
      "  a.polarity, a.counterpart"
      " from post_key k, unnest('{d,w,e}'::\"char\"[]) g (grain),"
      "  counted_from_rows(0::smallint, 'd', k.created_at,"
      "   k.created_at + interval '1 microsecond') a"
      " where k.post_id = $1 and (g.grain <> 'w' or a.lang = '*')");
  transaction.run(
      "insert into cell (platform, lang, standing, model, category, polarity,"
      "  counterpart) select distinct platform, lang, standing, model,"
      "  category, polarity, counterpart from counted on conflict do nothing");
  transaction.run(
      "insert into rollup as r select n.slot, n.grain, n.start, c.cell_id,"
      "  n.posts, n.engagement, n.views, n.authors from counted n join cell c"
      "  using (platform, lang, standing, model, category, polarity,"
      "   counterpart)"
      " on conflict (slot, grain, cell_id, start) do update set"
      "  posts = r.posts + excluded.posts,"
      "  engagement = r.engagement + excluded.engagement,"
      "  views = r.views + excluded.views,"
      "  authors = r.authors | excluded.authors");
}

TEST_F(Upgrade, CountsWhatLandsMeanwhile) {
  constexpr size_t kFirst = 28;
  begin_at(kFirst);
  for (size_t version = kFirst; version < files_.size(); ++version) {
    add_files(version + 1);
    store::Database landing(test_->url());
    store::Transaction transaction(landing);
    land_as_of_then(transaction, static_cast<int>(version));
    auto migration = std::async(std::launch::async, [&] {
      store::Database database(test_->url());
      store::migrate(database, schema_.path());
    });
    // Until it is done, or waits for the landing.
    while (migration.wait_for(std::chrono::milliseconds(5)) !=
               std::future_status::ready &&
           test_->number("select count(*) from pg_locks"
                         " where not granted") == 0) {
    }
    transaction.commit();
    EXPECT_NO_THROW(migration.get());
  }
  const auto check = store::verify_rollups(test_->database());
  EXPECT_EQ(check.posts, kPosts + int64_t(files_.size() - kFirst));
  for (const auto& fault : check.faults) {
    ADD_FAILURE() << fault.grain << ' ' << domain::to_string(fault.start) << ' '
                  << fault.kept.value_or(-1) << ' '
                  << fault.expected.value_or(-1);
  }
}

TEST_F(Upgrade, AnEmptyDatabaseHasNotDecidedOnItsAuthors) {
  begin_at(1, 0);
  migrate_to(files_.size());
  EXPECT_EQ(test_->number("select count(*) from author_naming"), 0);
}

// Catalogue: 18
TEST_F(Upgrade, ANewerSchemaIsRefused) {
  begin_at(files_.size(), 0);
  fs::remove(schema_.path() / files_.back());
  EXPECT_THROW(store::migrate(test_->database(), schema_.path()),
               store::MigrationError);
}

}  // namespace
}  // namespace tests
}  // namespace grumble
