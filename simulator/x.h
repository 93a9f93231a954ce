#pragma once

#include <map>
#include <string>

#include "simulator/meter.h"
#include "simulator/world.h"
#include "simulator/x_dialect.h"

namespace grumble::simulator {

struct XOptions {
  std::string token = "simulated";  ///< the bearer token that is let in
  Dialect dialect = Dialect::tweet;
  /// Requests in 15 minutes; an endpoint that is not here has X's own limit.
  std::map<std::string, int> limits;
  int all_per_second = 1;  ///< on search/all and counts/all; 0 is no limit
};

/// X API v2: search, counts, lookup and usage. Deterministic: an answer
/// follows from the world, the requests before and the moment. One thread.
class XApi {
 public:
  /// Keeps a reference to `world`.
  XApi(const World& world, XOptions options);

  static bool serves(const std::string& path);

  Response answer(const Request& request, const Target& target, Moment moment);

  const Bill& bill() const { return bill_; }

 private:
  Response dispatch(const std::string& endpoint, const Target& target,
                    Moment moment);
  Response search(const Target& target, Moment moment, bool all);
  Response counts(const Target& target, Moment moment, bool all);
  Response lookup(const Target& target, Moment moment);
  Response lookup_one(const Target& target, Moment moment);
  Response usage(const Target& target, Moment moment) const;

  const World& world_;
  XOptions options_;
  RateWindows windows_;
  Bill bill_;
  uint64_t transactions_ = 0;
};

}  // namespace grumble::simulator
