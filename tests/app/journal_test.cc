// What the collector's journal does with its leases.

#include "app/journal.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "analyzer/rule_file.h"
#include "app/pipeline.h"
#include "store/lease.h"
#include "tests/support/test_database.h"

namespace grumble::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Texts of words that rules look for, in orders that nobody wrote: the rules
/// meet a new state at every word, which takes them longest.
class SlowTexts {
 public:
  SlowTexts() {
    for (const auto& category : analyzer::read_rule_files("rules").categories) {
      for (const auto& rule : category.rules) {
        for (const auto& one : rule.matches) words_.push_back(one.text);
      }
    }
  }

  std::string next() {
    std::string text = "Sora ";
    for (int i = 0; i < 200; ++i) {
      const std::string& from = words_[dice_() % words_.size()];
      text += from.substr(dice_() % from.size(), 6) + ' ';
    }
    return text;
  }

 private:
  std::vector<std::string> words_;
  std::mt19937 dice_{1};
};

/// A page that takes an analyzer at least this long that has read nothing yet.
collector::Page page_for(std::chrono::milliseconds time) {
  const analyzer::Analyzer analyzer("rules", analyzer::Footprint::small);
  SlowTexts texts;
  collector::Page page;
  const auto begin = steady_clock::now();
  while (steady_clock::now() - begin < time) {
    domain::Post post;
    post.key = {"x", std::to_string(1'000 + page.posts.size())};
    post.kind = domain::PostKind::post;
    post.text = texts.next();
    analyzer.analyze({post.text, "", {}});
    page.posts.push_back(std::move(post));
  }
  return page;
}

TEST(Journal, KeepsItsLeaseWhileAPageIsRead) {
  const tests::TestDatabase files;
  app::Config config;
  config.rules_dir = "rules";
  config.lease = 2s;
  config.budget = {};
  config.sources["x"];
  store::Database database(files.url());
  const analyzer::Analyzer analyzer("rules", analyzer::Footprint::small);
  app::Pipeline pipeline(database, analyzer, config);
  app::DatabaseJournal journal(database, pipeline, config);
  const collector::Page page = page_for(6s);
  ASSERT_TRUE(journal.hold("x"));
  journal.open("x", "sora", {"posts", {{{100, 2'000'000}}, {}, 1'999'999}, {}});
  const auto gap = journal.open_gaps("x", "sora").at(0);
  const auto permit = journal.reserve(gap, {"x.posts", 1}, true);
  ASSERT_NE(permit.receipt, "") << permit.reason;
  const int64_t kept =
      journal.keep(gap, {},
                   std::chrono::floor<std::chrono::milliseconds>(
                       std::chrono::system_clock::now()),
                   {"x.posts", 1}, permit);

  std::atomic<bool> landed = false;
  int taken = 0;
  std::thread rival([&] {
    store::Database other(files.url());
    const std::string holder = store::new_uuid();
    while (!landed) {
      taken += store::hold_lease(other, "x", holder, 2s).has_value();
      std::this_thread::sleep_for(20ms);
    }
  });
  const auto begin = steady_clock::now();
  EXPECT_NO_THROW(
      journal.apply(kept, gap, page, {collector::Fate::closed, gap, ""}));
  const auto took = steady_clock::now() - begin;
  landed = true;
  rival.join();
  EXPECT_GT(took, config.lease) << "it must have a reason to renew";
  EXPECT_EQ(taken, 0);
}

}  // namespace
}  // namespace grumble::test
