#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "collector/http_client.h"
#include "collector/retry_policy.h"
#include "collector/source.h"

namespace grumble::collector {

/// How many items of a page became what.
struct Landed {
  int64_t inserted = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;
  int64_t rejected = 0;
};

/// The durable side of collecting. The application implements it over the
/// database; tests implement it in memory. Every call is one transaction, may
/// block, and is made on the journal executor given to `collect_round`.
class Journal {
 public:
  virtual ~Journal() = default;

  /// What is left to do of the round under way; empty when there is none.
  virtual std::vector<Cursor> open_cursors(const std::string& source,
                                           const std::string& query) = 0;
  virtual Round next_round(const std::string& source,
                           const std::string& query) = 0;
  virtual void open(const std::string& source, const std::string& query,
                    const Opening& opening) = 0;
  /// Books the worst case of a request. Empty when a cap forbids it; else a
  /// receipt to land or return.
  virtual std::string reserve(const Cursor& cursor, const Cost& worst) = 0;
  /// Lands the page and moves the cursor on, together.
  virtual Landed land(const Cursor& cursor, const Page& page,
                      const std::string& receipt) = 0;
  /// The answer was no page: the reservation is released (`charged` false) or
  /// kept at its worst case.
  virtual void refuse(const Cursor& cursor, const std::string& receipt,
                      bool charged) = 0;
  /// A step that will never become a page; kept as a reject with its reason.
  virtual void drop(const Cursor& cursor, const std::string& reason) = 0;
};

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
enum class Ended { complete, budget, refused, stopped };

struct RoundReport {
  Ended ended = Ended::complete;
  std::string reason;  ///< for a person, unless complete
  int64_t requests = 0;
  int64_t pages = 0;
  Landed landed;
};

struct CollectOptions {
  int tries = 4;                             ///< per page
  std::chrono::milliseconds backoff{1'000};  ///< doubled each try, full jitter
  std::chrono::minutes longest_wait{16};
  /// Told of waits and errors, one line each, for a person.
  std::function<void(const std::string&)> notice = [](const std::string&) {};
  /// Told after each landed page.
  std::function<void(const Cursor&, const Landed&)> progress =
      [](const Cursor&, const Landed&) {};
  std::function<domain::Timestamp()> now;  ///< the wall clock
  uint64_t seed = std::random_device{}();  ///< of the jitter
};

/// Runs one round of one query to its end: first what an earlier round left,
/// else a new round. The pacer belongs to the source. The next page is asked
/// for only after the last has landed. Throws what the journal throws; the
/// caller's executor, which runs on one thread, drives the client,
/// `journal_executor` runs the journal.
///
/// A cancelled round ends as `stopped` once the landing under way is done. A
/// page that was not had after its tries leaves its cursor open for the next
/// round, as does a page that a cap forbids; other pages go on meanwhile.
boost::asio::awaitable<RoundReport> collect_round(
    HttpClient& client, Pacer& pacer, const Source& source,
    std::string source_name, std::string query, Journal& journal,
    boost::asio::any_io_executor journal_executor,
    const CollectOptions& options);

}  // namespace grumble::collector
