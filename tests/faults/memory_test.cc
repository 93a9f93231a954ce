// What the whole program takes in memory, its rules and a hostile answer.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/app/program.h"
#include "tests/collector/hostile_pages.h"
#include "tests/collector/loopback_server.h"
#include "tests/faults/trial.h"
#include "tests/support/test_database.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GRUMBLE_SANITIZED 1
#elif defined(__has_feature)
#define GRUMBLE_SANITIZED \
  (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define GRUMBLE_SANITIZED 0
#endif

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using test::Background;

/// The most that the process has held so far, in kB; 0 when it has ended.
int64_t peak_of(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
  }
  return 0;
}

/// The peak of a collector that meets this page, from start to end.
int64_t peak_with(const std::string& page) {
  const collector::LoopbackServer site([&](const std::string& head) {
    return collector::reply(head.find("/search/") != head.npos ? 200 : 404,
                            page);
  });
  const test::TemporaryDirectory files;
  const TestDatabase database;
  std::ofstream(files.path() / "run.toml")
      << "[database]\nurl = \"" << database.url() << "\"\n"
      << "[query.all]\nx = \"sora\"\n"
      << "[budget]\nx_usd_per_day = 10000.0\nx_usd_per_month = 10000.0\n"
      << "[source.youtube]\nenabled = false\n"
      << "[source.x]\nbase_url = \"" << site.url("") << "\"\n";
  setenv("GRUMBLE_X_BEARER_TOKEN", "simulated", 1);
  Background program(
      "grumble", {"--config", files.path() / "run.toml", "collect", "--once"},
      files.path() / "log");
  int64_t peak = 0;
  // It lives on for some requests to the database after the page was read.
  while (program.running()) {
    peak = std::max(peak, peak_of(program.pid()));
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_GT(site.heads().size(), 0U);
  return peak;
}

/// Posts that say what rules look for in orders that nobody wrote, so that the
/// automata of the rules meet a new state at every word.
std::string page_of_rules() {
  std::vector<std::string> words;
  for (const auto& file : std::filesystem::directory_iterator("rules")) {
    std::ifstream text(file.path());
    for (std::string word; text >> word;) {
      std::erase_if(word, [](char c) {
        return std::string_view("()|[]\"\\~?*#=,'{}").find(c) !=
               std::string_view::npos;
      });
      if (!word.empty()) words.push_back(word);
    }
  }
  std::mt19937 dice(1);
  std::string page = R"({"data":[)";
  for (int64_t id = 1'866'123'456'789'012'345; page.size() < 3'900'000; ++id) {
    page += page.back() == '[' ? "" : ",";
    page += R"({"id":")" + std::to_string(id) + R"(","author_id":"1",)" +
            R"("created_at":"2024-12-09T00:00:00.000Z","text":"Sora )";
    for (int i = 0; i < 4000; ++i) page += words[dice() % words.size()] + ' ';
    page += "\"}";
  }
  return page + R"(],"meta":{"result_count":1}})";
}

constexpr int64_t kMost = 128 * 1024;

// Catalogue: 54
TEST(Memory, NoAnswerTakesTheProgramBeyond128MiB) {
#if GRUMBLE_SANITIZED
  GTEST_SKIP() << "a sanitizer's own memory would be counted";
#endif
  const int64_t calm = peak_with(R"({"meta":{"result_count":0}})");
  EXPECT_GT(calm, 10 * 1024);
  int64_t most = 0;
  for (const std::string& page : collector::hostile_pages()) {
    const int64_t peak = peak_with(page);
    EXPECT_LE(peak, kMost) << page.substr(0, 40);
    most = std::max(most, peak);
  }
  std::printf("calm %lld MiB, at most %lld MiB\n",
              static_cast<long long>(calm / 1024),
              static_cast<long long>(most / 1024));
}

// Catalogue: 54
TEST(Memory, NorDoTextsThatDriveTheRules) {
#if GRUMBLE_SANITIZED
  GTEST_SKIP() << "a sanitizer's own memory would be counted";
#endif
  if (!full_leg()) GTEST_SKIP() << "a minute and more: in script/faults";
  const int64_t peak = peak_with(page_of_rules());
  EXPECT_LE(peak, kMost);
  std::printf("at most %lld MiB\n", static_cast<long long>(peak / 1024));
}

}  // namespace
}  // namespace grumble::tests
