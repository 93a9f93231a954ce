// Measures the store on a server of its own, durable as it is used:
//
//   bench_store DIRECTORY POSTS
//
// Landing beside raw binary COPY of the same rows into the same indexed tables
// and beside one INSERT a post, of posts that come close and of posts that are
// spread over two years; then POSTS posts over two years, and how long the
// questions of the default screens take, warm. Fails when a question read a
// table of posts or findings from end to end. A DIRECTORY that holds such a
// history already is only asked.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "benchmarks/history.h"
#include "store/history.h"
#include "store/local_cluster.h"
#include "store/migrate.h"
#include "store/report_queries.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "store/status.h"

namespace grumble::benchmarks {
namespace {

namespace fs = std::filesystem;
using store::Database;
using store::Filter;
using store::Transaction;

constexpr int64_t kBatch = 5000;
constexpr int64_t kCompared = 50'000;
constexpr int64_t kDense = 10'000'000;  // they come as close as of so many
constexpr int64_t kSingles = 1000;
constexpr int kPasses = 3;
constexpr int kAsked = 20;

/// What COPY takes back: generated columns are not in it.
const std::pair<const char*, const char*> kTables[] = {
    {"post_key", "platform, post_id, created_at"},
    {"post",
     "platform, post_id, kind, author_id, title, text, created_at,"
     " approximate_time, edited_at, conversation_id, parents, queries, likes,"
     " reposts, replies, quotes, views, bookmarks, context_only, site_lang,"
     " ruleset_id, analysis_digest, first_seen_at, observed_at"},
    {"mention",
     "platform, post_id, created_at, slot, ordinal, model, lang, noise,"
     " context_only"},
    {"finding",
     "platform, post_id, created_at, slot, ordinal, model, version, category,"
     " polarity, begin_byte, end_byte, rule, confidence, scope, counterpart,"
     " lang, noise, context_only"},
    {"comparison",
     "platform, post_id, created_at, slot, ordinal, better, worse, category,"
     " lang, noise, context_only"},
    {"value",
     "platform, post_id, created_at, slot, ordinal, kind, amount, unit, per,"
     " begin_byte, end_byte, lang, noise, context_only"}};

double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - begin;
  return took.count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int64_t peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
  }
  return 0;
}

class Bench {
 public:
  Bench(const fs::path& directory, int64_t posts)
      : cluster_(directory),
        database_(cluster_.url()),
        posts_(posts),
        end_(std::chrono::floor<std::chrono::days>(
            std::chrono::system_clock::now())) {
    store::migrate(database_, "schema");
    store::record_ruleset(database_, "bench", "");
  }

  /// 50,000 posts, as close as those of so many over two years.
  void compare_landing(const char* shape, int64_t density) {
    std::vector<double> landing;
    std::vector<double> copying;
    std::vector<double> inserting;
    for (int pass = 0; pass < kPasses; ++pass) {
      truncate();
      landing.push_back(seconds([&] { land_all(kCompared, density); }));
      unload();
      truncate();
      copying.push_back(seconds([&] { load(); }));
      truncate();
      inserting.push_back(seconds([&] { insert_singly(density); }));
    }
    truncate();
    const double ours = double(kCompared) / median(landing);
    const double raw = double(kCompared) / median(copying);
    const double singly = double(kSingles) / median(inserting);
    std::printf("%s\nlanding with roll-ups       %9.0f posts/s\n", shape, ours);
    std::printf(
        "raw binary COPY             %9.0f posts/s  landing is %.2f of"
        " it\n",
        raw, ours / raw);
    std::printf(
        "one INSERT a post, committed %8.0f posts/s  landing is %.1f"
        " times it\n",
        singly, ours / singly);
  }

  void fill() {
    const double took = seconds([&] { land_all(posts_, posts_); });
    std::printf(
        "landed %ld posts over two years in %.0f s, %.0f posts/s, peak"
        " memory here %ld MiB\n",
        long(posts_), took, double(posts_) / took, long(peak_kib() / 1024));
    store::run_alone(database_, "vacuum analyze");
  }

  void measure_disk() {
    Transaction transaction(database_);
    const auto bytes = transaction.run(
        "select pg_database_size(current_database()),"
        " (select sum(pg_total_relation_size(c.oid))::bigint from pg_class c"
        "  where relname in ('rollup', 'cell', 'rollup_dirty')),"
        " (select count(*) from rollup)");
    const double each = double(bytes.integer(0, 0)) / double(posts_);
    std::printf(
        "disk %.0f bytes a post, %.0f of them roll-ups (%ld cells); 100"
        " million posts: %.0f GB\n",
        each, double(bytes.integer(0, 1)) / double(posts_),
        long(bytes.integer(0, 2)), each * 0.1);
  }

  void ask() {
    Filter ever;
    Filter month;
    month.since = end_ - std::chrono::hours(24 * 30) +
                  std::chrono::milliseconds(12345678);
    month.until = end_ + std::chrono::milliseconds(12345678);
    Filter one = month;
    one.models = {"Sora"};
    one.categories = {"price"};
    Filter any = one;
    any.polarities = {};
    any.categories = {};
    const auto question = [&](const char* name,
                              const std::function<void()>& answer) {
      for (int i = 0; i < 3; ++i) answer();
      const int64_t scans = whole_scans();
      const double worked = server_seconds();
      std::vector<double> times;
      for (int i = 0; i < kAsked; ++i) times.push_back(1000 * seconds(answer));
      const double each = 1000 * (server_seconds() - worked) / kAsked;
      const int64_t scanned = whole_scans() - scans;
      std::sort(times.begin(), times.end());
      std::printf("%-34s p50 %7.1f ms  p95 %7.1f ms  server %7.1f ms%s\n", name,
                  times[kAsked / 2], times[kAsked * 95 / 100], each,
                  scanned > 0 ? "  READ WHOLE TABLES" : "");
      frugal_ = frugal_ && scanned == 0;
    };
    const auto sql = [&](const std::string& text) {
      return [this, text] { Transaction(database_).run(text); };
    };
    const std::string days = "('" + domain::to_string(*month.since) + "', '" +
                             domain::to_string(*month.until) + "')";
    question("matrix, all time", [&] { store::matrix(database_, ever); });
    question("matrix, 30 days", [&] { store::matrix(database_, month); });
    question("trend by model, 30 days", [&] {
      trend(database_, month, store::Bucket::day, store::By::model);
    });
    question("trend by model, weeks, all time", [&] {
      trend(database_, ever, store::Bucket::week, store::By::model);
    });
    question("trend by category, one model", [&] {
      auto filter = month;
      filter.models = {"Kling"};
      trend(database_, filter, store::Bucket::day, store::By::category);
    });
    question("top categories, 30 days",
             [&] { top(database_, month, store::Dimension::category); });
    question("evidence, one cell, newest 50",
             [&] { store::posts(database_, one); });
    question("posts about a model, newest 50",
             [&] { store::posts(database_, any); });
    Filter linked;
    linked.models = one.models;
    linked.categories = one.categories;
    question("evidence, one cell, all time",
             [&] { store::posts(database_, linked); });
    question("changes, 30 days", sql("select * from report.changes" + days));
    question("share of voice, 30 days",
             sql("select * from report.share_of_voice" + days));
    question("comparisons, 30 days",
             sql("select * from report.comparisons" + days));
    question("stated values, 30 days",
             sql("select * from report.stated_values" + days));
    question("coverage", sql("select * from report.coverage"));
  }

  bool frugal() const { return frugal_; }
  bool empty() {
    return Transaction(database_)
        .run("select not exists (select from post_key)")
        .flag(0, 0);
  }

 private:
  /// Tables of posts and findings that were read from end to end so far; those
  /// that hold next to nothing do not count.
  int64_t whole_scans() {
    Transaction(database_).run("select pg_stat_force_next_flush()");
    return Transaction(database_)
        .run(
            "select coalesce(sum(s.seq_scan), 0)::bigint"
            " from pg_stat_user_tables s join pg_class c on c.oid = s.relid"
            " where s.schemaname = 'public' and c.reltuples > 1000 and"
            "  s.relname ~ '^(post|mention|finding)_'")
        .integer(0, 0);
  }

  /// Processor time of our connection's server process.
  double server_seconds() {
    if (server_ == 0) {
      server_ =
          Transaction(database_).run("select pg_backend_pid()").integer(0, 0);
    }
    std::ifstream file("/proc/" + std::to_string(server_) + "/stat");
    std::string word;
    for (int i = 0; i < 13; ++i) file >> word;
    double user = 0;
    double system = 0;
    file >> user >> system;
    return (user + system) / double(sysconf(_SC_CLK_TCK));
  }

  void land_all(int64_t last, int64_t count) {
    for (int64_t first = 0; first < last; first += kBatch) {
      store::Batch batch;
      batch.source = "bench";
      batch.ruleset = "bench";
      batch.posts =
          invented_posts(first, std::min(first + kBatch, count), count, end_);
      store::land(database_, batch);
    }
  }

  void truncate() {
    Transaction transaction(database_);
    transaction.run(
        "truncate post_key, post, mention, finding, comparison, value, cell,"
        " rollup, rollup_dirty");
    transaction.commit();
  }

  std::string file_of(const std::string& table) const {
    return (cluster_.data_directory() / ("bench_" + table)).string();
  }

  void unload() {
    Transaction transaction(database_);
    for (const auto& [table, columns] : kTables) {
      transaction.run(std::string("copy (select ") + columns + " from " +
                      table + " order by created_at) to '" + file_of(table) +
                      "' (format binary)");
    }
  }

  void load() {
    for (const auto& [table, columns] : kTables) {
      Transaction transaction(database_);
      transaction.run(std::string("copy ") + table + " (" + columns +
                      ") from '" + file_of(table) + "' (format binary)");
      transaction.commit();
    }
  }

  /// The rows of a post, each by an INSERT of its own, and a commit.
  void insert_singly(int64_t density) {
    for (int64_t i = 0; i < kSingles; ++i) {
      const auto [post, analysis] = invented_post(i, density, end_);
      const auto& [platform, id] = post.key;
      Transaction transaction(database_);
      transaction.run(
          "insert into post_key (platform, post_id, created_at)"
          " values ($1, $2, $3)",
          store::Params(platform, id, post.created_at));
      transaction.run(
          "insert into post (platform, post_id, kind, author_id, title, text,"
          " created_at, approximate_time, conversation_id, parents, queries,"
          " likes, views, context_only, site_lang, ruleset_id,"
          " analysis_digest, observed_at) values ($1, $2, 'post', $3, '', $4,"
          " $5, false, '', '{}', '{}', $6, $7, false, $8, 1, 1, $5)",
          store::Params(platform, id, post.author_id, post.text,
                        post.created_at, post.metrics.likes, post.metrics.views,
                        post.lang));
      int ordinal = 0;
      for (const auto& model : analysis.models) {
        transaction.run(
            "insert into mention (platform, post_id, created_at, slot,"
            " ordinal, model, lang, noise, context_only)"
            " values ($1, $2, $3, 0, $4, $5, $6, 'none', false)",
            store::Params(platform, id, post.created_at, ordinal++, model,
                          analysis.lang));
      }
      for (const auto& finding : analysis.findings) {
        transaction.run(
            "insert into finding (platform, post_id, created_at, slot,"
            " ordinal, model, category, polarity, begin_byte, end_byte, rule,"
            " confidence, scope, lang, noise, context_only)"
            " values ($1, $2, $3, 0, $4, $5, $6, 'complaint', $7, $8, $9,"
            " 0.8, 'clause', $10, 'none', false)",
            store::Params(platform, id, post.created_at, ordinal++,
                          finding.model.value_or(""), finding.category,
                          finding.begin, finding.end, finding.rule,
                          analysis.lang));
      }
      transaction.commit();
    }
  }

  store::LocalCluster cluster_;
  Database database_;
  int64_t posts_;
  domain::Timestamp end_;
  int64_t server_ = 0;
  bool frugal_ = true;
};

}  // namespace
}  // namespace grumble::benchmarks

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fputs("usage: bench_store DIRECTORY POSTS\n", stderr);
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  grumble::benchmarks::Bench bench(argv[1], std::stoll(argv[2]));
  using grumble::benchmarks::kCompared;
  using grumble::benchmarks::kDense;
  if (bench.empty()) {
    bench.compare_landing("50,000 posts of four days", kDense);
    bench.compare_landing("50,000 posts of two years", kCompared);
    bench.fill();
  }
  bench.measure_disk();
  bench.ask();
  return bench.frugal() ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_store: %s\n", error.what());
  return 1;
}
