#include "tests/app/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <thread>

namespace grumble::test {
namespace {

namespace fs = std::filesystem;

int as_status(int raw) {
  return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

[[noreturn]] void execute(const std::string& program,
                          const std::vector<std::string>& arguments) {
  const char* const bin = getenv("GRUMBLE_BIN");
  const std::string path = fs::path(bin == nullptr ? "." : bin) / program;
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const auto& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  execv(path.c_str(), argv.data());
  _exit(127);
}

std::string read_all(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Outcome run(const std::string& program,
            const std::vector<std::string>& arguments,
            const std::string& input) {
  const TemporaryDirectory files;
  const auto in = files.path() / "in";
  const auto out = files.path() / "out";
  const auto err = files.path() / "err";
  std::ofstream(in, std::ios::binary) << input;
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(open(in.c_str(), O_RDONLY), 0);
    dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
    execute(program, arguments);
  }
  int raw = 0;
  waitpid(pid, &raw, 0);
  return {as_status(raw), read_all(out), read_all(err)};
}

Background::Background(const std::string& program,
                       const std::vector<std::string>& arguments,
                       const fs::path& log) {
  pid_ = fork();
  if (pid_ == 0) {
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(file, 1);
    dup2(file, 2);
    execute(program, arguments);
  }
}

Background::~Background() {
  if (ended_) return;
  kill(pid_, SIGKILL);
  wait();
}

void Background::signal(int number) const { kill(pid_, number); }

int Background::wait() {
  if (!ended_) {
    int raw = 0;
    waitpid(pid_, &raw, 0);
    note_end(raw);
  }
  return status_;
}

bool Background::running() {
  if (ended_) return false;
  int raw = 0;
  if (waitpid(pid_, &raw, WNOHANG) == pid_) note_end(raw);
  return !ended_;
}

void Background::note_end(int raw) {
  status_ = as_status(raw);
  killed_ = WIFSIGNALED(raw);
  ended_ = true;
}

std::string wait_for_line(const fs::path& file, std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < end) {
    std::ifstream in(file);
    std::string line;
    if (std::getline(in, line) && !in.eof()) return line;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("nothing in " + file.string());
}

}  // namespace grumble::test
