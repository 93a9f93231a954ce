// Measures the store on servers of its own, durable as it is used:
//
//   bench_store DIRECTORY POSTS...
//
// Landing beside raw binary COPY of the same rows into the same indexed tables
// and beside one INSERT a post; then, for each number of posts, a history of so
// many over two years, what it takes on disk, and how long the questions of the
// default screens take, warm, and how that grows from the first number to the
// last. Fails when a question read a table of posts or findings from end to
// end. A history that DIRECTORY holds already is finished and asked.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/history.h"
#include "benchmarks/measure.h"
#include "benchmarks/store_landing.h"
#include "benchmarks/store_questions.h"
#include "store/history.h"
#include "store/local_cluster.h"
#include "store/migrate.h"
#include "store/ruleset.h"
#include "store/statement.h"

namespace grumble::benchmarks {
namespace {

namespace fs = std::filesystem;
using store::Transaction;

constexpr int64_t kDurable = 1'000'000;  // more are landed carelessly
constexpr int kWriters = 2;

int64_t peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) / 1024;
  }
  return 0;
}

class History {
 public:
  History(const fs::path& directory, int64_t posts)
      : cluster_(directory / std::to_string(posts)),
        database_(cluster_.url()),
        posts_(posts) {
    store::migrate(database_, "schema");
    store::record_ruleset(database_, "bench", "");
  }

  bool empty() { return stored() == 0; }

  void compare() {
    compare_landing(database_, cluster_.data_directory(), today());
  }

  /// Lands what is missing; the same posts again if it was cut short.
  void fill() {
    const int64_t before = stored();
    if (before < posts_) {
      const domain::Timestamp end = this->end(before);
      const bool careless = posts_ - before > kDurable;
      durable(!careless);
      const double took =
          seconds([&] { land_parts(careless ? kWriters : 1, end); });
      durable(true);
      std::printf(
          "landed %ld posts over two years in %.0f s, %.0f posts/s%s, peak"
          " memory here %ld MiB\n",
          long(posts_ - before), took, double(posts_ - before) / took,
          careless ? " (fsync off, two writers, 50,000 at once)" : "",
          long(peak_mib()));
    }
    bill();
    store::tend_history(database_);
    store::run_alone(database_, "vacuum analyze");
  }

  void measure_disk() {
    Transaction transaction(database_);
    const auto rows = transaction.run(
        "select coalesce(substring(c.relname from '^(post_key|post|mention|"
        "finding|comparison|value|rollup|cell)(?:_|$)'), 'all else'),"
        " sum(pg_total_relation_size(c.oid))::bigint"
        " from pg_class c where c.relkind in ('r', 'm')"
        " group by 1 order by 2 desc");
    const double all =
        double(transaction.run("select pg_database_size(current_database())")
                   .integer(0, 0));
    const double each = all / double(posts_);
    std::printf("disk %.0f bytes a post, 100 million posts: %.0f GB;", each,
                each * 0.1);
    for (size_t i = 0; i < rows.size(); ++i) {
      std::printf(" %s %.0f", rows.text(i, 0).c_str(),
                  double(rows.integer(i, 1)) / double(posts_));
    }
    std::printf(
        "; %ld roll-ups\n",
        long(transaction.run("select count(*) from rollup").integer(0, 0)));
  }

  std::vector<Asked> ask() { return ask_all(database_, end(posts_)); }

 private:
  static domain::Timestamp today() {
    return std::chrono::floor<std::chrono::days>(
        std::chrono::system_clock::now());
  }

  /// Of a history that was begun on another day, that day.
  domain::Timestamp end(int64_t stored) {
    if (stored == 0) return today();
    return Transaction(database_)
        .run("select observed_at from post limit 1")
        .time(0, 0);
  }

  int64_t stored() {
    return Transaction(database_)
        .run("select count(*) from post_key")
        .integer(0, 0);
  }

  /// As many stretches of time, landed at once, each from where it was left.
  void land_parts(int parts, domain::Timestamp end) {
    const auto made = [&](int64_t i) {
      return invented_post(i, posts_, end).post.created_at;
    };
    std::vector<std::future<void>> writers;
    for (int part = 0; part < parts; ++part) {
      const int64_t first = posts_ * part / parts;
      const int64_t last = posts_ * (part + 1) / parts;
      const int64_t done =
          Transaction(database_)
              .run(
                  "select count(*) from post_key where created_at >= $1"
                  " and created_at < $2",
                  store::Params(made(first), made(last)))
              .integer(0, 0);
      writers.push_back(std::async(std::launch::async, [=, this] {
        store::Database own(cluster_.url());
        land(own, first + done, last, posts_, end,
             parts > 1 ? 10 * kBatch : kBatch);
      }));
    }
    for (auto& writer : writers) writer.get();
  }

  /// What every query cost on the last day.
  void bill() {
    const domain::Timestamp day = end(posts_) - std::chrono::days(1);
    Transaction transaction(database_);
    transaction.run(
        "insert into budget values ('x.posts') on conflict do nothing");
    transaction.run(
        "insert into ledger (bucket, source, query, worst, actual, state,"
        " reserved_at, settled_at)"
        " select 'x.posts', 'bench', 'query ' || n, 5000, 5000, 'settled',"
        "  $1, $1 from generate_series(0, $2 - 1) n"
        " where not exists (select from ledger)",
        store::Params(day, kQueries));
    transaction.commit();
  }

  void durable(bool on) {
    const std::pair<std::string, std::string> careless[] = {
        {"fsync", "off"},
        {"full_page_writes", "off"},
        {"synchronous_commit", "off"},
        {"max_wal_size", "'8GB'"}};
    for (const auto& [name, value] : careless) {
      store::run_alone(database_,
                       "alter system " + (on ? "reset " + name
                                             : "set " + name + " = " + value));
    }
    Transaction(database_).run("select pg_reload_conf()");
  }

  store::LocalCluster cluster_;
  store::Database database_;
  int64_t posts_;
};

void print(const std::vector<Asked>& asked) {
  for (const Asked& one : asked) {
    std::printf("%-50s p50 %7.1f ms  p95 %7.1f ms  server %7.1f ms%s\n",
                one.question.c_str(), one.p50, one.p95, one.server,
                one.whole ? "  READ WHOLE TABLES" : "");
  }
}

/// A table as docs/history.md shows it.
void print_growth(const std::vector<Asked>& small,
                  const std::vector<Asked>& large, int64_t from, int64_t to) {
  std::printf(
      "\nMilliseconds; growth is of the server's processor time.\n"
      "| question | server, %ld | %ld | growth | p50, %ld | p95 |\n"
      "|---|---|---|---|---|---|\n",
      long(from), long(to), long(to));
  for (size_t i = 0; i < small.size(); ++i) {
    std::printf("| %s | %.1f | %.1f | %.1f | %.1f | %.1f |\n",
                small[i].question.c_str(), small[i].server, large[i].server,
                large[i].server / small[i].server, large[i].p50, large[i].p95);
  }
}

int run(const fs::path& directory, const std::vector<int64_t>& sizes) {
  std::vector<std::vector<Asked>> asked;
  bool frugal = true;
  for (const int64_t posts : sizes) {
    History history(directory, posts);
    if (asked.empty() && history.empty()) history.compare();
    history.fill();
    history.measure_disk();
    asked.push_back(history.ask());
    print(asked.back());
    for (const Asked& one : asked.back()) frugal = frugal && !one.whole;
  }
  if (sizes.size() > 1) {
    print_growth(asked.front(), asked.back(), sizes.front(), sizes.back());
  }
  return frugal ? 0 : 1;
}

}  // namespace
}  // namespace grumble::benchmarks

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fputs("usage: bench_store DIRECTORY POSTS...\n", stderr);
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::vector<int64_t> sizes;
  for (int i = 2; i < argc; ++i) sizes.push_back(std::stoll(argv[i]));
  return grumble::benchmarks::run(argv[1], sizes);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_store: %s\n", error.what());
  return 1;
}
