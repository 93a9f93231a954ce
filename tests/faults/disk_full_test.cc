// The database's disk is full: nothing more is bought, what was bought is kept,
// and all goes on when there is space again.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "store/statement.h"
#include "tests/faults/trial.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using test::Background;

/// A file system of a few megabytes, and a tablespace `small` of the test's
/// server on it.
class SmallDisk {
 public:
  SmallDisk() {
    mounted_ =
        mount("none", files_.path().c_str(), "tmpfs", 0, "size=16m") == 0;
    if (!mounted_) return;
    struct stat server {};
    stat(test_cluster().data_directory().c_str(), &server);
    const auto space = files_.path() / "space";
    std::filesystem::create_directory(space);
    if (chmod(files_.path().c_str(), 0755) != 0 ||
        chown(space.c_str(), server.st_uid, server.st_gid) != 0) {
      throw std::runtime_error("cannot give away " + space.string());
    }
    run("create tablespace small location '" + space.string() + "'");
  }

  ~SmallDisk() {
    if (!mounted_) return;
    EXPECT_NO_THROW(run("drop tablespace small"));
    umount2(files_.path().c_str(), MNT_DETACH);
  }

  bool mounted() const { return mounted_; }

  /// To the last byte.
  void fill() {
    const int file = open(filler().c_str(), O_WRONLY | O_CREAT, 0600);
    const std::array<char, 4096> zeros{};
    while (write(file, zeros.data(), zeros.size()) > 0) {
    }
    EXPECT_EQ(errno, ENOSPC) << std::strerror(errno);
    close(file);
  }

  void clear() { std::filesystem::remove(filler()); }

 private:
  static void run(const std::string& sql) {
    store::Database database(test_cluster().url());
    store::run_alone(database, sql);
  }

  std::filesystem::path filler() const { return files_.path() / "filler"; }

  test::TemporaryDirectory files_;
  bool mounted_ = false;
};

bool holds(const std::filesystem::path& file, const std::string& text) {
  std::ifstream in(file, std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(in), {});
  return content.find(text) != std::string::npos;
}

/// Waits for it, a minute at most.
template <typename Condition>
bool comes_true(const Condition& condition) {
  for (int wait = 0; wait < 1200; ++wait) {
    if (condition()) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

/// The first table that finds no space: of the pages as they came, or of what
/// they become.
class DiskFull : public Faults,
                 public testing::WithParamInterface<const char*> {};

// Catalogue: 8
TEST_P(DiskFull, StopsBuyingAndGoesOn) {
  SmallDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "may not mount a file system";
  const std::string table = GetParam();
  Trial trial;
  TestDatabase& database = trial.database();
  database.run("alter table " + table + " set tablespace small");
  disk.fill();
  Background daemon("grumbled", {"--config", trial.config()}, trial.log());
  ASSERT_TRUE(comes_true([&] { return holds(trial.log(), "No space left"); }))
      << trial.activity();
  const int64_t booked = database.number("select count(*) from ledger");
  EXPECT_GT(booked, 0);
  EXPECT_LE(
      database.number("select count(*) from ledger where state = 'reserved'"),
      2)
      << "a page of each site";
  EXPECT_EQ(
      database.number("select count(*) from raw_page where state = 'landed'"),
      table == "raw_page" ? 0 : 1)
      << "what was bought is kept, if there is where";
  std::this_thread::sleep_for(3s);
  EXPECT_TRUE(daemon.running());
  EXPECT_EQ(database.number("select count(*) from ledger"), booked);
  EXPECT_EQ(database.number("select count(*) from post"), 0);
  disk.clear();
  EXPECT_TRUE(comes_true(
      [&] { return database.number("select count(*) from post") > 0; }));
  EXPECT_TRUE(comes_true([&] {
    return database.number(
               "select count(*) from round where completed_at is not null") ==
           2;
  })) << trial.activity();
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(), 0);
  trial.judge(0);
}

INSTANTIATE_TEST_SUITE_P(Tables, DiskFull,
                         testing::Values("raw_page", "post_key"),
                         [](const auto& param) {
                           return std::string(param.param);
                         });

}  // namespace
}  // namespace grumble::tests
