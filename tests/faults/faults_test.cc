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
#include <vector>

#include "store/statement.h"
#include "tests/faults/trial.h"
#include "tests/support/database_proxy.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using test::Background;

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
    DatabaseProxy proxy(trial.database().url());
    proxy.spoil_commits(DatabaseProxy::Fault::answer_cut, 7);
    const auto outcome = test::run(
        "grumbled", {"--config", trial.config(proxy.url()), "--rounds", "1"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    ASSERT_GT(proxy.spoiled(), 0);
    cuts += proxy.spoiled();
    trial.judge(0);
    if (HasFailure()) return;
  }
  std::printf("%d commits cut off from their answer\n", cuts);
}

/// Silence is noticed in two to three times so long.
std::string soon_noticed(const DatabaseProxy& proxy) {
  return proxy.url() + "?connect_timeout=2";
}

/// A collector whose connections to the database fall silent in commits.
class Silenced {
 public:
  Silenced(DatabaseProxy::Fault fault, int each)
      : proxy_(trial_.database().url()) {
    proxy_.spoil_commits(fault, each);
    daemon_ = std::make_unique<Background>(
        "grumbled",
        std::vector<std::string>{
            "--config", trial_.config(soon_noticed(proxy_)), "--rounds", "1"},
        trial_.log());
  }

  /// Waits for its end; how often it met silence.
  int judge() {
    EXPECT_EQ(daemon_->wait(), 0) << trial_.activity();
    EXPECT_GT(proxy_.spoiled(), 0);
    trial_.judge(0);
    return proxy_.spoiled();
  }

 private:
  Trial trial_;
  DatabaseProxy proxy_;
  std::unique_ptr<Background> daemon_;
};

// Catalogue: 7
TEST_F(Faults, CommitsWhoseConnectionFallsSilent) {
  const int wanted = full_leg() ? 200 : 2;
  // In a silence nobody has anything to do: others use the time.
  const int at_once = full_leg() ? 8 : 2;
  int silences = 0;
  while (silences < wanted) {
    std::vector<std::unique_ptr<Silenced>> collectors;
    for (int i = 0; i < at_once; ++i) {
      // Each meets a few, never in the same places.
      collectors.push_back(std::make_unique<Silenced>(
          i % 2 == 0 ? DatabaseProxy::Fault::request_lost
                     : DatabaseProxy::Fault::answer_lost,
          full_leg() ? 30 + i : 100));
    }
    for (const auto& collector : collectors) silences += collector->judge();
    if (HasFailure()) return;
  }
  std::printf("%d connections fell silent in a commit\n", silences);
}

// Catalogue: 7
TEST_F(Faults, ServerThatFallsSilent) {
  Trial trial;
  TestDatabase& database = trial.database();
  DatabaseProxy proxy(database.url());
  Background daemon(
      "grumbled",
      {"--config", trial.config(soon_noticed(proxy)), "--rounds", "1"},
      trial.log());
  const auto posts = [&] {
    return database.number("select count(*) from post");
  };
  while (posts() == 0) {
    ASSERT_TRUE(daemon.running());
    std::this_thread::sleep_for(5ms);
  }
  proxy.set_silent(true);
  std::this_thread::sleep_for(7s);
  const int64_t before = posts();
  proxy.set_silent(false);
  const auto spoke = std::chrono::steady_clock::now();
  while (posts() == before && daemon.running()) {
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_GT(posts(), before) << trial.activity();
  // What holds the locks is known, and the next try is never far.
  EXPECT_LT(std::chrono::steady_clock::now() - spoke, 60s);
  EXPECT_EQ(daemon.wait(), 0);
  trial.judge(0);
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
