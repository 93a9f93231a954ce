#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <random>
#include <string>

#include "collector/http_client.h"
#include "collector/journal.h"
#include "collector/source.h"

namespace grumble::collector {

/// How a stream bears with its site; the spans are those that X asks for.
struct StreamOptions {
  std::chrono::milliseconds settle{60'000};   ///< what is posted may come late
  std::chrono::milliseconds silence{30'000};  ///< then the line is dead
  std::chrono::milliseconds rules{20'000};    ///< till a new rule acts
  std::chrono::milliseconds margin{2'000};    ///< clocks differ, and the ids'
  std::chrono::milliseconds flush{1'000};     ///< between two landings
  std::chrono::milliseconds note{15'000};     ///< between two notes of the top
  std::chrono::milliseconds tcp_step{250};    ///< more each time, to tcp_most
  std::chrono::milliseconds tcp_most{16'000};
  std::chrono::milliseconds http_first{5'000};  ///< doubled, to http_most
  std::chrono::milliseconds http_most{320'000};
  std::chrono::milliseconds limit_first{60'000};  ///< doubled: 429
  std::chrono::milliseconds longest_rest{300'000};
  std::chrono::milliseconds refused{3'600'000};  ///< for good, to the stream
  /// Told of drops and refusals, one line each, for a person.
  std::function<void(const std::string&)> notice = [](const std::string&) {};
  std::function<void(const Landed&)> progress = [](const Landed&) {};
  std::function<domain::Timestamp()> now;  ///< the wall clock
};

/// Follows the filtered stream of X until it is cancelled: brings the rules in
/// line with the queries, lands what comes, and says by the top of each
/// query's list how far it has seen to it. What a drop misses stays above that
/// top and is opened as a gap, which search walks. Each landing is booked
/// before it is read; at a cap the stream ends and rests. What the site sent
/// before it noticed was charged and lands all the same: a burst can pass the
/// cap by so much. Runs beside the rounds of its source, under the same lease.
/// Throws what the journal throws, Taken excepted.
boost::asio::awaitable<void> follow_stream(
    HttpClient& client, const SourceConfig& config, const Source& source,
    std::string source_name, Journal& journal,
    boost::asio::any_io_executor journal_executor, StreamOptions options);

}  // namespace grumble::collector
