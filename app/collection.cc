#include "app/collection.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <stdexcept>
#include <utility>

#include "collector/http_client.h"
#include "collector/planner.h"
#include "collector/registry.h"
#include "collector/run_on.h"

namespace grumble::app {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

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
  options.progress = [&events, name](const collector::Gap&,
                                     const collector::Landed& landed) {
    events.page(name, landed);
  };
  return options;
}

/// Another instance may be about to let go, or its connection to be missed.
constexpr std::chrono::seconds kTakeOver{3};
constexpr milliseconds kBetweenTakes{200};

asio::awaitable<void> rest(milliseconds span) {
  asio::steady_timer timer(co_await asio::this_coro::executor, span);
  co_await timer.async_wait(asio::use_awaitable);
}

/// Until the next pass: the interval, or less when something that stood in the
/// way is over sooner.
milliseconds pause_after(const SourceSettings& settings,
                         domain::Timestamp not_before, domain::Timestamp now) {
  const milliseconds interval = settings.interval;
  if (not_before <= now) return interval;
  return std::min<milliseconds>(interval, not_before - now + milliseconds(500));
}

double weight_of(const SourceSettings& settings, const std::string& query) {
  const auto weight = settings.weights.find(query);
  return weight == settings.weights.end() ? 1 : weight->second;
}

/// The turns of one query, as one round.
void add(collector::RoundReport& sum, collector::RoundReport turn) {
  turn.requests += sum.requests;
  turn.pages += sum.pages;
  turn.landed.inserted += sum.landed.inserted;
  turn.landed.updated += sum.landed.updated;
  turn.landed.unchanged += sum.landed.unchanged;
  turn.landed.rejected += sum.landed.rejected;
  if (sum.ended > turn.ended) {
    turn.ended = sum.ended;
    turn.reason = std::move(sum.reason);
    turn.not_before = sum.not_before;
  }
  sum = std::move(turn);
}

}  // namespace

asio::awaitable<void> collect_source(std::string name,
                                     const SourceSettings& settings,
                                     collector::Journal& journal,
                                     asio::any_io_executor journal_executor,
                                     std::chrono::seconds lease, int rounds,
                                     const CollectionEvents& events) {
  const auto source = collector::make_source(settings.source);
  auto options = options_for(name, events);
  // Named first: gcc 12 destroys a default argument twice beside co_await.
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  collector::HttpClient client(executor);
  collector::Pacer pacer(source->spacing());
  const auto began = std::chrono::steady_clock::now();
  const auto had = [&](const std::string& query) {
    return collector::run_on<double>(journal_executor, [&journal, name, query] {
      return journal.had(name, query);
    });
  };
  for (int done = 0; rounds == 0 || done < rounds; ++done) {
    bool taken = false;
    domain::Timestamp sooner;
    std::vector<collector::Claim> claims;
    for (const auto& [query, text] : settings.source.queries) {
      const double so_far = co_await had(query);
      claims.push_back({query, weight_of(settings, query), so_far});
    }
    collector::Planner planner(std::move(claims));
    std::map<std::string, collector::RoundReport> reports;
    while (const auto turn = planner.next()) {
      options.scope = turn->scope;
      options.pages = turn->pages;
      const std::string& query = turn->query;
      collector::RoundReport part =
          co_await collector::collect_round(client, pacer, *source, name, query,
                                            journal, journal_executor, options);
      collector::RoundReport& report = reports[query];
      add(report, std::move(part));
      taken = report.ended == collector::Ended::taken;
      if (taken) break;
      const double so_far = co_await had(query);
      const bool last = planner.done(*turn, so_far, report.more);
      if (!last && report.ended != collector::Ended::stopped) continue;
      events.round(name, query, report);
      if (report.ended == collector::Ended::stopped) co_return;
      if (report.not_before > options.now() &&
          (sooner == domain::Timestamp() || report.not_before < sooner)) {
        sooner = report.not_before;
      }
    }
    if (taken && rounds != 0) {
      if (std::chrono::steady_clock::now() - began > kTakeOver) {
        throw std::runtime_error("another program collects from '" + name +
                                 "' already; stop it first, or give this one "
                                 "a data_dir of its own");
      }
      --done;
      co_await rest(kBetweenTakes);
    } else if (taken) {
      events.notice(name, "another instance collects, waiting");
      co_await rest(lease / 2);
    } else if (rounds == 0 || done + 1 < rounds) {
      co_await rest(pause_after(settings, sooner, options.now()));
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
