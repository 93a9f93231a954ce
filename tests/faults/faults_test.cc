// Real processes: the simulator, the collector and PostgreSQL, with the
// collector killed, paused and cut off. However it goes, the tables end as
// those of an undisturbed run, and no more is billed than was booked.
// GRUMBLE_FAULTS=full runs the whole of it (script/faults).

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "store/statement.h"
#include "tests/app/program.h"
#include "tests/faults/commit_cutter.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using test::Background;

constexpr const char* kWorld = "simulator/world.ndjson";

/// What two runs must agree on, a row each, by the keys the sites gave; clocks
/// of our own and numbers that grow between two runs are left out.
constexpr const char* kRows = R"(
  select 'post ' || platform || ' ' || post_id, (to_jsonb(p) - array[
    'first_seen_at', 'observed_at', 'ruleset_id', 'likes', 'reposts',
    'replies', 'quotes', 'views', 'bookmarks', 'engagement'])::text from post p
  union all select 'key ' || platform || ' ' || post_id, created_at::text
    from post_key
  union all select 'mention ' || platform || ' ' || post_id || ' ' || ordinal,
    m::text from mention m
  union all select 'finding ' || platform || ' ' || post_id || ' ' || ordinal,
    f::text from finding f)";

using Tables = std::map<std::string, std::string>;

Tables tables_of(TestDatabase& database) {
  store::Transaction transaction(database.database());
  const store::Rows rows = transaction.run(kRows);
  Tables tables;
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool added = tables.emplace(rows.text(i, 0), rows.text(i, 1)).second;
    EXPECT_TRUE(added) << "twice: " << rows.text(i, 0);
  }
  return tables;
}

/// The first few rows that differ; empty when none does.
std::string difference(const Tables& expected, const Tables& actual) {
  std::string text;
  int count = 0;
  const auto tell = [&](const std::string& what) {
    if (++count <= 4) text += what + '\n';
  };
  for (const auto& [key, row] : expected) {
    const auto found = actual.find(key);
    if (found == actual.end()) {
      tell("lost: " + key);
    } else if (found->second != row) {
      tell("is " + found->second + "\nnot " + row);
    }
  }
  for (const auto& [key, row] : actual) {
    if (!expected.contains(key)) tell("spurious: " + key);
  }
  return text;
}

bool full() {
  const char* const leg = std::getenv("GRUMBLE_FAULTS");
  return leg != nullptr && std::string(leg) == "full";
}

class Faults : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    files_ = std::make_unique<test::TemporaryDirectory>();
    const auto port_file = files_->path() / "port";
    simulator_ = std::make_unique<Background>(
        "grumble-sim",
        std::vector<std::string>{"--world", kWorld, "--port", "0",
                                 "--port-file", port_file, "--x-all-per-second",
                                 "0", "--youtube-searches", "1000000",
                                 "--youtube-units", "100000000", "--quiet"},
        files_->path() / "simulator.log");
    port_ = test::wait_for_line(port_file, 20s);
    setenv("GRUMBLE_X_BEARER_TOKEN", "simulated", 1);
    setenv("GRUMBLE_YOUTUBE_API_KEY", "simulated", 1);
    // A few rules: each start of a program reads them all.
    const auto rules = files_->path() / "rules";
    std::filesystem::create_directory(rules);
    for (const char* const name :
         {"models", "price", "noise", "clauses", "words"}) {
      const std::string file = std::string(name) + ".toml";
      std::filesystem::copy_file("rules/" + file, rules / file);
    }
    std::ofstream(files_->path() / "queries.toml")
        << "[query.sora]\nx = '(sora OR kling OR runway)'\n"
        << "youtube = 'sora|kling ai video'\n";
    TestDatabase calm;
    run_to_end(config(calm.url()));
    expected_ = tables_of(calm);
    posts_ = calm.number("select count(*) from post");
  }
  static void TearDownTestSuite() {
    simulator_.reset();
    files_.reset();
  }

  static std::string config(const std::string& url,
                            const std::string& more = "") {
    static int count = 0;
    const auto file =
        files_->path() / ("run" + std::to_string(++count) + ".toml");
    std::ofstream(file) << "since = \"2024-12-01T00:00:00Z\"\n"
                        << "queries_file = \"queries.toml\"\n"
                        << "rules_dir = \"rules\"\n"
                        << "[database]\nurl = \"" << url << "\"\n"
                        << "[budget]\nx_usd_per_day = 100000.0\n"
                        << "x_usd_per_month = 100000.0\n"
                        << "youtube_searches_per_day = 100000\n"
                        << "youtube_units_per_day = 1000000\n"
                        << "[collect]\nlease = \"3s\"\n"
                        << "[web]\nport = 0\n"
                        << "[source.x]\nbase_url = \"http://127.0.0.1:" << port_
                        << "\"\noptions.archive = true\n"
                        << "options.archive_spacing_ms = 0\n"
                        << "[source.youtube]\nbase_url = \"http://127.0.0.1:"
                        << port_ << "\"\n"
                        << more;
    return file;
  }

  /// Fair weather, until nothing is open.
  static void run_to_end(const std::string& file) {
    for (int tries = 0; tries < 5; ++tries) {
      const auto outcome =
          test::run("grumble", {"--config", file, "collect", "--once"});
      if (outcome.status == 0) return;
      ASSERT_LT(tries, 4) << outcome.err;
      std::this_thread::sleep_for(500ms);
    }
  }

  static void judge(TestDatabase& database) {
    EXPECT_EQ(difference(expected_, tables_of(database)), "");
    EXPECT_EQ(
        database.number("select count(*) from raw_page where state = 'landed'"),
        0);
    EXPECT_EQ(database.number("select count(*) from gap where state = 'open'"),
              0);
  }

  /// Runs until it dies at the point, then drains. Whether it died.
  static bool crash_at(const std::string& point, int k,
                       const std::string& file) {
    setenv("GRUMBLE_CRASH_AT", (point + ":" + std::to_string(k)).c_str(), 1);
    Background daemon("grumbled-crash", {"--config", file, "--rounds", "1"},
                      files_->path() / "crash.log");
    unsetenv("GRUMBLE_CRASH_AT");
    return daemon.wait() == 128 + SIGKILL;
  }

  static std::unique_ptr<test::TemporaryDirectory> files_;
  static std::unique_ptr<Background> simulator_;
  static std::string port_;
  static Tables expected_;
  static int64_t posts_;
};

std::unique_ptr<test::TemporaryDirectory> Faults::files_;
std::unique_ptr<Background> Faults::simulator_;
std::string Faults::port_;
Tables Faults::expected_;
int64_t Faults::posts_ = 0;

TEST_F(Faults, KilledAtEveryNamedPoint) {
  ASSERT_GT(posts_, 100);
  std::mt19937_64 random(7);
  const int times = full() ? 10 : 1;
  std::map<std::string, int> died;
  for (const std::string point :
       {"CP02", "CP03", "CP04", "CP07", "CP08", "CP09", "CP10", "CP11", "CP12",
        "CP14", "CP15", "CP17", "CP18", "CP19"}) {
    for (int i = 0; i < times; ++i) {
      TestDatabase database;
      const auto file = config(database.url());
      const int k = static_cast<int>(random() % (point == "CP02" ? 2 : 12)) + 1;
      if (crash_at(point, k, file)) ++died[point];
      // Sometimes it dies again while it recovers.
      if (i % 3 == 1) crash_at("CP15", 1, file);
      run_to_end(file);
      SCOPED_TRACE(point + ":" + std::to_string(k));
      judge(database);
      if (HasFailure()) return;
    }
    EXPECT_EQ(died[point], times) << point << " does not fire";
  }
}

TEST_F(Faults, KilledAtRandom) {
  std::mt19937_64 random(11);
  const int kills = full() ? 300 : 6;
  int at_work = 0;
  std::unique_ptr<TestDatabase> database;
  std::string file;
  for (int i = 0; i < kills; ++i) {
    if (i % 6 == 0) {
      database = std::make_unique<TestDatabase>();
      file = config(database->url());
    }
    Background daemon("grumbled", {"--config", file, "--rounds", "1"},
                      files_->path() / "killed.log");
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1500));
    daemon.signal(SIGKILL);
    if (daemon.wait() == 128 + SIGKILL) ++at_work;
    if (i % 6 != 5) continue;
    run_to_end(file);
    judge(*database);
    if (HasFailure()) return;
  }
  EXPECT_GT(at_work, kills / 3);
}

TEST_F(Faults, CommitsWhoseAnswerIsLost) {
  const int wanted = full() ? 200 : 10;
  int cuts = 0;
  while (cuts < wanted) {
    TestDatabase database;
    // postgresql://grumble@DIRECTORY:5432/NAME: the cutter's directory instead.
    const std::string url = database.url();
    const size_t host = url.find('@') + 1;
    const size_t end = url.find(':', host);
    ASSERT_NE(end, std::string::npos) << url;
    std::string directory = url.substr(host, end - host);
    for (size_t at; (at = directory.find("%2F")) != std::string::npos;) {
      directory.replace(at, 3, "/");
    }
    std::filesystem::path socket;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      const std::string name = entry.path().filename();
      if (name.starts_with(".s.PGSQL.") && !name.ends_with(".lock")) {
        socket = entry.path();
      }
    }
    ASSERT_FALSE(socket.empty()) << directory;
    const test::TemporaryDirectory own;
    CommitCutter cutter(socket, own.path(), 7);
    std::string own_directory = own.path();
    for (size_t at; (at = own_directory.find('/')) != std::string::npos;) {
      own_directory.replace(at, 1, "%2F");
    }
    std::string cut_url = url;
    cut_url.replace(host, end - host, own_directory);
    const auto outcome =
        test::run("grumbled", {"--config", config(cut_url), "--rounds", "1"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    ASSERT_GT(cutter.cuts(), 0);
    cuts += cutter.cuts();
    run_to_end(config(url));
    judge(database);
    if (HasFailure()) return;
  }
}

TEST_F(Faults, PausedBeyondItsLease) {
  const int pauses = full() ? 50 : 1;
  std::mt19937_64 random(13);
  for (int i = 0; i < pauses; ++i) {
    TestDatabase database;
    const auto file = config(database.url());
    Background paused("grumbled", {"--config", file, "--rounds", "1"},
                      files_->path() / "paused.log");
    std::this_thread::sleep_for(
        std::chrono::milliseconds(300 + random() % 1200));
    paused.signal(SIGSTOP);
    // The other waits for the lease to run out, and takes over.
    Background other("grumbled", {"--config", file},
                     files_->path() / "other.log");
    for (int wait = 0; wait < 600; ++wait) {
      std::this_thread::sleep_for(50ms);
      if (database.text("select count(*) from round"
                        " where completed_at is not null") == "2" &&
          database.number("select count(*) from gap where state = 'open'") ==
              0) {
        break;
      }
    }
    paused.signal(SIGCONT);
    paused.wait();
    other.signal(SIGTERM);
    EXPECT_EQ(other.wait(), 0);
    run_to_end(file);
    judge(database);
    if (HasFailure()) return;
  }
}

/// One of the daemon's server processes; 0: none, or no server to ask.
int64_t backend_of(const std::string& database) {
  try {
    store::Database connection(test_cluster().url());
    store::Transaction transaction(connection);
    return transaction
        .run(
            "select coalesce(min(pid), 0) from pg_stat_activity"
            " where datname = $1 and application_name = 'grumble'",
            store::Params(database))
        .integer(0, 0);
  } catch (const store::DatabaseError&) {
    return 0;
  }
}

bool answers() {
  try {
    store::Database connection(test_cluster().url());
    return true;
  } catch (const store::DatabaseError&) {
    return false;
  }
}

// A server process that is killed takes all the others down: PostgreSQL
// starts again and recovers from its log.
TEST_F(Faults, ServerRestartsUnderLoad) {
  const int wanted = full() ? 50 : 3;
  std::mt19937_64 random(17);
  for (int restarts = 0; restarts < wanted;) {
    const auto database = std::make_unique<TestDatabase>();
    const std::string name = database->text("select current_database()");
    const auto file = config(database->url());
    Background daemon("grumbled", {"--config", file, "--rounds", "1"},
                      files_->path() / "restarted.log");
    const int before = restarts;
    while (daemon.running()) {
      std::this_thread::sleep_for(
          std::chrono::milliseconds(200 + random() % 600));
      const int64_t backend = backend_of(name);
      if (backend == 0 || kill(static_cast<pid_t>(backend), SIGKILL) != 0) {
        continue;
      }
      ++restarts;
    }
    const int status = daemon.wait();
    // While it starts, the daemon says that it found no database.
    EXPECT_TRUE(status == 0 || status == 4) << status;
    EXPECT_GT(restarts, before);
    for (int wait = 0; wait < 100 && !answers(); ++wait) {
      std::this_thread::sleep_for(100ms);
    }
    run_to_end(file);
    judge(*database);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace grumble::tests
