// Reads the past of a query out of the full archive of X: counted and priced
// before anything is bought. What is opened here is walked like any other gap.

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cmath>
#include <iostream>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/journal.h"
#include "app/session.h"
#include "collector/http_client.h"
#include "collector/sources/x.h"
#include "collector/sources/x_counts.h"
#include "collector/sources/x_items.h"
#include "store/budget.h"
#include "store/walks.h"

namespace grumble::app {
namespace {

namespace asio = boost::asio;
using collector::XCounts;
using domain::Timestamp;

constexpr const char* kSource = "x";
constexpr const char* kBucket = "x.posts";
constexpr double kMicrodollars = 1e6;

struct Span {
  Timestamp since;
  Timestamp until;
};

/// The configured X, if it may search the archive.
const collector::SourceConfig& archive_of(const Config& config,
                                          const std::string& query) {
  const auto found = config.sources.find(kSource);
  if (found == config.sources.end() ||
      found->second.source.credential.empty()) {
    throw UsageError(
        "source 'x' has no credential: set GRUMBLE_X_BEARER_TOKEN");
  }
  const collector::SourceConfig& source = found->second.source;
  const auto archive = source.options.find("archive");
  if (archive == source.options.end() || archive->second != "true") {
    throw UsageError(
        "a backfill reads the full archive: set options.archive = \"true\" in "
        "[source.x]");
  }
  if (!source.queries.contains(query)) {
    std::string names;
    for (const auto& [name, text] : source.queries) {
      names += (names.empty() ? "" : ", ") + name;
    }
    throw UsageError("source 'x' has no query '" + query + "', only " + names);
  }
  return source;
}

Span span_of(const Options& options) {
  const auto now = std::chrono::floor<std::chrono::seconds>(
      std::chrono::system_clock::now());
  Span span{time_from("--since", options.since),
            options.until.empty() ? Timestamp(now)
                                  : time_from("--until", options.until)};
  // X wants the end of a count to lie some seconds back.
  span.until = std::min(span.until, Timestamp(now - std::chrono::seconds(60)));
  span.since = std::chrono::floor<std::chrono::seconds>(span.since);
  span.until = std::chrono::floor<std::chrono::seconds>(span.until);
  if (span.since >= span.until) {
    throw UsageError("--since does not lie before --until");
  }
  return span;
}

/// Ends the booking of a request that brought nothing.
void close(store::Database& database, const std::string& receipt,
           bool charged) {
  if (charged) {
    store::keep_worst(database, receipt);
  } else {
    store::settle(database, receipt, 0);
  }
}

/// One paid request, on the ledger whatever comes of it.
XCounts ask(store::Database& database, const Config& config,
            collector::HttpClient& client, asio::io_context& context,
            collector::HttpRequest request, bool paged) {
  store::Reservation reservation;
  reservation.bucket = kBucket;
  reservation.worst = collector::kXCountsPrice;
  reservation.caps = caps_of(config, kBucket);
  reservation.source = kSource;
  reservation.fingerprint =
      config.sources.at(kSource).source.credential.fingerprint();
  const store::Leave leave = store::reserve(database, reservation);
  if (!leave) throw UsageError("not now: " + leave.reason);
  try {
    context.restart();
    auto answer = asio::co_spawn(context, client.send(std::move(request)),
                                 asio::use_future);
    context.run();
    const XCounts counts =
        collector::read_x_counts(answer.get(), paged,
                                 std::chrono::floor<std::chrono::milliseconds>(
                                     std::chrono::system_clock::now()));
    store::settle(database, leave.receipt, collector::kXCountsPrice);
    return counts;
  } catch (const collector::SourceError& error) {
    close(database, leave.receipt, error.charged());
    throw;
  } catch (const collector::HttpError& error) {
    close(database, leave.receipt, error.sent());
    throw;
  }
}

int64_t count_posts(store::Database& database, const Config& config,
                    const std::string& query, const Span& span) {
  asio::io_context context(1);
  collector::HttpClient client(context.get_executor());
  // A page covers about a month: tokens that go on for longer lead in a circle.
  const int64_t most = 2 + (span.until - span.since) / std::chrono::days(28);
  int64_t posts = 0;
  std::string token;
  for (int64_t pages = 0; pages == 0 || !token.empty(); ++pages) {
    if (pages == most) {
      throw std::runtime_error("X goes on with pages of counts without end");
    }
    const XCounts counts =
        ask(database, config, client, context,
            collector::x_counts_request(config.sources.at(kSource).source,
                                        query, span.since, span.until, token),
            !token.empty());
    posts += counts.posts;
    token = counts.next_token;
  }
  return posts;
}

}  // namespace

int run_backfill(const Options& options) {
  if (options.arguments.size() != 1) throw UsageError("name one query");
  const std::string& query = options.arguments.front();
  const Config config = config_from(options);
  collector::SourceConfig source = archive_of(config, query);
  const Span span = span_of(options);
  const Session session(config);
  store::Database database = session.connect();

  source.names = keeps_names(database, config);
  const int64_t posts = count_posts(database, config, query, span);
  const auto price = collector::x_price_of_post(source);
  const auto usd = [&](int64_t each) {
    return static_cast<double>(posts * each) / kMicrodollars;
  };
  std::cout << fmt::format(
      "{} posts of '{}' from {} to {}: {:.2f} USD, or up to {:.2f} with all "
      "that comes along\n",
      posts, query, domain::to_string(span.since),
      domain::to_string(span.until), usd(price.least), usd(price.most));
  for (const store::Cap& cap : caps_of(config, kBucket)) {
    const auto status = store::cap_status(database, kBucket, cap);
    std::cout << fmt::format(
        "{:.2f} USD are left of this {}\n",
        static_cast<double>(cap.amount - status.spent.total()) / kMicrodollars,
        cap.window == store::Window::day ? "day" : "month");
  }
  if (!agreed(options, "open it?", "nothing is opened: say --yes to open it")) {
    return exit_ok;
  }
  // A query that was never walked begins where its first round would.
  const Timestamp first =
      std::max(span.until, std::chrono::floor<std::chrono::milliseconds>(
                               std::chrono::system_clock::now()) -
                               config.first_span);
  const int64_t opened =
      store::open_backfill(database, kSource, "posts", query,
                           {collector::x_first_id_of(span.since) - 1,
                            collector::x_first_id_of(span.until)},
                           collector::x_first_id_of(first) - 1);
  std::cout << fmt::format(
      "{} gap(s) opened; grumbled reads them beside what is new, within the "
      "caps, and 'grumble gaps' shows what is left\n",
      opened);
  return exit_ok;
}

}  // namespace grumble::app
