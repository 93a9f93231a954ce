#pragma once

#include <string>
#include <vector>

#include "domain/timestamp.h"
#include "store/database.h"

namespace grumble::benchmarks {

/// A question asked again and again, warm; times in milliseconds.
struct Asked {
  std::string question;
  double p50 = 0;  ///< of the waits
  double p95 = 0;
  double server = 0;   ///< processor time of the server process, on average
  bool whole = false;  ///< a table of posts or findings was read end to end
};

/// What the default screens and the dashboards ask of a history up to `end`.
std::vector<Asked> ask_all(store::Database& database, domain::Timestamp end);

}  // namespace grumble::benchmarks
