// Ctrl-C in the middle of a command: it ends soon with status 130, what it did
// is whole, and the same command goes on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "store/budget.h"
#include "store/lease.h"
#include "store/page.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "store/walks.h"
#include "tests/app/program.h"
#include "tests/support/few_rules.h"
#include "tests/support/test_database.h"

namespace grumble::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;

/// What a step has is 2 s; a machine with much to do takes longer. Who does not
/// mind the signal waits for ever.
constexpr auto kSoon = 30s;

std::string page_of(const std::string& id) {
  return R"({"data":[{"id":")" + id +
         R"(","text":"sora is too expensive","author_id":"7",)"
         R"("created_at":"2024-12-10T08:00:00.000Z"}],)"
         R"("meta":{"result_count":1}})";
}

/// Two things to do for each command.
class Signals : public testing::Test {
 protected:
  Signals() {
    tests::copy_few_rules(file("rules"));
    std::ofstream(config()) << "rules_dir = \"rules\"\n[database]\nurl = \""
                            << database_.url() << "\"\n";
    std::ofstream(file("posts"))
        << R"({"id":"1","platform":"x","text":"sora is slow",)"
        << R"("created_at":"2024-12-10T08:00:00Z"})" << '\n';
    std::ofstream(file("gone"))
        << R"({"id":"150","action":"delete","reason":"deleted"})" << '\n'
        << R"({"id":"151","action":"delete","reason":"suspended"})" << '\n';
    keep_pages();
  }

  std::string config() const { return directory_.path() / "grumble.toml"; }
  std::string file(const std::string& name) const {
    return directory_.path() / name;
  }
  std::string log() const {
    std::ifstream in(file("log"));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<std::string> with_config(
      const std::vector<std::string>& command) const {
    std::vector<std::string> all = {"--config", config()};
    all.insert(all.end(), command.begin(), command.end());
    return all;
  }

  void keep_pages() {
    store::Database& database = database_.database();
    const auto lease =
        *store::hold_lease(database, "x", store::new_uuid(), 60s);
    store::open_round(database, lease,
                      {"x", "sora", "posts", {{100, 200}}, {}, 199, {}});
    const auto gap = store::open_gaps(database, "x", "sora", 10).at(0);
    for (const std::string id : {"150", "151"}) {
      const auto receipt = store::reserve(database, {.bucket = "x.posts",
                                                     .worst = 1,
                                                     .caps = {{1000}},
                                                     .source = "x"})
                               .receipt;
      store::keep_page(database, lease,
                       {gap, receipt, 1, page_of(id), domain::Timestamp()});
    }
  }

  /// Starts it, and returns when it waits for a lock that we hold.
  std::unique_ptr<Background> start_and_block(
      const std::vector<std::string>& command) {
    auto program = std::make_unique<Background>("grumble", with_config(command),
                                                file("log"));
    while (database_.number("select count(*) from pg_locks l"
                            " join pg_stat_activity a using (pid)"
                            " where not l.granted"
                            "  and a.datname = current_database()") == 0) {
      if (!program->running()) {
        ADD_FAILURE() << command.front() << " is not held up: " << log();
        break;
      }
      std::this_thread::sleep_for(5ms);
    }
    return program;
  }

  /// Signals it in the first step, then again when it lasts.
  void try_command(const std::vector<std::string>& command,
                   const std::string& lock) {
    SCOPED_TRACE(command.front());
    store::Database other(database_.url());
    {
      store::Transaction holder(other);
      holder.run(lock);
      const auto program = start_and_block(command);
      program->signal(SIGINT);
      const auto asked = steady_clock::now();
      EXPECT_EQ(program->wait(), 130) << log();
      EXPECT_LT(steady_clock::now() - asked, kSoon);
    }
    {
      store::Transaction holder(other);
      holder.run(lock);
      const auto program = start_and_block(command);
      program->signal(SIGTERM);
      holder.commit();
      EXPECT_EQ(program->wait(), 130) << log();
    }
    {
      store::Transaction holder(other);
      holder.run(lock);
      const auto program = start_and_block(command);
      program->signal(SIGINT);
      // The second one is not caught; sent too soon it is the same signal.
      while (program->running()) {
        program->signal(SIGINT);
        std::this_thread::sleep_for(5ms);
      }
      EXPECT_TRUE(program->killed()) << log();
    }
    const auto outcome = run("grumble", with_config(command));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(run("grumble", with_config({"db", "verify"})).status, 0);
  }

  TemporaryDirectory directory_;
  tests::TestDatabase database_;
};

constexpr const char* kLanding =
    "select pg_advisory_xact_lock(hashtextextended('grumble landing', 0))";
constexpr const char* kHistory =
    "select pg_advisory_xact_lock(hashtextextended('grumble history', 0))";

TEST_F(Signals, EndAnImport) {
  try_command({"import", file("posts")}, kLanding);
  EXPECT_THAT(log(), HasSubstr("run the same command again"));
  EXPECT_EQ(database_.number("select count(*) from post"), 1);
}

TEST_F(Signals, EndAReplay) {
  try_command({"replay"}, kLanding);
  EXPECT_THAT(log(), HasSubstr("run the same command again"));
  EXPECT_EQ(database_.number("select count(*) from post"), 2);
}

TEST_F(Signals, EndAnErasure) {
  ASSERT_EQ(run("grumble", with_config({"replay"})).status, 0);
  try_command({"compliance", "apply", file("gone")}, kLanding);
  EXPECT_THAT(log(), HasSubstr("run the same command again"));
  EXPECT_EQ(database_.number("select count(*) from post where text <> ''"), 0);
}

TEST_F(Signals, EndAChangeOfRules) {
  ASSERT_EQ(run("grumble", with_config({"import", file("posts")})).status, 0);
  try_command({"rules", "apply", "--yes", "--again"}, kHistory);
  EXPECT_THAT(log(), HasSubstr("the same command goes on"));
}

TEST_F(Signals, EndAnImportThatWaitsForItsInput) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(pipe(pipe_ends.data()), 0);
  const int input = dup(STDIN_FILENO);
  dup2(pipe_ends[0], STDIN_FILENO);
  Background program("grumble", with_config({"import", "-"}), file("log"));
  dup2(input, STDIN_FILENO);
  close(input);
  ASSERT_EQ(write(pipe_ends[1], "{", 1), 1);
  for (int left = 1; left > 0;) {
    ASSERT_TRUE(program.running());
    std::this_thread::sleep_for(20ms);
    ASSERT_EQ(ioctl(pipe_ends[0], FIONREAD, &left), 0);
  }
  program.signal(SIGINT);
  const auto asked = steady_clock::now();
  EXPECT_EQ(program.wait(), 130) << log();
  EXPECT_LT(steady_clock::now() - asked, kSoon);
  EXPECT_THAT(log(), HasSubstr("run the same command again"));
  for (const int end : pipe_ends) close(end);
}

}  // namespace
}  // namespace grumble::test
