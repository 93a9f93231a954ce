#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <random>
#include <stdexcept>
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

/// A page that was paid for and has not become rows yet.
struct KeptPage {
  int64_t page = 0;  ///< the journal's number of it
  Gap gap;           ///< as it is now
  HttpResponse response;
  domain::Timestamp received_at;
};

/// Leave to send one request.
struct Permit {
  std::string receipt;           ///< empty: not now
  std::string reason;            ///< then for a person
  domain::Timestamp not_before;  ///< then, if a time is known
  int failures = 0;              ///< of this kind of request, in a row
  bool shut = false;  ///< not now: the site refused, it is not the budget
};

/// An answer that is no page, and what follows from it.
struct Refusal {
  Gap gap;
  std::string bucket;
  std::string receipt;
  bool charged = true;
  std::string reason;
  int failures = 0;              ///< in a row, this one included
  domain::Timestamp not_before;  ///< of every request of this bucket
  std::optional<Move> move;      ///< of the gap
  bool ends_walk = false;        ///< the list is final
};

struct Applied {
  Landed landed;
  std::vector<Gap> gaps;  ///< what is left of the page's gap, and new ones
};

/// Another instance has taken the source over; nothing was written.
class Taken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The durable side of collecting. The application implements it over the
/// database; tests implement it in memory. Every call is one transaction, may
/// block, and is made on the journal executor given to `collect_round`. A call
/// may be repeated when its outcome is not known. All but `hold` throw Taken.
class Journal {
 public:
  virtual ~Journal() = default;

  /// Takes the source for this instance, or keeps it. False when another one
  /// has it.
  virtual bool hold(const std::string& source) = 0;
  /// Pages of the source that were paid for and never applied.
  virtual std::vector<KeptPage> kept_pages(const std::string& source) = 0;
  virtual Round next_round(const std::string& source,
                           const std::string& query) = 0;
  virtual void open(const std::string& source, const std::string& query,
                    const Start& start) = 0;
  /// What is left to do of the query, some of it when it is much.
  virtual std::vector<Gap> open_gaps(const std::string& source,
                                     const std::string& query) = 0;
  /// Records the part of a gap that can no longer be asked for; what is left
  /// of the gap, or nothing.
  virtual std::optional<Gap> clip(const Gap& rest, const Range& lost) = 0;
  /// Books the worst case of a request.
  virtual Permit reserve(const Gap& gap, const Cost& worst) = 0;
  /// Makes a page durable and settles its cost. Its number.
  virtual int64_t keep(const Gap& gap, const HttpResponse& response,
                       domain::Timestamp received_at, const Cost& cost,
                       const Permit& permit) = 0;
  /// Lands the page and moves its gap, together, unless that was done.
  virtual Applied apply(int64_t page, const Gap& gap, const Page& read,
                        const Move& move) = 0;
  /// A kept page that can no longer be read.
  virtual void reject(const KeptPage& page, const std::string& reason) = 0;
  virtual void refuse(const Refusal& refusal) = 0;
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
enum class Ended { complete, budget, refused, taken, stopped };

struct RoundReport {
  Ended ended = Ended::complete;
  std::string reason;            ///< for a person, unless complete
  domain::Timestamp not_before;  ///< when it is worth another try, if known
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
  std::function<void(const Gap&, const Landed&)> progress =
      [](const Gap&, const Landed&) {};
  std::function<domain::Timestamp()> now;  ///< the wall clock
  uint64_t seed = std::random_device{}();  ///< of the jitter
};

/// Runs one round of one query to its end: first what was paid for and not
/// applied, then everything that is open, new and old. The pacer belongs to
/// the source. The next page is asked for only after the last has landed.
/// Throws what the journal throws, Taken excepted; the caller's executor, which
/// runs on one thread, drives the client, `journal_executor` runs the journal.
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
