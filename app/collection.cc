#include "app/collection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "collector/http_client.h"
#include "collector/planner.h"
#include "collector/refresh.h"
#include "collector/registry.h"
#include "collector/run_on.h"
#include "collector/stream.h"

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

/// Far above the largest page of both sites; read, such an answer takes a few
/// times its size.
constexpr size_t kLargestAnswer = 4 << 20;

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
  turn.forbidden.merge(sum.forbidden);
  if (sum.ended > turn.ended) {
    turn.ended = sum.ended;
    turn.reason = std::move(sum.reason);
    turn.not_before = sum.not_before;
  }
  sum = std::move(turn);
}

/// One source and all that its rounds need.
struct Site {
  std::string name;
  const SourceSettings& settings;
  const collector::Source& source;
  collector::HttpClient& client;
  collector::Pacer& pacer;
  collector::Journal& journal;
  asio::any_io_executor journal_executor;
  const CollectionEvents& events;
  collector::CollectOptions options;
};

/// See collector::Claim.
asio::awaitable<double> had(Site& site, std::string query) {
  std::function<double()> ask = [&journal = site.journal, source = site.name,
                                 query] { return journal.had(source, query); };
  co_return co_await collector::run_on(site.journal_executor, std::move(ask));
}

/// What a pass over a source's queries came to.
struct Pass {
  bool taken = false;
  bool stopped = false;
  std::set<std::string> forbidden;  ///< buckets that nothing is left of
  domain::Timestamp sooner;  ///< when something in the way is over, if known

  void note(domain::Timestamp not_before, domain::Timestamp now) {
    if (not_before <= now) return;
    if (sooner == domain::Timestamp() || not_before < sooner) {
      sooner = not_before;
    }
  }
};

/// A turn of each query, more to those that the planner gives them to, and at
/// last what is due again, unless the walks could not even have what they want
/// of its bucket.
asio::awaitable<Pass> pass_over(Site& site) {
  Pass pass;
  std::vector<collector::Claim> claims;
  for (const auto& [query, text] : site.settings.source.queries) {
    const double so_far = co_await had(site, query);
    claims.push_back({query, weight_of(site.settings, query), so_far});
  }
  collector::Planner planner(std::move(claims), !site.settings.refresh.empty());
  const std::string refresh_bucket = collector::refresh_bucket(site.source);
  std::map<std::string, collector::RoundReport> reports;
  while (const auto turn = planner.next()) {
    const bool refresh = turn->query == collector::kRefresh;
    if (refresh && pass.forbidden.contains(refresh_bucket)) break;
    site.options.scope = turn->scope;
    site.options.pages = turn->pages;
    collector::RoundReport part = co_await collector::collect_round(
        site.client, site.pacer, site.source, site.name, turn->query,
        site.journal, site.journal_executor, site.options);
    collector::RoundReport& report = reports[turn->query];
    add(report, std::move(part));
    pass.taken = report.ended == collector::Ended::taken;
    pass.stopped = report.ended == collector::Ended::stopped;
    if (pass.taken) break;
    bool last = true;
    if (!pass.stopped) {
      const double so_far = co_await had(site, turn->query);
      last = planner.done(*turn, so_far, report.more);
    }
    if (!last) continue;
    site.events.round(site.name, refresh ? "refresh" : turn->query, report);
    if (pass.stopped) break;
    pass.forbidden.merge(std::set(report.forbidden));
    pass.note(report.not_before, site.options.now());
  }
  co_return pass;
}

}  // namespace

asio::awaitable<void> collect_source(std::string name,
                                     const SourceSettings& settings,
                                     collector::Journal& journal,
                                     asio::any_io_executor journal_executor,
                                     std::chrono::seconds lease, int rounds,
                                     const CollectionEvents& events) {
  const auto source = collector::make_source(settings.source);
  // Named first: gcc 12 destroys a default argument twice beside co_await.
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  collector::HttpLimits limits;
  limits.body = kLargestAnswer;
  collector::HttpClient client(executor, limits);
  collector::Pacer pacer(source->spacing());
  Site site{name,
            settings,
            *source,
            client,
            pacer,
            journal,
            journal_executor,
            events,
            options_for(name, events)};
  const auto began = std::chrono::steady_clock::now();
  for (int done = 0; rounds == 0 || done < rounds; ++done) {
    const Pass pass = co_await pass_over(site);
    if (pass.stopped) co_return;
    if (pass.taken && rounds != 0) {
      if (std::chrono::steady_clock::now() - began > kTakeOver) {
        throw std::runtime_error("another program collects from '" + name +
                                 "' already; stop it first, or give this one "
                                 "a data_dir of its own");
      }
      --done;
      co_await rest(kBetweenTakes);
    } else if (pass.taken) {
      events.notice(name, "another instance collects, waiting");
      co_await rest(lease / 2);
    } else if (rounds == 0 || done + 1 < rounds) {
      co_await rest(pause_after(settings, pass.sooner, site.options.now()));
    }
  }
}

bool streams(const SourceSettings& settings) {
  const auto stream = settings.source.options.find("stream");
  return settings.source.type == "x" &&
         stream != settings.source.options.end() && stream->second == "true";
}

asio::awaitable<void> stream_source(std::string name,
                                    const SourceSettings& settings,
                                    collector::Journal& journal,
                                    asio::any_io_executor journal_executor,
                                    const CollectionEvents& events) {
  const auto source = collector::make_source(settings.source);
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  collector::HttpClient client(executor);
  collector::StreamOptions options;
  const auto settle = settings.source.options.find("settle_seconds");
  if (settle != settings.source.options.end()) {
    options.settle = std::chrono::seconds(std::stoll(settle->second));
  }
  options.now = [] {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  };
  options.notice = [&events, name](const std::string& text) {
    events.notice(name, "stream: " + text);
  };
  options.progress = [&events, name](const collector::Landed& landed) {
    events.page(name, landed);
  };
  co_await collector::follow_stream(client, settings.source, *source, name,
                                    journal, journal_executor, options);
}

std::string terms_notice(const Config& config) {
  for (const auto& [name, settings] : config.sources) {
    if (settings.source.type != "youtube" || !settings.enabled ||
        settings.source.credential.empty() || settings.findings) {
      continue;
    }
    return fmt::format(
        "YouTube lets findings and counts be derived from what its API tells "
        "only by those who accepted its amendment on derived metrics "
        "(developers.google.com/youtube/terms/derived-metrics-policy); write "
        "findings = true in [source.{}] if you have, or false to collect "
        "without",
        name);
  }
  return "";
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
