#include "app/collection.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "collector/http_client.h"
#include "collector/registry.h"

namespace grumble::app {
namespace {

namespace asio = boost::asio;

collector::CollectOptions options_for(const std::string& name,
                                      const CollectionEvents& events) {
  collector::CollectOptions options;
  options.now = [] {
    return std::chrono::floor<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  };
  options.notice = [&events, name](const std::string& text) {
    events.notice(name, text);
  };
  options.progress = [&events, name](const collector::Cursor&,
                                     const collector::Landed& landed) {
    events.page(name, landed);
  };
  return options;
}

asio::awaitable<void> rest(std::chrono::seconds span) {
  asio::steady_timer timer(co_await asio::this_coro::executor, span);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

asio::awaitable<void> collect_source(std::string name,
                                     const SourceSettings& settings,
                                     collector::Journal& journal,
                                     asio::any_io_executor journal_executor,
                                     int rounds,
                                     const CollectionEvents& events) {
  const auto source = collector::make_source(settings.source);
  const auto options = options_for(name, events);
  // Named first: gcc 12 destroys a default argument twice beside co_await.
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  collector::HttpClient client(executor);
  collector::Pacer pacer(source->spacing());
  for (int done = 0; rounds == 0 || done < rounds; ++done) {
    if (done > 0) co_await rest(settings.interval);
    for (const auto& [query, text] : settings.source.queries) {
      const collector::RoundReport report =
          co_await collector::collect_round(client, pacer, *source, name, query,
                                            journal, journal_executor, options);
      events.round(name, query, report);
      if (report.ended == collector::Ended::stopped) co_return;
      // A query that was refused for good leaves the others their turn; a
      // budget or a source that is shut is so for all of them.
      if (report.ended == collector::Ended::budget) break;
    }
  }
}

std::vector<std::string> usable_sources(const Config& config) {
  std::vector<std::string> names;
  for (const auto& [name, settings] : config.sources) {
    if (settings.enabled && !settings.source.credential.empty()) {
      names.push_back(name);
    }
  }
  if (names.empty()) {
    throw ConfigError(
        "no source can be asked: set GRUMBLE_X_BEARER_TOKEN or "
        "GRUMBLE_YOUTUBE_API_KEY (or their *_FILE forms), or credential_file "
        "in [source.x] or [source.youtube]");
  }
  return names;
}

}  // namespace grumble::app
