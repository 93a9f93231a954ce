// Real processes: the simulator, the collector and PostgreSQL, with the
// collector killed, paused and cut off. However it goes, the tables end as
// those of an undisturbed run, and no more is billed than was booked.
// GRUMBLE_FAULTS=full runs the whole of it (script/faults).

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>

#include "store/statement.h"
#include "tests/faults/commit_cutter.h"
#include "tests/faults/trial.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using test::Background;

/// `text` with each `from` replaced.
std::string replaced(std::string text, const std::string& from,
                     const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

// Catalogue: 2
TEST_F(Faults, KilledAtRandom) {
  std::mt19937_64 random(11);
  constexpr int kEach = 6;
  const int kills = full_leg() ? 300 : kEach;
  int at_work = 0;
  for (int done = 0; done < kills; done += kEach) {
    Trial trial;
    for (int i = 0; i < kEach; ++i) {
      Background daemon("grumbled",
                        {"--config", trial.config(), "--rounds", "1"},
                        trial.log());
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 800));
      daemon.signal(SIGKILL);
      if (daemon.wait() == 128 + SIGKILL) ++at_work;
    }
    trial.judge(kEach);
    if (HasFailure()) return;
  }
  std::printf("killed at work %d of %d times\n", at_work, kills);
  EXPECT_GT(at_work, kills / 3);
}

// Catalogue: 6
TEST_F(Faults, CommitsWhoseAnswerIsLost) {
  const int wanted = full_leg() ? 200 : 10;
  int cuts = 0;
  while (cuts < wanted) {
    Trial trial;
    // postgresql://grumble@DIRECTORY:5432/NAME: the cutter's directory instead.
    std::string url = trial.database().url();
    const size_t host = url.find('@') + 1;
    const size_t end = url.find(':', host);
    ASSERT_NE(end, std::string::npos) << url;
    const std::filesystem::path directory =
        replaced(url.substr(host, end - host), "%2F", "/");
    const test::TemporaryDirectory own;
    CommitCutter cutter(directory / ".s.PGSQL.5432", own.path(), 7);
    url.replace(host, end - host, replaced(own.path(), "/", "%2F"));
    const auto outcome =
        test::run("grumbled", {"--config", trial.config(url), "--rounds", "1"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    ASSERT_GT(cutter.cuts(), 0);
    cuts += cutter.cuts();
    trial.judge(0);
    if (HasFailure()) return;
  }
  std::printf("%d commits cut off from their answer\n", cuts);
}

// Catalogue: 62
TEST_F(Faults, PausedBeyondItsLease) {
  const int pauses = full_leg() ? 50 : 1;
  std::mt19937_64 random(13);
  for (int i = 0; i < pauses; ++i) {
    Trial trial;
    Background paused("grumbled", {"--config", trial.config(), "--rounds", "1"},
                      trial.log());
    while (trial.database().number("select count(*) from lease") == 0) {
      ASSERT_TRUE(paused.running());
      std::this_thread::sleep_for(5ms);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
    paused.signal(SIGSTOP);
    // The other waits for the lease to run out, and takes over.
    Background other("grumbled", {"--config", trial.config()}, trial.log());
    bool done = false;
    for (int wait = 0; wait < 1200 && !done; ++wait) {
      std::this_thread::sleep_for(50ms);
      done =
          trial.database().number(
              "select count(*) from round where completed_at is not null") == 2;
    }
    EXPECT_TRUE(done) << "not taken over:\n" << trial.activity();
    paused.signal(SIGCONT);
    paused.wait();
    other.signal(SIGTERM);
    EXPECT_EQ(other.wait(), 0);
    trial.judge(1);
    if (HasFailure()) return;
  }
  std::printf("paused beyond its lease %d times\n", pauses);
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
// Catalogue: 4
TEST_F(Faults, ServerRestartsUnderLoad) {
  const int wanted = full_leg() ? 50 : 3;
  std::mt19937_64 random(17);
  int restarts = 0;
  while (restarts < wanted) {
    Trial trial;
    const std::string name = trial.database().text("select current_database()");
    Background daemon("grumbled", {"--config", trial.config(), "--rounds", "1"},
                      trial.log());
    constexpr int kEach = 5;
    const int most = restarts + kEach;
    while (daemon.running()) {
      std::this_thread::sleep_for(
          std::chrono::milliseconds(300 + random() % 600));
      if (restarts == most) continue;
      const int64_t backend = backend_of(name);
      if (backend != 0 && kill(static_cast<pid_t>(backend), SIGKILL) == 0) {
        ++restarts;
      }
    }
    const int status = daemon.wait();
    // While it starts, the daemon says that it found no database.
    EXPECT_TRUE(status == 0 || status == 4) << status;
    for (int wait = 0; wait < 100 && !answers(); ++wait) {
      std::this_thread::sleep_for(100ms);
    }
    trial.judge(0);
    if (HasFailure()) return;
  }
  std::printf("the server started again %d times\n", restarts);
}

}  // namespace
}  // namespace grumble::tests
