// Measures re-analysis on a server of its own, durable as it is used:
//
//   bench_reanalysis DIRECTORY POSTS
//
// How fast pages of 100 posts land without and with a re-analysis of POSTS
// posts over two years beside them, in turns, and how fast that goes on alone.
// Every text is read by the shipped rules; what is stored of it is invented, so
// that there is as much of it as in a real history. Fails when the roll-ups are
// not what the rows add up to at the end.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <future>
#include <string>
#include <vector>

#include "analyzer/analyzer.h"
#include "app/reanalysis_run.h"
#include "benchmarks/history.h"
#include "store/history.h"
#include "store/local_cluster.h"
#include "store/migrate.h"
#include "store/reanalysis.h"
#include "store/ruleset.h"
#include "store/statement.h"

namespace grumble::benchmarks {
namespace {

using std::chrono::steady_clock;
using store::Database;

constexpr int64_t kBatch = 5000;
constexpr int64_t kPage = 100;
constexpr int64_t kDense = 10'000'000;  ///< pages come as close as of so many
constexpr int kTurns = 5;
constexpr std::chrono::seconds kTurn{20};

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

class Bench {
 public:
  Bench(const std::filesystem::path& directory, int64_t posts)
      : cluster_(directory),
        database_(cluster_.url()),
        analyzer_("rules"),
        posts_(posts),
        end_(std::chrono::floor<std::chrono::days>(
            std::chrono::system_clock::now())) {
    store::migrate(database_, "schema");
    store::record_ruleset(database_, "old", "");
    store::record_ruleset(database_, "new", "");
  }

  void fill() {
    for (int64_t first = 0; first < posts_; first += kBatch) {
      land(database_, first, std::min(first + kBatch, posts_), posts_);
    }
    store::run_alone(database_, "vacuum analyze");
  }

  /// Pages without, with, without, with, ... a re-analysis beside them.
  void compare() {
    store::begin_reanalysis(database_, "new");
    std::vector<double> slowed;
    for (int turn = 0; turn < kTurns; ++turn) {
      const double alone = land_pages();
      const int64_t before = store::reanalysis(database_)->done;
      std::atomic<bool> stop = false;
      auto beside = std::async(std::launch::async, [&] { work(stop); });
      const double together = land_pages();
      stop = true;
      beside.get();
      const int64_t read = store::reanalysis(database_)->done - before;
      slowed.push_back(100 * (1 - together / alone));
      std::printf(
          "landing alone %6.0f posts/s, beside re-analysis %6.0f posts/s:"
          " %5.1f %% slower, and %6.0f posts/s read anew\n",
          alone, together, slowed.back(), double(read) / double(kTurn.count()));
    }
    std::sort(slowed.begin(), slowed.end());
    std::printf("landing is slowed by %.1f %% (median of %d turns)\n",
                slowed[slowed.size() / 2], kTurns);
  }

  /// The rest of it, when nobody lands.
  void finish() {
    const auto before = store::reanalysis(database_).value();
    const auto begin = steady_clock::now();
    const std::atomic<bool> never = false;
    double shown = 0;
    work(never, [&] {
      const auto now = store::reanalysis(database_);
      if (shown == 0 && (!now || now->clearing)) shown = seconds_since(begin);
    });
    const double all = seconds_since(begin);
    const auto rest = double(before.posts - before.done + before.due);
    std::printf(
        "re-analysis alone: %.0f posts in %.0f s, %.0f posts/s; the old rows"
        " cleared away in %.0f s\n",
        rest, shown, rest / shown, all - shown);
  }

  bool exact() {
    const auto result = store::verify_rollups(database_);
    std::printf("%ld posts, %ld roll-ups, %ld faults\n", long(result.posts),
                long(result.rollups), long(result.faults.size()));
    return result.faults.empty() &&
           store::current_ruleset(database_)->version == "new";
  }

 private:
  void land(Database& database, int64_t first, int64_t last, int64_t count) {
    store::Batch batch;
    batch.source = "bench";
    batch.ruleset = "old";
    batch.posts = invented_posts(first, last, count, end_);
    store::land(database, batch);
  }

  /// Posts a second, of pages that came just now.
  double land_pages() {
    Database database(cluster_.url());
    const auto begin = steady_clock::now();
    const int64_t first = next_;
    while (steady_clock::now() - begin < kTurn) {
      land(database, next_, next_ + kPage, kDense);
      next_ += kPage;
    }
    return double(next_ - first) / seconds_since(begin);
  }

  void work(
      const std::atomic<bool>& stop,
      const std::function<void()>& step = [] {}) {
    Database database(cluster_.url());
    app::ReanalysisRun run;
    run.stopped = [&] { return stop.load(); };
    run.step = step;
    app::run_reanalysis(
        database,
        [&](const auto&, const domain::Text& text) {
          analyzer_.analyze(text);  // for its time
          return invented_analysis(text);
        },
        run);
  }

  store::LocalCluster cluster_;
  Database database_;
  analyzer::Analyzer analyzer_;
  int64_t posts_;
  domain::Timestamp end_;
  int64_t next_ = kDense;
};

}  // namespace
}  // namespace grumble::benchmarks

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fputs("usage: bench_reanalysis DIRECTORY POSTS\n", stderr);
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  grumble::benchmarks::Bench bench(argv[1], std::stoll(argv[2]));
  bench.fill();
  bench.compare();
  bench.finish();
  return bench.exact() ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_reanalysis: %s\n", error.what());
  return 1;
}
