#include "tests/support/temporary_directory.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace grumble::tests {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Until end of file: of all who may write.
std::vector<std::string> lines_of(int pipe) {
  std::string text;
  char bytes[4096];
  ssize_t got = 0;
  while ((got = read(pipe, bytes, sizeof bytes)) != 0) {
    if (got > 0) text.append(bytes, static_cast<size_t>(got));
    if (got < 0 && errno != EINTR) break;
  }
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Processes with one of these in their arguments.
std::vector<pid_t> processes_of(const std::vector<std::string>& directories) {
  std::vector<pid_t> found;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc", gone)) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 1) continue;
    std::ifstream in(entry.path() / "cmdline", std::ios::binary);
    const std::string line(std::istreambuf_iterator<char>(in), {});
    if (std::any_of(directories.begin(), directories.end(),
                    [&](const std::string& directory) {
                      return line.find(directory) != line.npos;
                    })) {
      found.push_back(pid);
    }
  }
  return found;
}

void signal_all(const std::vector<std::string>& directories, int number) {
  for (const pid_t pid : processes_of(directories)) kill(pid, number);
}

/// SIGINT lets a server clear away what it shares with others.
void end_processes(const std::vector<std::string>& directories) {
  signal_all(directories, SIGINT);
  for (int wait = 0; wait < 50 && !processes_of(directories).empty(); ++wait) {
    std::this_thread::sleep_for(100ms);
  }
  while (!processes_of(directories).empty()) {
    signal_all(directories, SIGKILL);
    std::this_thread::sleep_for(10ms);
  }
}

/// What the process that outlives the test does, however the test ended.
[[noreturn]] void inherit(int pipe) {
  setsid();
  for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) {
    signal(number, SIG_IGN);
  }
  // Whoever reads what the test prints waits for nobody else.
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int file : {0, 1, 2}) dup2(nowhere, file);
  if (pipe != 3) dup2(pipe, 3);
  close_range(4, ~0U, 0);
  const std::vector<std::string> directories = lines_of(3);
  end_processes(directories);
  for (const std::string& path : directories) {
    std::error_code ignored;
    umount2(path.c_str(), MNT_DETACH);  // if the test has mounted one
    fs::remove_all(path, ignored);
  }
  _exit(0);
}

/// Tells the heir of this process, which a fork has not.
void tell_heir(const std::string& path) {
  static pid_t testator = 0;
  static int heir = -1;
  if (testator != getpid()) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
      throw std::system_error(errno, std::generic_category(), "pipe");
    }
    const pid_t pid = fork();
    if (pid < 0)
      throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0) inherit(ends[0]);
    close(ends[0]);
    heir = ends[1];
    testator = getpid();
  }
  const std::string line = path + '\n';
  if (write(heir, line.data(), line.size()) !=
      static_cast<ssize_t>(line.size())) {
    throw std::system_error(errno, std::generic_category(), "heir");
  }
}

/// In memory where there is room for the servers of several programs: each
/// database is hundreds of small files, which some disks are slow to make and
/// to remove. TMPDIR decides otherwise.
fs::path place() {
  constexpr uintmax_t kRoom = uintmax_t{4} << 30;
  const fs::path memory = "/dev/shm";
  std::error_code missing;
  const fs::space_info space = fs::space(memory, missing);
  const bool fits = !missing && space.available >= kRoom &&
                    access(memory.c_str(), W_OK | X_OK) == 0;
  return fits && std::getenv("TMPDIR") == nullptr ? memory
                                                  : fs::temp_directory_path();
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (place() / "grumble-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), name);
  }
  path_ = name;
  tell_heir(name);
  fs::permissions(path_, fs::perms::others_exec | fs::perms::group_exec,
                  fs::perm_options::add);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace grumble::tests
