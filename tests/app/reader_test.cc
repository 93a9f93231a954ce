// Questions to a second server, while the first is out of reach.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "store/landing.h"
#include "store/ruleset.h"
#include "store/server_binaries.h"
#include "store/server_process.h"
#include "store/statement.h"
#include "tests/app/program.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using test::run;
using testing::HasSubstr;

namespace fs = std::filesystem;

/// A server that follows the one of the tests, and lets itself be asked only.
class Standby {
 public:
  explicit Standby(const fs::path& directory)
      : directory_(directory),
        binaries_(
            store::find_server_binaries({}, test_cluster().data_directory())) {
    struct stat owner {};
    stat(test_cluster().data_directory().c_str(), &owner);
    if (owner.st_uid != geteuid()) {
      user_ = store::ServerUser{owner.st_uid, owner.st_gid, "postgres"};
    }
    fs::create_directory(directory_);
    if (user_ && chown(directory_.c_str(), user_->uid, user_->gid) != 0) {
      throw std::system_error(errno, std::generic_category(), "chown");
    }
    const std::string url = test_cluster().url();
    const int copied = store::run(
        command({"pg_basebackup", "--dbname=" + url, "--pgdata=" + data(),
                 "--write-recovery-conf", "--checkpoint=fast", "--no-sync"}));
    if (copied != 0) throw std::runtime_error("pg_basebackup: " + log());
    pid_ = store::start(command(
        {"postgres", "-D", data(), "-c", "listen_addresses=", "-c", "fsync=off",
         "-c", "unix_socket_directories=" + directory_.string()}));
  }
  ~Standby() {
    kill(pid_, SIGQUIT);
    while (store::alive(pid_)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  std::string url(const std::string& role, const std::string& database) const {
    std::string host;
    for (const char c : directory_.string()) {
      host += c == '/' ? "%2F" : std::string(1, c);
    }
    return "postgresql://" + role + "@" + host + ":5432/" + database;
  }

  /// Waits until it holds all that the first server has written.
  void catch_up(TestDatabase& first) const {
    const std::string written = first.text("select pg_current_wal_lsn()");
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < end) {
      try {
        store::Database database(url("grumble", "postgres"));
        if (store::Transaction(database)
                .run("select pg_last_wal_replay_lsn() >= $1::pg_lsn",
                     store::Params(written))
                .flag(0, 0)) {
          return;
        }
      } catch (const store::DatabaseError&) {
        // It is still starting.
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    throw std::runtime_error("the standby does not follow: " + log());
  }

 private:
  std::string data() const { return (directory_ / "data").string(); }
  std::string log() const {
    return store::last_lines(directory_.string() + ".log", 0);
  }
  store::Command command(std::vector<std::string> argv) const {
    argv[0] = (binaries_ / argv[0]).string();
    return {std::move(argv), directory_, directory_.string() + ".log", user_};
  }

  fs::path directory_;
  fs::path binaries_;
  std::optional<store::ServerUser> user_;
  pid_t pid_ = 0;
};

class Reader : public testing::Test {
 protected:
  Reader() {
    store::record_ruleset(database_.database(), "rules-1", "");
    auto complaint = post("1");
    complaint.analysis.findings = {finding("Sora", "price")};
    complaint.analysis.models = {"Sora"};
    store::land(database_.database(), batch({complaint}));
    write_config(database_.url_as("grumble_reader"));
  }

  void write_config(const std::string& reader) {
    std::ofstream(files_.path() / "grumble.toml")
        << "[database]\nurl = \"postgresql://127.0.0.1:1/none\"\nreader_url = "
           "\""
        << reader << "\"\n";
  }

  test::Outcome ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"--config", (files_.path() / "grumble.toml").string()});
    return run("grumble", arguments);
  }

  TestDatabase database_;
  test::TemporaryDirectory files_;
};

TEST_F(Reader, AnswersEveryQuestionAlone) {
  for (const char* question :
       {"matrix", "posts", "coverage", "stops", "cost", "gaps"}) {
    const auto outcome = ask({question, "-o", "json"});
    EXPECT_EQ(outcome.status, 0) << question << ": " << outcome.err;
  }
  EXPECT_THAT(ask({"matrix", "-o", "ndjson"}).out, HasSubstr("\"price\""));
  EXPECT_THAT(ask({"posts", "--model", "sora"}).out, HasSubstr("too dear"));
  EXPECT_EQ(ask({"status"}).status, 4) << "that is of who collects";
  EXPECT_EQ(ask({"db", "verify"}).status, 4);
}

TEST_F(Reader, AsksAReplica) {
  const Standby standby(files_.path() / "standby");
  const std::string name = database_.text("select current_database()");
  standby.catch_up(database_);
  write_config(standby.url("grumble_reader", name));
  EXPECT_THAT(ask({"posts"}).out, HasSubstr("too dear"));
  store::land(database_.database(), batch({post("2"), post("3")}));
  standby.catch_up(database_);
  for (const char* question : {"matrix", "coverage", "stops", "cost", "gaps"}) {
    const auto outcome = ask({question, "-o", "json"});
    EXPECT_EQ(outcome.status, 0) << question << ": " << outcome.err;
  }
  EXPECT_THAT(ask({"coverage", "--since", "2024-12-10", "--until", "2024-12-11",
                   "-o", "csv"})
                  .out,
              HasSubstr("2024-12-10,x,3,"));
  // Even an owner changes nothing there.
  store::Database owner(standby.url("grumble", name));
  try {
    store::land(owner, batch({post("4")}));
    FAIL() << "a replica was written to";
  } catch (const store::DatabaseError& error) {
    EXPECT_EQ(error.sqlstate(), "25006");
  }
}

TEST_F(Reader, SaysWhatAReplicaLacks) {
  database_.run(
      "delete from schema_migration where number ="
      " (select max(number) from schema_migration)");
  const auto old = ask({"matrix"});
  EXPECT_EQ(old.status, 1);
  EXPECT_THAT(old.err, HasSubstr("the schema lacks '0"));
  database_.run(
      "insert into schema_migration (number, name, checksum)"
      " values (999, '999_new.sql', '')");
  EXPECT_THAT(ask({"matrix"}).err, HasSubstr("upgrade this program"));
  write_config("postgresql://127.0.0.1:1/none");
  EXPECT_EQ(ask({"matrix"}).status, 4);
}

}  // namespace
}  // namespace grumble::tests
