#pragma once

#include <map>
#include <string>
#include <vector>

#include "simulator/meter.h"
#include "simulator/world.h"
#include "simulator/x_dialect.h"
#include "simulator/x_jobs.h"
#include "simulator/x_query.h"
#include "simulator/x_stream.h"
#include "simulator/x_window.h"

namespace grumble::simulator {

struct XOptions {
  std::string token = "simulated";  ///< the bearer token that is let in
  Dialect dialect = Dialect::tweet;
  /// Requests in 15 minutes; an endpoint that is not here has X's own limit.
  std::map<std::string, int> limits;
  int all_per_second = 1;  ///< on search/all and counts/all; 0 is no limit
};

/// X API v2: search, counts, lookup, usage, compliance jobs and the filtered
/// stream. Deterministic: an answer follows from the world, the requests before
/// and the moment. One thread.
class XApi {
 public:
  /// Keeps a reference to `world`.
  XApi(const World& world, XOptions options);

  static bool serves(const std::string& path);

  Response answer(const Request& request, const Target& target, Moment moment);

  const Bill& bill() const { return bill_; }

  /// How often faults of the world have shown in a search.
  struct Effects {
    int64_t late = 0;         ///< posts that were not found yet
    int64_t deleted = 0;      ///< posts that were left out of their page
    int64_t edited = 0;       ///< posts found in a later version
    int64_t empty_pages = 0;  ///< of posts that were left out, with a token
  };
  const Effects& effects() const { return effects_; }

  /// For each post of the world: a search was asked for it, in a window that
  /// holds its id, and was answered, whatever became of the answer.
  std::vector<bool> asked_for() const;

 private:
  struct Asked {
    int64_t first = 0;
    int64_t end = 0;
  };

  Response dispatch(const std::string& endpoint, const Request& request,
                    const Target& target, Moment moment);
  Response admit(const std::string& endpoint, int limit, const Request& request,
                 const Target& target, Moment moment);
  Response search(const Target& target, Moment moment, bool all);
  Response counts(const Target& target, Moment moment, bool all);
  Response lookup(const Target& target, Moment moment);
  Response lookup_one(const Target& target, Moment moment);
  Response usage(const Target& target, Moment moment) const;
  std::vector<size_t> matching(const Query& query, Window window, Timestamp now,
                               size_t most);
  void leave_out_deleted(std::vector<size_t>& page, bool more, Timestamp now);

  const World& world_;
  XOptions options_;
  RateWindows windows_;
  Bill bill_;
  XJobs jobs_;
  XStream stream_;
  Effects effects_;
  std::map<std::string, Asked> asked_;  ///< by query
  uint64_t transactions_ = 0;
};

}  // namespace grumble::simulator
