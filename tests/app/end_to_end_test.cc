// The whole product as users run it: simulator -> daemon -> embedded
// PostgreSQL -> command line, over real HTTP, with real processes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <thread>

#include "store/database.h"
#include "store/local_cluster.h"
#include "store/statement.h"
#include "tests/app/program.h"
#include "tests/support/migrated_cluster.h"

namespace grumble::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::HasSubstr;

constexpr const char* kWorld = "simulator/world.ndjson";

/// A moment, where much else is under way.
constexpr std::chrono::seconds kSoon{30};

/// Everything that two runs must agree on; clocks of our own are left out.
// The comments of a video that several queries find are walked for the one that
// comes to them first, and who is killed comes later.
constexpr const char* kDigests = R"(
  select 'post', count(*), md5(string_agg(md5(
    (to_jsonb(p) - array['first_seen_at', 'observed_at', 'ruleset_id']
     - case kind when 'comment' then 'queries' else '' end)::text), ''
    order by platform, post_id)) from post p
  union all select 'mention', count(*), md5(string_agg(m::text, ''
    order by platform, post_id, ordinal)) from mention m
  union all select 'author', count(*), md5(string_agg(
    (to_jsonb(a) - 'observed_at')::text, '' order by platform, author_id))
    from author a
  union all select 'finding', count(*), md5(string_agg(f::text, ''
    order by platform, post_id, ordinal)) from finding f
  union all select 'comparison', count(*), md5(string_agg(c::text, ''
    order by platform, post_id, ordinal)) from comparison c
  union all select 'value', count(*), md5(string_agg(v::text, ''
    order by platform, post_id, ordinal)) from value v
  union all select 'reject', count(*), md5(string_agg(
    (to_jsonb(r) - array['rejected_at', 'reject_id', 'page_id'])::text, '' order by source, pointer, digest))
    from reject r
  union all select 'gap', count(*), null from gap where state = 'open')";

std::vector<json::object> ndjson(const std::string& text) {
  std::vector<json::object> rows;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    rows.push_back(json::parse(line).as_object());
  }
  return rows;
}

class EndToEnd : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    files_ = std::make_unique<TemporaryDirectory>();
    const auto port_file = files_->path() / "port";
    simulator_ = std::make_unique<Background>(
        "grumble-sim",
        std::vector<std::string>{"--world", kWorld, "--port", "0",
                                 "--port-file", port_file, "--x-all-per-second",
                                 "0", "--quiet"},
        files_->path() / "simulator.log");
    port_ = wait_for_line(port_file, std::chrono::seconds(60));
    setenv("GRUMBLE_X_BEARER_TOKEN", "simulated", 1);
    setenv("GRUMBLE_YOUTUBE_API_KEY", "simulated", 1);
  }
  static void TearDownTestSuite() {
    simulator_.reset();
    files_.reset();
  }

  /// A configuration of the test's own, with its own embedded database.
  static std::string config(const std::string& name,
                            const std::string& more = "",
                            const std::string& head = "") {
    tests::make_cluster(files_->path() / name);
    return first_config(name, more, head);
  }

  /// The same before anything ran.
  static std::string first_config(const std::string& name,
                                  const std::string& more = "",
                                  const std::string& head = "") {
    const auto file = files_->path() / (name + ".toml");
    std::ofstream(file)
        << head << "data_dir = \"" << name << "\"\n"
        << "since = \"2024-12-01T00:00:00Z\"\n"
        << "[budget]\nx_usd_per_day = 1000.0\nx_usd_per_month = 1000.0\n"
        << "youtube_searches_per_day = 10000\n"
        << "[web]\nport = 0\n"
        << "[source.x]\nbase_url = \"http://127.0.0.1:" << port_ << "\"\n"
        << "options.archive = true\noptions.archive_spacing_ms = 0\n"
        << "[source.youtube]\nbase_url = \"http://127.0.0.1:" << port_ << "\"\n"
        << more;
    return file;
  }

  /// Whether its server runs, or was not stopped.
  static bool serves(const std::string& name) {
    return fs::exists(files_->path() / name / "data" / "postmaster.pid");
  }

  static std::map<std::string, std::pair<int64_t, std::string>> digests(
      const std::string& name) {
    const store::LocalCluster cluster(files_->path() / name);
    store::Database database(cluster.url());
    store::Transaction transaction(database);
    const auto rows = transaction.run(kDigests);
    std::map<std::string, std::pair<int64_t, std::string>> result;
    for (size_t row = 0; row < rows.size(); ++row) {
      result[rows.text(row, 0)] = {rows.integer(row, 1),
                                   rows.text_or_null(row, 2).value_or("")};
    }
    return result;
  }

  static std::unique_ptr<TemporaryDirectory> files_;
  static std::unique_ptr<Background> simulator_;
  static std::string port_;
};

std::unique_ptr<TemporaryDirectory> EndToEnd::files_;
std::unique_ptr<Background> EndToEnd::simulator_;
std::string EndToEnd::port_;

TEST_F(EndToEnd, TheDaemonTellsTheStoryAndEveryNumberOpens) {
  const auto file = first_config("story");
  const auto daemon = run("grumbled", {"--config", file, "--rounds", "1"});
  ASSERT_EQ(daemon.status, 0) << daemon.err;

  const auto matrix = run("grumble", {"--config", file, "matrix", "-o",
                                      "ndjson", "--until", "2025-01-05"});
  ASSERT_EQ(matrix.status, 0) << matrix.err;
  std::map<std::pair<std::string, std::string>, int64_t> cells;
  for (const auto& row : ndjson(matrix.out)) {
    if (row.at("model").is_null()) continue;
    cells[{std::string(row.at("model").as_string()),
           std::string(row.at("category").as_string())}] =
        row.at("posts").as_int64();
  }
  for (const char* category :
       {"price", "resolution", "watermark", "physics", "prompt_adherence",
        "content_restrictions", "availability", "hallucination_anatomy"}) {
    EXPECT_GE((cells[{"Sora", category}]), 3) << category;
  }
  // Each number opens to as many posts.
  for (const char* category : {"price", "watermark", "physics"}) {
    const auto posts =
        run("grumble", {"--config", file, "posts", "--model", "Sora",
                        "--category", category, "--until", "2025-01-05",
                        "--limit", "10000", "-o", "ndjson"});
    std::set<std::string> ids;
    for (const auto& row : ndjson(posts.out)) {
      ids.insert(std::string(row.at("id").as_string()));
      const std::string text(row.at("text").as_string());
      EXPECT_EQ(text.substr(static_cast<size_t>(row.at("begin").as_int64()),
                            static_cast<size_t>(row.at("end").as_int64() -
                                                row.at("begin").as_int64())),
                row.at("evidence").as_string());
    }
    EXPECT_EQ(static_cast<int64_t>(ids.size()), (cells[{"Sora", category}]))
        << category;
  }

  const auto lower =
      run("grumble", {"--config", file, "matrix", "--model", "sora"});
  EXPECT_THAT(lower.out, HasSubstr("Sora"));
  const auto spans = run("grumble", {"--config", file, "matrix", "--since",
                                     "10000d", "--until", "3d"});
  EXPECT_THAT(spans.err, HasSubstr("T00:00:00Z up to 20"));
  EXPECT_THAT(spans.err, HasSubstr(":00:00Z, 20")) << "whole hours";
  const auto nobody =
      run("grumble", {"--config", file, "matrix", "--model", "sorra"});
  EXPECT_EQ(nobody.status, 2);
  EXPECT_THAT(nobody.err, HasSubstr("nothing is stored about 'sorra'"));

  const auto before = digests("story");
  EXPECT_GE(before.at("post").first, 800);
  EXPECT_EQ(before.at("gap").first, 0);
  const auto again = run("grumble", {"--config", file, "collect", "--once"});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("0 new, 0 changed"));
  EXPECT_EQ(digests("story"), before);
  const auto replayed = run("grumble", {"--config", file, "replay"});
  EXPECT_THAT(replayed.out, HasSubstr(": 0 new, 0 changed"));
  const auto verified = run("grumble", {"--config", file, "db", "verify"});
  EXPECT_EQ(verified.status, 0) << verified.out;
  const auto spread = run("grumble", {"--config", file, "db", "distribute"});
  EXPECT_EQ(spread.status, 2) << spread.out;
  EXPECT_THAT(spread.err, HasSubstr("Citus"));
}

// Catalogue: 2, 37
TEST_F(EndToEnd, KilledAndRunAgainEqualsAnUndisturbedRun) {
  // Two databases have two keys.
  const std::string shown = "authors = \"shown\"\n";
  const auto calm = config("calm", "", shown);
  ASSERT_EQ(
      run("grumble", {"--config", calm, "collect", "--once", "-q"}).status, 0);
  const auto expected = digests("calm");

  const auto file = config("killed", "", shown);
  const auto log = files_->path() / "killed.log";
  int killed_at_work = 0;
  for (int kill = 0; kill < 6; ++kill) {
    Background daemon("grumbled", {"--config", file, "--rounds", "1"}, log);
    // Somewhere in the start-up, the first pages, or well into the walk.
    std::this_thread::sleep_for(std::chrono::milliseconds(300 + 350 * kill));
    daemon.signal(SIGKILL);
    if (daemon.wait() == 128 + SIGKILL) ++killed_at_work;
  }
  EXPECT_GE(killed_at_work, 2);
  const auto last = run("grumble", {"--config", file, "collect", "--once"});
  ASSERT_EQ(last.status, 0) << last.err;
  EXPECT_EQ(digests("killed"), expected);
}

TEST_F(EndToEnd, ABackfillIsCountedPricedAndWalkedOnce) {
  const auto file = config("past");
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  std::string changed = text.str();
  const std::string since = "since = \"2024-12-01T00:00:00Z\"";
  changed.replace(changed.find(since), since.size(), "since = \"1h\"");
  std::ofstream(file) << changed;
  const std::vector<std::string> backfill = {
      "--config", file,         "backfill", "sora",
      "--since",  "2024-12-09", "--until",  "2024-12-11"};
  const auto asked = run("grumble", backfill);
  ASSERT_EQ(asked.status, 0) << asked.err;
  EXPECT_THAT(asked.out, HasSubstr("nothing is opened"));
  const auto count = std::stoll(asked.out);
  EXPECT_GT(count, 10);
  auto agreed = backfill;
  agreed.push_back("--yes");
  EXPECT_THAT(run("grumble", agreed).out, HasSubstr("1 gap(s) opened"));
  EXPECT_THAT(run("grumble", agreed).out, HasSubstr("0 gap(s) opened"));
  const auto collected =
      run("grumble", {"--config", file, "collect", "--once"});
  ASSERT_EQ(collected.status, 0) << collected.err;
  const store::LocalCluster cluster(files_->path() / "past");
  store::Database database(cluster.url());
  store::Transaction transaction(database);
  const auto rows = transaction.run(
      "select count(*) filter (where created_at < '2024-12-11 00:00Z'"
      "  and created_at >= '2024-12-09 00:00Z'), count(*),"
      " (select count(*) from gap where state = 'open')"
      " from post where 'x sora' = any (queries) and created_at < "
      "'2025-01-01'");
  EXPECT_EQ(rows.integer(0, 0), count);
  EXPECT_EQ(rows.integer(0, 1), count);
  EXPECT_EQ(rows.integer(0, 2), 0);
}

// Catalogue: 3
TEST_F(EndToEnd, SigtermEndsTheDaemonSoonAndCleanly) {
  const auto file = config("stopped");
  const auto log = files_->path() / "stopped.log";
  Background daemon("grumbled", {"--config", file}, log);
  wait_for_line(log, std::chrono::seconds(60));
  EXPECT_TRUE(serves("stopped"));
  daemon.signal(SIGTERM);
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_EQ(daemon.wait(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, kSoon);
  EXPECT_FALSE(serves("stopped"));
}

/// Whether the process will not die of SIGTERM.
bool minds_sigterm(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("SigBlk:") && !line.starts_with("SigCgt:")) continue;
    const auto mask = std::stoull(line.substr(7), nullptr, 16);
    if ((mask >> (SIGTERM - 1) & 1) != 0) return true;
  }
  return false;
}

// Catalogue: 3
TEST_F(EndToEnd, ASignalInItsFirstSecondEndsTheDaemonCleanly) {
  const auto file = config("early");
  for (const int number : {SIGTERM, SIGINT}) {
    for (const int pause : {0, 20, 150, 700}) {
      const auto log = files_->path() / "early.log";
      Background daemon("grumbled", {"--config", file}, log);
      while (!minds_sigterm(daemon.pid())) ASSERT_TRUE(daemon.running());
      std::this_thread::sleep_for(std::chrono::milliseconds(pause));
      daemon.signal(number);
      EXPECT_EQ(daemon.wait(), 0) << number << " after " << pause << " ms";
      EXPECT_FALSE(serves("early"));
    }
  }
}

TEST_F(EndToEnd, CtrlCEndsARoundSoonAndCleanly) {
  const auto file = config("interrupted");
  ASSERT_EQ(run("grumble", {"--config", file, "status"}).status, 0);
  for (const int pause : {0, 300}) {
    Background program("grumble", {"--config", file, "collect", "--once"},
                       files_->path() / "interrupted.log");
    while (!minds_sigterm(program.pid())) ASSERT_TRUE(program.running());
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    program.signal(SIGINT);
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_EQ(program.wait(), 130);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, kSoon);
    EXPECT_FALSE(serves("interrupted"));
  }
  EXPECT_EQ(run("grumble", {"--config", file, "db", "verify"}).status, 0);
}

TEST_F(EndToEnd, OneCollectorAtATime) {
  const auto file = config("shared");
  const auto log = files_->path() / "shared.log";
  Background daemon("grumbled", {"--config", file}, log);
  wait_for_line(log, std::chrono::seconds(60));
  const auto second = run("grumble", {"--config", file, "collect", "--once"});
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.err, HasSubstr("another program collects"));
  EXPECT_EQ(run("grumble", {"--config", file, "status", "--ready"}).status, 0);
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(), 0);
}

// Catalogue: 32
TEST_F(EndToEnd, WrongTokenIsSaidAndAskedOnce) {
  const auto file = config("token", "[query.sora]\nx = \"sora\"\n");
  setenv("GRUMBLE_X_BEARER_TOKEN", "wrong-secret-token", 1);
  const auto outcome = run("grumble", {"--config", file, "collect", "--once"});
  setenv("GRUMBLE_X_BEARER_TOKEN", "simulated", 1);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("401"));
  EXPECT_EQ(outcome.err.find("wrong-secret"), std::string::npos);
}

TEST_F(EndToEnd, AnalyzeNeedsNoDatabase) {
  const auto outcome =
      run("grumble", {"analyze"},
          "{\"id\":\"1\",\"text\":\"Sora keeps the watermark even on Plus\"}\n"
          "not json\n"
          "{\"id\":\"3\"}\n"
          "{\"id\":\"4\",\"text\":\"\\ud800 lone\"}\n"
          "{\"id\":\"5\",\"text\":\"nul \\u0000 inside, Sora is blurry\"}\n");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto rows = ndjson(outcome.out);
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_FALSE(rows[0].at("findings").as_array().empty());
  EXPECT_THAT(std::string(rows[1].at("error").as_string()),
              HasSubstr("line 2: is no JSON"));
  EXPECT_EQ(rows[2].at("id").as_string(), "3");
  EXPECT_TRUE(rows[2].contains("error"));
  EXPECT_TRUE(rows[3].contains("findings"));
  EXPECT_TRUE(rows[4].contains("findings"));
}

TEST_F(EndToEnd, BadInputAnswersClearly) {
  EXPECT_EQ(
      run("grumble", {"matrix", "-o", "xml", "--config", first_config("bad")})
          .status,
      2);
  const auto misspelt = run("grumble", {"matrx"});
  EXPECT_EQ(misspelt.status, 2);
  EXPECT_THAT(misspelt.err, HasSubstr("did you mean 'matrix'?"));
  const auto unknown = first_config("unknown", "[nonsense]\na = 1\n");
  const auto outcome = run("grumble", {"--config", unknown, "status"});
  EXPECT_EQ(outcome.status, 5);
  EXPECT_THAT(outcome.err, HasSubstr("unknown key 'nonsense'"));
  const auto nowhere = files_->path() / "nowhere.toml";
  std::ofstream(nowhere)
      << "[database]\nurl = \"postgresql://127.0.0.1:1/none\"\n";
  EXPECT_EQ(run("grumble", {"--config", nowhere, "matrix"}).status, 4);
}

}  // namespace
}  // namespace grumble::test
