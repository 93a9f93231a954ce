#include "tests/faults/trial.h"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include "store/statement.h"
#include "tests/oracle/oracle.h"
#include "tests/support/few_rules.h"

namespace grumble::tests {
namespace {

using namespace std::chrono_literals;

/// What two runs must agree on, a row each; clocks of our own and numbers that
/// grow between two runs are left out.
constexpr const char* kRows = R"(
  select 'post ' || platform || ' ' || post_id, (to_jsonb(p) - array[
    'first_seen_at', 'observed_at', 'ruleset_id', 'likes', 'reposts',
    'replies', 'quotes', 'views', 'bookmarks', 'engagement'])::text from post p
  union all select 'key ' || platform || ' ' || post_id, created_at::text
    from post_key
  union all select 'mention ' || platform || ' ' || post_id || ' ' || ordinal,
    m::text from mention m
  union all select 'finding ' || platform || ' ' || post_id || ' ' || ordinal,
    f::text from finding f)";

/// Databases begin as this one with Months::made_before.
constexpr char kWithMonths[] = "with_months";

/// The page size of X.
constexpr int64_t kPage = 25;

struct Totals {
  int64_t trials = 0;
  int64_t lost = 0;
  int64_t duplicate = 0;
  int64_t spurious = 0;
  int64_t altered = 0;
  int64_t overspent = 0;
  int64_t left_open = 0;
  int64_t bought_twice = 0;  ///< posts of X
  int64_t may_be_twice = 0;  ///< pages
};

Totals& sums() {
  static Totals totals;
  return totals;
}

struct Calm {
  Tables tables;
  int64_t hits = 0;
};

/// The run that nothing disturbed, once it was made.
std::optional<Calm>& calm() {
  static std::optional<Calm> run;
  return run;
}

Tables tables_of(TestDatabase& database) {
  store::Transaction transaction(database.database());
  const store::Rows rows = transaction.run(kRows);
  Tables tables;
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool added = tables.emplace(rows.text(i, 0), rows.text(i, 1)).second;
    EXPECT_TRUE(added) << "twice: " << rows.text(i, 0);
  }
  return tables;
}

/// The first few rows that differ; empty when none does.
std::string difference(const Tables& expected, const Tables& actual) {
  std::string text;
  int count = 0;
  const auto tell = [&](const std::string& what) {
    if (++count <= 4) text += what + '\n';
  };
  for (const auto& [key, row] : expected) {
    const auto found = actual.find(key);
    if (found == actual.end()) {
      tell("lost: " + key);
    } else if (found->second != row) {
      tell("is " + found->second + "\nnot " + row);
    }
  }
  for (const auto& [key, row] : actual) {
    if (!expected.contains(key)) tell("spurious: " + key);
  }
  return text;
}

oracle::Truth truth_in(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  return oracle::read_truth(input);
}

/// The months of what is stored there.
void make_months(TestDatabase& from) {
  make_template(
      kWithMonths,
      "select ensure_months(slot, '" +
          from.text("select array_agg(distinct date_trunc('month', created_at))"
                    " from post_key") +
          "') from history");
}

void add(const oracle::Verdict& verdict) {
  Totals& totals = sums();
  ++totals.trials;
  totals.lost += verdict.lost + verdict.in_gaps;
  totals.duplicate += verdict.duplicate;
  totals.spurious += verdict.spurious;
  totals.altered += verdict.altered;
  totals.overspent += verdict.overspent;
  totals.left_open += verdict.open;
}

}  // namespace

bool full_leg() {
  const char* const leg = std::getenv("GRUMBLE_FAULTS");
  return leg != nullptr && std::string(leg) == "full";
}

Trial::Trial(Months months)
    : database_(months == Months::landing ? TestDatabase()
                                          : TestDatabase(kWithMonths)) {
  // One key for all, so that the same author has the same pseudonym.
  database_.run(
      "insert into author_naming (mode, key)"
      " values ('keyed', decode(repeat('07', 32), 'hex'))");
  const auto port_file = files_.path() / "port";
  simulator_ = std::make_unique<test::Background>(
      "grumble-sim",
      std::vector<std::string>{"--world", "simulator/world.ndjson", "--port",
                               "0", "--port-file", port_file, "--truth",
                               files_.path() / "truth", "--x-all-per-second",
                               "0", "--youtube-searches", "1000000",
                               "--youtube-units", "100000000", "--quiet"},
      files_.path() / "simulator.log");
  port_ = test::wait_for_line(port_file, 60s);
  setenv("GRUMBLE_X_BEARER_TOKEN", "simulated", 1);
  setenv("GRUMBLE_YOUTUBE_API_KEY", "simulated", 1);
  copy_few_rules(files_.path() / "rules");
  std::ofstream(files_.path() / "queries.toml")
      << "[query.sora]\nx = '(sora OR kling OR runway)'\n"
      << "youtube = 'sora|kling ai video'\n";
}

std::string Trial::config(const std::string& url) const {
  const auto file =
      files_.path() /
      ("run" + std::to_string(std::hash<std::string>()(url)) + ".toml");
  const std::string site = "base_url = \"http://127.0.0.1:" + port_ + "\"\n";
  std::ofstream(file) << "since = \"2024-12-01T00:00:00Z\"\n"
                      << "queries_file = \"queries.toml\"\n"
                      << "rules_dir = \"rules\"\n"
                      << "[database]\nurl = \"" << url << "\"\n"
                      << "[budget]\nx_usd_per_day = 100000.0\n"
                      << "x_usd_per_month = 100000.0\n"
                      << "youtube_searches_per_day = 100000\n"
                      << "youtube_units_per_day = 1000000\n"
                      << "[collect]\nlease = \"3s\"\n"
                      << "[web]\nport = 0\n"
                      << "[source.x]\n"
                      << site << "options.archive = true\n"
                      << "options.archive_spacing_ms = 0\n"
                      << "[source.youtube]\n"
                      << site;
  return file;
}

void Trial::drain() {
  for (int tries = 0; tries < 5; ++tries) {
    const auto outcome =
        test::run("grumble", {"--config", config(), "collect", "--once"});
    if (outcome.status == 0) return;
    ASSERT_LT(tries, 4) << outcome.err;
    std::this_thread::sleep_for(500ms);
  }
}

void Trial::judge(int64_t lost_pages) {
  drain();
  simulator_->signal(SIGTERM);
  ASSERT_EQ(simulator_->wait(), 0);
  const oracle::Truth truth = truth_in(files_.path() / "truth");
  const oracle::Verdict verdict =
      oracle::judge(truth, oracle::read_database(database_.url()), {});
  EXPECT_TRUE(verdict.good())
      << (verdict.examples.empty() ? "open" : verdict.examples.front());
  EXPECT_EQ(
      database_.number("select count(*) from raw_page where state = 'landed'"),
      0);
  if (!calm()) {
    calm() = {tables_of(database_), truth.hits};
    ASSERT_GT(calm()->tables.size(), 1000);
    return;
  }
  add(verdict);
  const int64_t twice = truth.hits - calm()->hits;
  sums().bought_twice += twice;
  sums().may_be_twice += lost_pages;
  EXPECT_GE(twice, 0);
  EXPECT_LE(twice, lost_pages * kPage);
  EXPECT_EQ(difference(calm()->tables, tables_of(database_)), "");
}

std::string Trial::activity() {
  std::ifstream log(this->log());
  std::ostringstream text;
  text << database_.text(
              "select string_agg(concat_ws(' ', pid, state, wait_event_type,"
              " wait_event, left(query, 80)), E'\n') from pg_stat_activity"
              " where datname = current_database()")
       << '\n'
       << log.rdbuf();
  return text.str();
}

std::string Trial::totals() {
  const Totals& sum = sums();
  std::ostringstream text;
  text << "trials " << sum.trials << ", lost " << sum.lost << ", duplicate "
       << sum.duplicate << ", spurious " << sum.spurious << ", altered "
       << sum.altered << ", over budget " << sum.overspent << ", left open "
       << sum.left_open << ", posts bought twice " << sum.bought_twice
       << " (at most " << sum.may_be_twice << " pages of " << kPage << ")";
  return text.str();
}

void Faults::SetUpTestSuite() {
  static bool first = true;
  Trial undisturbed;
  undisturbed.judge(0);
  if (first) make_months(undisturbed.database());
  first = false;
}

void Faults::TearDownTestSuite() {
  std::printf("%s\n", Trial::totals().c_str());
}

}  // namespace grumble::tests
