#include "store/server_process.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <system_error>

namespace grumble::store {
namespace {

/// What the child needs after fork, made before it: between fork and exec only
/// async-signal-safe calls are allowed in a program with threads.
struct Prepared {
  std::vector<char*> argv;
  std::array<char*, 3> environment;
  const char* directory;
  const ServerUser* user;
  int log;
};

[[noreturn]] void become(const Prepared& prepared) {
  for (const int signal :
       {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGUSR1}) {
    ::signal(signal, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setsid();
  umask(077);
  const int input = open("/dev/null", O_RDONLY);
  dup2(input, STDIN_FILENO);
  dup2(prepared.log, STDOUT_FILENO);
  dup2(prepared.log, STDERR_FILENO);
  close_range(3, ~0U, 0);
  if (prepared.user != nullptr &&
      (setgroups(0, nullptr) != 0 || setgid(prepared.user->gid) != 0 ||
       setuid(prepared.user->uid) != 0)) {
    _exit(127);
  }
  if (chdir(prepared.directory) != 0) _exit(126);
  execve(prepared.argv[0], prepared.argv.data(), prepared.environment.data());
  _exit(127);
}

int open_log(const Command& command) {
  const int log =
      open(command.log.c_str(),
           O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (log < 0) {
    throw std::system_error(errno, std::generic_category(),
                            "'" + command.log.string() + "'");
  }
  if (command.user && fchown(log, command.user->uid, command.user->gid) != 0) {
    const int error = errno;
    close(log);
    throw std::system_error(error, std::generic_category(),
                            "'" + command.log.string() + "'");
  }
  return log;
}

}  // namespace

pid_t start(const Command& command) {
  std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
  std::string locale = "LC_ALL=C";
  std::vector<std::string> words = command.argv;
  Prepared prepared{{},
                    {path.data(), locale.data(), nullptr},
                    command.directory.c_str(),
                    command.user ? &*command.user : nullptr,
                    open_log(command)};
  for (std::string& word : words) prepared.argv.push_back(word.data());
  prepared.argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) become(prepared);
  const int error = errno;
  close(prepared.log);
  if (child < 0) {
    throw std::system_error(error, std::generic_category(), "fork");
  }
  return child;
}

int run(const Command& command) {
  const pid_t child = start(command);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "waitpid");
    }
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool alive(pid_t pid) {
  if (pid <= 0) return false;
  // Takes the status of a child that has ended; no other process is touched.
  if (waitpid(pid, nullptr, WNOHANG) == pid) return false;
  if (kill(pid, 0) != 0 && errno != EPERM) return false;
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  const std::string line(std::istreambuf_iterator<char>(stat), {});
  const size_t name_end = line.rfind(')');
  return name_end == line.npos || name_end + 2 >= line.size() ||
         line[name_end + 2] != 'Z';
}

std::string last_lines(const std::filesystem::path& log, size_t from) {
  constexpr size_t kMost = 600;
  std::ifstream in(log, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(from));
  std::string text(std::istreambuf_iterator<char>(in), {});
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() > kMost) text.erase(0, text.size() - kMost);
  std::replace(text.begin(), text.end(), '\n', ';');
  return text;
}

}  // namespace grumble::store
