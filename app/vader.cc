#include "app/vader.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace grumble::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

File temporary_file() {
  File file(std::tmpfile());
  if (!file) throw NoVader("no temporary file could be made");
  return file;
}

std::string contents(std::FILE* file) {
  std::string text;
  char block[65536];
  std::rewind(file);
  for (size_t size = 0; (size = std::fread(block, 1, sizeof block, file)) > 0;)
    text.append(block, size);
  return text;
}

/// Exit status of `node script`; -1 when it did not run.
int run_node(const std::string& script, std::FILE* in, std::FILE* out) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(in), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(out), STDOUT_FILENO);
  std::string name = "node";
  std::string path = script;
  char* arguments[] = {name.data(), path.data(), nullptr};
  pid_t pid = -1;
  const int failed =
      posix_spawnp(&pid, "node", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return -1;
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace

std::vector<double> vader_scores(const std::vector<std::string>& texts) {
  const fs::path peers = fs::path(GRUMBLE_SOURCE_DIR) / "benchmarks";
  if (!fs::exists(peers / "node_modules" / "vader-sentiment")) {
    throw NoVader("not installed: npm ci --prefix benchmarks");
  }
  const File in = temporary_file();
  const File out = temporary_file();
  const std::string asked = json::serialize(json::value_from(texts));
  std::fwrite(asked.data(), 1, asked.size(), in.get());
  std::fflush(in.get());
  std::rewind(in.get());
  if (run_node(peers / "vader_scores.cjs", in.get(), out.get()) != 0) {
    throw NoVader("node is not there, or failed");
  }
  json::error_code error;
  const json::value answer = json::parse(contents(out.get()), error);
  if (error || !answer.is_array() ||
      answer.get_array().size() != texts.size()) {
    throw NoVader("node answered something else than the scores");
  }
  std::vector<double> scores;
  for (const auto& score : answer.get_array()) {
    scores.push_back(score.is_number() ? score.to_number<double>() : 0.0);
  }
  return scores;
}

}  // namespace grumble::app
