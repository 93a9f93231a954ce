// What each migration costs a database that is full: how long it takes, and
// how long whoever writes waits for it.
//   bench_migrations DIRECTORY [POSTS [FROM]]

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "benchmarks/earlier.h"
#include "store/history.h"
#include "store/local_cluster.h"
#include "store/migrate.h"
#include "store/statement.h"

namespace grumble::benchmarks {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// The first version whose generator fills many posts in good time.
constexpr int kFrom = 11;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Writes a post again and again, and remembers the longest it waited.
class Writer {
 public:
  explicit Writer(const std::string& url)
      : thread_([this, url] { run(url); }) {}
  ~Writer() {
    stop_ = true;
    thread_.join();
  }
  /// Since it was last asked.
  double longest() { return longest_.exchange(0); }

 private:
  void run(const std::string& url) {
    store::Database database(url);
    while (!stop_) {
      const auto start = Clock::now();
      try {
        store::Transaction transaction(database);
        // As who lands does, from 005 on.
        transaction.run(
            "select pg_advisory_xact_lock_shared("
            "hashtextextended('grumble history', 0))");
        transaction.run(
            "update post set likes = likes where platform = 'x'"
            " and post_id = '1600000000000001000'");
        transaction.run(
            "update mention set noise = noise where platform = 'x'"
            " and post_id = '1600000000000001000'");
        transaction.run("update author set name = name where author_id = 'u1'");
        transaction.commit();
      } catch (const store::DatabaseError&) {
        // What it waited for is no longer the table that it was.
      }
      longest_ = std::max(longest_.load(), seconds_since(start));
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  std::atomic<bool> stop_ = false;
  std::atomic<double> longest_ = 0;
  std::thread thread_;
};

int measure(const fs::path& directory, int64_t posts, int from) {
  const store::LocalCluster cluster(directory / "cluster");
  const fs::path schema = directory / "schema";
  fs::create_directories(schema);
  store::Database database(cluster.url());
  const auto files = store::migration_status(database, "schema").pending;
  if (from < 1 || from >= static_cast<int>(files.size())) {
    std::fprintf(stderr, "FROM is 1 to %zu\n", files.size() - 1);
    return 2;
  }
  for (int i = 0; i < from; ++i) {
    fs::copy_file(fs::path("schema") / files[i], schema / files[i]);
  }
  store::migrate(database, schema);
  fill_version(database, from, posts, 729);
  store::run_alone(database, "vacuum analyze");
  std::printf("%lld posts, from version %d\n", static_cast<long long>(posts),
              from);
  std::printf("%-24s %10s %26s\n", "migration", "seconds",
              "a writer waited at most");
  Writer writer(cluster.url());
  for (size_t i = from; i < files.size(); ++i) {
    fs::copy_file(fs::path("schema") / files[i], schema / files[i]);
    writer.longest();
    const auto start = Clock::now();
    store::migrate(database, schema);
    const double took = seconds_since(start);
    // Whoever still waits is let in now.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::printf("%-24s %10.2f %24.2f s\n", files[i].c_str(), took,
                writer.longest());
    std::fflush(stdout);
  }
  const auto check = store::verify_rollups(database);
  std::printf("%lld posts verified, %zu faults\n",
              static_cast<long long>(check.posts), check.faults.size());
  return check.faults.empty() && check.posts == posts ? 0 : 1;
}

}  // namespace
}  // namespace grumble::benchmarks

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fprintf(stderr, "usage: bench_migrations DIRECTORY [POSTS [FROM]]\n");
    return 2;
  }
  return grumble::benchmarks::measure(
      argv[1], argc > 2 ? std::atoll(argv[2]) : 20'000,
      argc > 3 ? std::atoi(argv[3]) : grumble::benchmarks::kFrom);
}
