#pragma once

#include <map>
#include <optional>
#include <string>

#include "simulator/meter.h"
#include "simulator/world.h"

namespace grumble::simulator {

struct YoutubeOptions {
  std::string key = "simulated";  ///< the api key that is let in
  int64_t searches_per_day = 100;
  int64_t units_per_day = 10'000;
};

/// YouTube Data API v3: search, videos, commentThreads, comments, channels and
/// playlistItems, each `.list`. Deterministic, like XApi. One thread. The
/// common parameters `fields` and `prettyPrint` are taken and change nothing.
class YoutubeApi {
 public:
  /// Keeps a reference to `world`.
  YoutubeApi(const World& world, YoutubeOptions options);

  static bool serves(const std::string& path);

  Response answer(const Request& request, const Target& target, Moment moment);

  /// Requests alone; YouTube sends no bill.
  const Bill& bill() const { return bill_; }
  /// Units of the present day in "search" and "default".
  const Quota& quota() const { return quota_; }

  /// Takes what a request to this path costs; for one that never got here.
  void charge(const std::string& path, Timestamp now);

  /// When the comments of that video were last asked for and given.
  std::optional<Timestamp> asked_for_comments(size_t video) const;

 private:
  Response dispatch(const Request& request, const Target& target,
                    Moment moment);

  const World& world_;
  YoutubeOptions options_;
  Quota quota_;
  Bill bill_;
  std::map<size_t, Timestamp> asked_;  ///< by video
};

}  // namespace grumble::simulator
