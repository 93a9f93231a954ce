#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/local_cluster.h"
#include "tests/app/program.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;

/// Starts a simulator and a server, writes their processes and where they are
/// at home to `file`, and waits for its end.
[[noreturn]] void be_a_test(const std::filesystem::path& file) {
  const TemporaryDirectory files;
  const store::LocalCluster cluster(files.path() / "data");
  const test::Background simulator(
      "grumble-sim",
      {"--world", "simulator/world.ndjson", "--port", "0", "--port-file",
       files.path() / "port", "--quiet"},
      files.path() / "log");
  test::wait_for_line(files.path() / "port", 20s);
  std::string server;
  std::getline(std::ifstream(cluster.data_directory() / "postmaster.pid"),
               server);
  std::ofstream(file) << simulator.pid() << ' ' << server << ' '
                      << files.path().string() << std::endl;
  for (;;) pause();
}

bool runs(const std::string& pid) {
  std::ifstream stat("/proc/" + pid + "/stat");
  std::string word;
  stat >> word >> word >> word;
  return stat && word != "Z";
}

TEST(TemporaryDirectory, OfAKilledTestIsRemovedAndItsProcessesEnd) {
  const TemporaryDirectory files;
  const auto told = files.path() / "told";
  const pid_t test = fork();
  if (test == 0) be_a_test(told);
  std::istringstream line(test::wait_for_line(told, 60s));
  std::string simulator;
  std::string server;
  std::string directory;
  line >> simulator >> server >> directory;
  EXPECT_TRUE(runs(simulator));
  EXPECT_TRUE(runs(server));
  kill(test, SIGKILL);
  waitpid(test, nullptr, 0);
  const auto left = [&] {
    return runs(simulator) || runs(server) ||
           std::filesystem::exists(directory);
  };
  for (int wait = 0; wait < 200 && left(); ++wait) {
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_FALSE(runs(simulator));
  EXPECT_FALSE(runs(server));
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_TRUE(std::filesystem::exists(files.path())) << "ours is not its own";
}

}  // namespace
}  // namespace grumble::tests
