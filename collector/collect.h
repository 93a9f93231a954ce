#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <string>

#include "collector/http_client.h"
#include "collector/journal.h"
#include "collector/retry_policy.h"
#include "collector/source.h"

namespace grumble::collector {

/// Keeps the requests of one source apart, and its retries few, over all of
/// its rounds.
class Pacer {
 public:
  explicit Pacer(std::chrono::milliseconds spacing) : spacing_(spacing) {}

  /// How long to wait before the next request, which is taken to be sent then.
  std::chrono::milliseconds turn(std::chrono::steady_clock::time_point now);

  RetryBudget retries;

 private:
  std::chrono::milliseconds spacing_;
  std::chrono::steady_clock::time_point next_{};
};

/// Why a round ended.
enum class Ended { complete, budget, refused, taken, stopped };

/// Which gaps of a query a round is for.
enum class Scope {
  all,
  fresh,  ///< what this round opens, and every fourth turn the oldest gap
  gaps,   ///< opens nothing: what earlier rounds left
};

struct RoundReport {
  Ended ended = Ended::complete;
  std::string reason;            ///< for a person, unless complete
  domain::Timestamp not_before;  ///< when it is worth another try, if known
  int64_t requests = 0;
  int64_t pages = 0;
  Landed landed;
  bool more = false;  ///< gaps are left that could be asked for now
  std::set<std::string> forbidden;  ///< buckets that must not be used for now
};

struct CollectOptions {
  Scope scope = Scope::all;
  int64_t pages = INT64_MAX;                 ///< then the round ends
  int tries = 4;                             ///< per page
  std::chrono::milliseconds backoff{1'000};  ///< doubled each try, full jitter
  std::chrono::minutes longest_wait{16};
  /// Told of waits and errors, one line each, for a person.
  std::function<void(const std::string&)> notice = [](const std::string&) {};
  /// Told after each landed page.
  std::function<void(const Gap&, const Landed&)> progress =
      [](const Gap&, const Landed&) {};
  std::function<domain::Timestamp()> now;  ///< the wall clock
  uint64_t seed = std::random_device{}();  ///< of the jitter
};

/// Runs one round of one query to its end: first what was paid for and not
/// applied, then everything in scope that is open. The pacer belongs to the
/// source. Waits are told by `now`, all else goes by the journal's clock. The
/// next page is asked for only after the last has landed. Throws what the
/// journal throws, Taken excepted; the caller's executor, which runs on one
/// thread, drives the client, `journal_executor` runs the journal.
///
/// A cancelled round ends as `stopped` once the landing under way is done. A
/// page that was not had after its tries leaves its gap open for the next
/// round, as does a page that a cap forbids; other pages go on meanwhile.
boost::asio::awaitable<RoundReport> collect_round(
    HttpClient& client, Pacer& pacer, const Source& source,
    std::string source_name, std::string query, Journal& journal,
    boost::asio::any_io_executor journal_executor,
    const CollectOptions& options);

}  // namespace grumble::collector
