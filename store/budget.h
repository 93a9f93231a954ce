#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/timestamp.h"
#include "store/database.h"

namespace grumble::store {

/// The calendar period over which a cap counts.
enum class Window { day, month };

/// A window starts at midnight of `zone`, a name of the tz database: X counts
/// in "UTC", YouTube in "America/Los_Angeles". The database's clock decides.
struct Cap {
  int64_t amount = 0;  ///< in the bucket's own unit (microdollars, calls)
  Window window = Window::day;
  std::string zone = "UTC";
};

struct Reservation {
  std::string bucket;       ///< "x.posts", "youtube.search", "youtube.units"
  int64_t worst = 0;        ///< the most that the request can cost
  std::vector<Cap> caps{};  ///< all of them must hold; none: nothing is refused
  std::string source{};     ///< for the accounts only
  std::string query{};
  std::optional<domain::Timestamp> now{};  ///< instead of the database's clock
  std::string fingerprint{};  ///< of the credential: whose breaker it is
  /// The part of each cap, 0 to 1, that this request leaves to others at the
  /// start of a window; of that, ever less until its end.
  double kept_back = 0;
  /// A UUID made by the caller, so that a repeated call books once; empty: one
  /// is made.
  std::string receipt{};
};

/// Leave to send a request, or why not.
struct Leave {
  std::string receipt;                ///< empty: not now
  std::string reason;                 ///< then for a person
  std::chrono::milliseconds rest{0};  ///< then for how long
  bool shut = false;                  ///< then: by the breaker, not by a cap
  int failures = 0;                   ///< of such requests, in a row

  explicit operator bool() const { return !receipt.empty(); }
};

/// Books `worst`. Refused while the breaker of the bucket is open, and when
/// settled + reserved + unknown + worst would pass a cap, which is noted
/// (store/coverage.h); programs that ask at the same time take turns. The
/// receipt is given to keep_page or refuse_request, or to one of the two
/// functions below.
Leave reserve(Database& database, const Reservation& reservation);

/// `actual` was charged; it may be nothing. Harmless when repeated; a settled
/// receipt stays.
void settle(Database& database, const std::string& receipt, int64_t actual);

/// What was charged is not known: it counts with its worst case from now on.
void keep_worst(Database& database, const std::string& receipt);

/// Turns reservations older than `age`, left by a program that died, into
/// unknown ones. Returns how many.
int64_t keep_worst_of_lost(Database& database, std::chrono::seconds age);

struct Spent {
  int64_t settled = 0;
  int64_t reserved = 0;
  int64_t unknown = 0;

  int64_t total() const { return settled + reserved + unknown; }
};

/// Of the window that `now` lies in; `cap.amount` is not looked at.
Spent spent(Database& database, const std::string& bucket, const Cap& cap,
            std::optional<domain::Timestamp> now = std::nullopt);

/// Of that, what one query has had, in all states.
int64_t spent_by(Database& database, const std::string& source,
                 const std::string& query, const std::string& bucket,
                 const Cap& cap,
                 std::optional<domain::Timestamp> now = std::nullopt);

/// A cap and what it has come to, for a person.
struct CapStatus {
  std::string bucket;
  Cap cap;
  Spent spent;
  domain::Timestamp ends;  ///< when the window ends
  /// What the window comes to at its end when it goes on like this.
  int64_t forecast = 0;
};
CapStatus cap_status(Database& database, const std::string& bucket,
                     const Cap& cap,
                     std::optional<domain::Timestamp> now = std::nullopt);

/// A breaker that is open or has counted failures.
struct BreakerStatus {
  std::string source;
  std::string bucket;
  int64_t failures = 0;
  std::optional<domain::Timestamp> not_before;
  std::string reason;
};
std::vector<BreakerStatus> breakers(Database& database);

/// Lets requests go again. How many breakers were there.
int64_t reset_breakers(Database& database, const std::string& bucket);

}  // namespace grumble::store
