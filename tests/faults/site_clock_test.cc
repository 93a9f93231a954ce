// The database's clock runs ahead of the site's, and the collector dies between
// keeping a page and making rows of it: what the page could not show yet is
// still asked for.

#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "domain/timestamp.h"
#include "tests/faults/trial.h"
#include "tests/support/few_rules.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;
using test::Background;

constexpr const char* kPosts = "300";

/// A site of posts of the last hours, and a collector's configuration.
class LateSite : public testing::Test {
 protected:
  LateSite() {
    setenv("GRUMBLE_X_BEARER_TOKEN", "simulated", 1);
    copy_few_rules(files_.path() / "rules");
  }

  /// The site from now on; where its clock stands, if it does.
  void serve(const std::string& name, std::vector<std::string> clock) {
    const auto port_file = files_.path() / (name + ".port");
    clock.insert(clock.end(),
                 {"--generate", kPosts, "--span", "3h", "--until",
                  domain::to_string(begin_ - 10min), "--seed", "5", "--port",
                  "0", "--port-file", port_file, "--quiet"});
    site_ = std::make_unique<Background>("grumble-sim", clock,
                                         files_.path() / (name + ".log"));
    std::ofstream(config_)
        << "rules_dir = \"rules\"\n[database]\nurl = \"" << database_.url()
        << "\"\n"
        << "[budget]\nx_usd_per_day = 1000.0\nx_usd_per_month = 1000.0\n"
        << "[web]\nport = 0\n[source.youtube]\nenabled = false\n"
        << "[source.x]\nbase_url = \"http://127.0.0.1:"
        << test::wait_for_line(port_file, 20s) << "\"\n"
        << "[query.all]\nx = \"sora OR veo OR kling OR runway OR pika OR luma"
        << " OR hailuo OR wan\"\n";
  }

  bool collector_dies_at(const std::string& point) {
    setenv("GRUMBLE_CRASH_AT", (point + ":1").c_str(), 1);
    Background collector("grumbled-crash",
                         {"--config", config_, "--rounds", "1"},
                         files_.path() / "log");
    unsetenv("GRUMBLE_CRASH_AT");
    return collector.wait() == 128 + SIGKILL;
  }
  test::Outcome collect() {
    return test::run("grumble", {"--config", config_, "collect", "--once"});
  }

  test::TemporaryDirectory files_;
  TestDatabase database_;
  std::string config_ = files_.path() / "grumble.toml";
  domain::Timestamp begin_ = std::chrono::floor<std::chrono::seconds>(
      std::chrono::system_clock::now());
  std::unique_ptr<Background> site_;
};

/// Of those between T1 and T2, and within T2.
class LateSiteAt : public LateSite,
                   public testing::WithParamInterface<const char*> {};

// Catalogue: 57
TEST_P(LateSiteAt, ACrashForgetsNothing) {
  if (!full_leg() && std::string(GetParam()) != "CP12") {
    GTEST_SKIP() << "script/faults runs it";
  }
  serve("late", {"--now", domain::to_string(begin_ - 1h)});
  ASSERT_TRUE(collector_dies_at(GetParam()));
  ASSERT_EQ(database_.text("select string_agg(state, ',') from raw_page"),
            "landed");
  const auto recovered = collect();
  EXPECT_EQ(database_.text("select string_agg(state, ',') from raw_page"),
            "applied")
      << recovered.err << "what is too soon is not asked for again";
  EXPECT_GT(database_.number("select count(*) from post"), 0);
  // As the round that did not die would have left it.
  EXPECT_EQ(database_.number(
                "select count(*) from gap g, raw_page p where g.state = 'open'"
                " and g.hi = g.asked_hi and g.not_before - p.received_at"
                "  between interval '50 min' and interval '2 h'"),
            1);
  serve("present", {});
  database_.run("update gap set not_before = null");
  const auto outcome = collect();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(database_.number("select count(*) from gap where state = 'open'"),
            0);
  EXPECT_EQ(database_.text("select count(*) from post"), kPosts);
}

INSTANTIATE_TEST_SUITE_P(Each, LateSiteAt,
                         testing::Values("CP11", "CP12", "CP14", "CP15", "CP16",
                                         "CP17"),
                         [](const auto& param) {
                           return std::string(param.param);
                         });

}  // namespace
}  // namespace grumble::tests
