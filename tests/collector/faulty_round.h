#pragma once

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <string>
#include <vector>

#include "collector/registry.h"
#include "tests/collector/faulty_site.h"
#include "tests/collector/memory_journal.h"

namespace grumble::collector {

/// Rounds of one query against a site, with the durable side in memory.
class FaultyRound {
 public:
  explicit FaultyRound(std::string type) : type_(std::move(type)) {
    options.backoff = std::chrono::milliseconds(1);
    options.now = journal.now = [this] { return FaultySite::now() + later_; };
    options.seed = 7;
    journal.round.query = "all";
    journal.round.now = FaultySite::now();
    journal.round.since = journal.round.now - std::chrono::hours(6 * 24 + 20);
    journal.caps = {{"x.posts", 1'000'000'000'000},
                    {"youtube.search", 100},
                    {"youtube.units", 10'000}};
  }

  RoundReport run(const std::string& url) {
    SourceConfig config;
    config.type = type_;
    config.base_url = url;
    config.credential = Secret("simulated");
    config.queries["all"] = "take";
    boost::asio::io_context context;
    boost::asio::thread_pool journal_thread(1);
    HttpClient client(context.get_executor());
    const auto source = make_source(config);
    RoundReport report;
    std::exception_ptr failure;
    boost::asio::co_spawn(
        context,
        collect_round(client, pacer_, *source, type_, "all", journal,
                      journal_thread.get_executor(), options),
        [&](const std::exception_ptr& error, RoundReport result) {
          failure = error;
          report = std::move(result);
        });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return report;
  }

  /// Our clock and the journal's show that time from now on.
  void wait_until(domain::Timestamp time) {
    later_ += std::max(std::chrono::milliseconds(0), time - options.now());
  }

  CollectOptions options;
  MemoryJournal journal;

 private:
  std::string type_;
  std::chrono::milliseconds later_{0};
  Pacer pacer_{std::chrono::milliseconds(0)};
};

/// Requests of a path, by its start.
inline size_t visits_of(const FaultySite& site, const std::string& path) {
  size_t count = 0;
  for (const auto& visit : site.visits()) {
    if (visit.path.starts_with(path)) ++count;
  }
  return count;
}

}  // namespace grumble::collector
