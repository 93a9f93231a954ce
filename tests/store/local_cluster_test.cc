#include "store/local_cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "store/server_process.h"
#include "store/statement.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

namespace fs = std::filesystem;
using store::Database;
using store::LocalCluster;
using store::LocalClusterError;
using store::Transaction;
using testing::HasSubstr;

std::string ask(const LocalCluster& cluster, const std::string& sql) {
  Database database(cluster.url());
  return Transaction(database).run(sql).text(0, 0);
}

pid_t server_of(const LocalCluster& cluster) {
  pid_t pid = 0;
  std::ifstream(cluster.data_directory() / "postmaster.pid") >> pid;
  return pid;
}

fs::path socket_of(const LocalCluster& cluster) {
  std::string listed = ask(cluster, "show unix_socket_directories");
  std::erase(listed, '"');
  return listed;
}

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

std::string failure(const fs::path& directory,
                    const store::LocalClusterOptions& options = {}) {
  try {
    LocalCluster cluster(directory, options);
  } catch (const LocalClusterError& error) {
    return error.what();
  }
  return "";
}

/// Each test in a directory of its own.
class NewCluster : public testing::Test {
 protected:
  TemporaryDirectory directory_;
};

/// The same, with a copy of one stopped cluster in it: initdb takes longer than
/// all the rest. The copies do not wait for the disk.
class Cluster : public NewCluster {
 protected:
  static void SetUpTestSuite() {
    origin_ = new TemporaryDirectory;
    LocalCluster cluster(origin_->path());
    std::ofstream(cluster.data_directory() / "postgresql.conf", std::ios::app)
        << "fsync = off\n";
  }

  static void TearDownTestSuite() {
    delete origin_;
    origin_ = nullptr;
  }

  Cluster() { copy_to(directory_.path()); }

  static void copy_to(const fs::path& directory) {
    const int status = store::run(
        {{"/bin/cp", "-a", origin_->path().string() + "/.", directory.string()},
         "/",
         "/dev/null",
         std::nullopt});
    if (status != 0) throw std::runtime_error("the copy failed");
  }

  static TemporaryDirectory* origin_;
};

TemporaryDirectory* Cluster::origin_ = nullptr;

TEST_F(NewCluster, IsPrivateAndDurable) {
  const LocalCluster cluster(directory_.path());
  EXPECT_EQ(ask(cluster, "show data_directory"), cluster.data_directory());
  EXPECT_EQ(ask(cluster, "show listen_addresses"), "");
  EXPECT_EQ(ask(cluster, "show fsync"), "on");
  EXPECT_EQ(ask(cluster, "show synchronous_commit"), "on");
  EXPECT_EQ(ask(cluster, "show full_page_writes"), "on");
  EXPECT_EQ(ask(cluster, "show data_checksums"), "on");
  EXPECT_EQ(ask(cluster, "show server_encoding"), "UTF8");
  EXPECT_EQ(ask(cluster, "select current_database()"), "grumble");
  EXPECT_EQ(mode_of(directory_.path()), 0700U);
  EXPECT_EQ(mode_of(cluster.data_directory()), 0700U);
  EXPECT_EQ(mode_of(socket_of(cluster)), 0700U);
}

TEST_F(Cluster, StopsWithItsLastUserAndKeepsItsData) {
  pid_t server = 0;
  {
    LocalCluster first(directory_.path());
    server = server_of(first);
    Database database(first.url());
    Transaction transaction(database);
    transaction.run("create table kept (n int)");
    transaction.commit();
    {
      const LocalCluster second(directory_.path());
      EXPECT_EQ(server_of(second), server);
    }
    EXPECT_TRUE(store::alive(server)) << "the first still uses it";
    const LocalCluster moved = std::move(first);
    EXPECT_EQ(ask(moved, "select count(*) from kept"), "0");
  }
  EXPECT_FALSE(store::alive(server));
  const LocalCluster again(directory_.path());
  EXPECT_NE(server_of(again), server);
  EXPECT_EQ(ask(again, "select count(*) from kept"), "0");
}

/// Runs `body` in a process of its own, which is then killed.
template <typename Body>
void in_killed_process(const Body& body) {
  int done[2];
  ASSERT_EQ(pipe(done), 0);
  const pid_t child = fork();
  if (child == 0) {
    body();
    [[maybe_unused]] const auto told = write(done[1], "x", 1);
    pause();
    _exit(0);
  }
  close(done[1]);
  char byte = 0;
  ASSERT_EQ(read(done[0], &byte, 1), 1) << "the program failed";
  close(done[0]);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST_F(Cluster, AdoptsTheServerOfAKilledProgram) {
  in_killed_process([&] { new LocalCluster(directory_.path()); });
  pid_t server = 0;
  std::ifstream(directory_.path() / "data" / "postmaster.pid") >> server;
  ASSERT_TRUE(store::alive(server));
  {
    const LocalCluster cluster(directory_.path());
    EXPECT_EQ(server_of(cluster), server);
    EXPECT_EQ(ask(cluster, "select 1"), "1");
  }
  EXPECT_FALSE(store::alive(server)) << "the last user stops it";
}

TEST_F(Cluster, StartsOverTheRemainsOfAKilledServer) {
  {
    const LocalCluster cluster(directory_.path());
    const pid_t server = server_of(cluster);
    kill(server, SIGKILL);
    while (store::alive(server)) usleep(1000);
  }
  ASSERT_TRUE(fs::exists(directory_.path() / "data" / "postmaster.pid"));
  const LocalCluster cluster(directory_.path());
  EXPECT_EQ(ask(cluster, "select 1"), "1");
}

TEST_F(Cluster, StartsWhenAnotherProcessBearsTheOldNumber) {
  const fs::path data = directory_.path() / "data";
  { const LocalCluster cluster(directory_.path()); }
  // A process that PostgreSQL, running as the same user, takes for a server.
  struct stat info {};
  ASSERT_EQ(stat(data.c_str(), &info), 0);
  const pid_t other = fork();
  if (other == 0) {
    if (geteuid() == 0 && setuid(info.st_uid) != 0) _exit(1);
    pause();
    _exit(0);
  }
  {
    std::ofstream file(data / "postmaster.pid");
    file << other << "\n"
         << data.string() << "\n1700000000\n5432\n"
         << (directory_.path() / "socket").string() << "\n\n\nready\n";
  }
  {
    const LocalCluster cluster(directory_.path());
    EXPECT_NE(server_of(cluster), other);
    EXPECT_EQ(ask(cluster, "select 1"), "1");
  }
  EXPECT_TRUE(store::alive(other)) << "it is none of ours";
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
}

TEST_F(NewCluster, RepeatsAnInterruptedInitdb) {
  fs::create_directories(directory_.path() / "data.new" / "base");
  if (geteuid() == 0) {
    const passwd* const user = getpwnam("nobody");
    ASSERT_EQ(chown(directory_.path().c_str(), user->pw_uid, user->pw_gid), 0);
  }
  const LocalCluster cluster(directory_.path());
  EXPECT_EQ(ask(cluster, "select 1"), "1");
  EXPECT_FALSE(fs::exists(directory_.path() / "data.new"));
}

TEST_F(Cluster, FindsAShortPlaceForTheSocketOfALongPath) {
  TemporaryDirectory above;
  fs::path deep = above.path();
  fs::permissions(deep, fs::perms(0711));
  while (deep.native().size() < 120) {
    deep /= "a directory, with \"quotes\" and 'more' $HOME %20";
    fs::create_directory(deep);
    fs::permissions(deep, fs::perms(0711));
  }
  deep /= "cluster";
  fs::create_directory(deep);
  copy_to(deep);
  fs::path socket;
  {
    const LocalCluster cluster(deep);
    EXPECT_EQ(ask(cluster, "show data_directory"), cluster.data_directory());
    socket = socket_of(cluster);
    EXPECT_LT(socket.native().size(), 60U) << socket;
    EXPECT_EQ(mode_of(socket), 0700U);
  }
  EXPECT_FALSE(fs::exists(socket)) << "nothing is left in /tmp";
}

TEST_F(NewCluster, NamesThePackageWhenNoServerIsInstalled) {
  TemporaryDirectory empty;
  EXPECT_THAT(failure(directory_.path(), {.binaries = empty.path()}),
              HasSubstr("install Debian's package 'postgresql'"));
}

TEST_F(Cluster, SaysWhatTheServerSaid) {
  fs::path data;
  {
    const LocalCluster cluster(directory_.path());
    data = cluster.data_directory();
  }
  std::ofstream(data / "postgresql.conf", std::ios::app) << "nonsense = 1\n";
  EXPECT_THAT(failure(directory_.path()),
              HasSubstr("unrecognized configuration parameter \"nonsense\""));
}

TEST_F(NewCluster, GivesNoForeignDirectoryAway) {
  std::ofstream(directory_.path() / "thesis.txt") << "precious";
  struct stat before {};
  ASSERT_EQ(stat(directory_.path().c_str(), &before), 0);
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  EXPECT_THAT(failure(directory_.path()), HasSubstr("is neither empty nor"));
  struct stat after {};
  ASSERT_EQ(stat(directory_.path().c_str(), &after), 0);
  EXPECT_EQ(after.st_uid, before.st_uid);
}

TEST_F(NewCluster, SaysWhenItsUserCannotReachTheDirectory) {
  if (geteuid() != 0) GTEST_SKIP() << "only root runs it as another user";
  fs::permissions(directory_.path(), fs::perms(0700));
  EXPECT_THAT(failure(directory_.path() / "inner"),
              HasSubstr("cannot enter a directory above it"));
}

}  // namespace
}  // namespace grumble::tests
