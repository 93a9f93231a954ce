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
};

/// Books `worst`. Empty when settled + reserved + unknown + worst would pass a
/// cap; programs that ask at the same time take turns. The receipt is given to
/// `land` (Settlement), or to one of the two functions below.
std::optional<std::string> reserve(Database& database,
                                   const Reservation& reservation);

/// Nothing was charged. Harmless when repeated; a settled receipt stays.
void release(Database& database, const std::string& receipt);

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

}  // namespace grumble::store
