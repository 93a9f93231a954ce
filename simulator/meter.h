#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulator/http.h"

/// What the two sites count against a client.
namespace grumble::simulator {

/// Requests per endpoint in windows of 15 minutes that start with the first
/// request, and optionally a shortest distance between two.
class RateWindows {
 public:
  struct Standing {
    bool allowed = true;
    int limit = 0;
    int remaining = 0;
    std::chrono::milliseconds until_reset{0};
  };

  Standing take(const std::string& endpoint, int limit,
                std::chrono::milliseconds distance,
                std::chrono::milliseconds uptime);

 private:
  struct Window {
    std::chrono::milliseconds start{0};
    int used = 0;
    std::optional<std::chrono::milliseconds> last;
  };

  std::map<std::string, Window> windows_;
};

/// What X bills, in millionths of a dollar: each post and user once a UTC day,
/// in data and in includes, and each answered count request.
class Bill {
 public:
  void request(const std::string& endpoint, int status);
  /// `hits` of the posts were asked for; the others came along.
  void read(size_t hits, const std::vector<std::string>& posts,
            const std::vector<std::string>& users, domain::Timestamp now);
  void fee(int64_t microusd, domain::Timestamp now);

  /// Endpoint to status to number of requests.
  const std::map<std::string, std::map<int, int64_t>>& requests() const {
    return requests_;
  }
  int64_t posts_returned() const { return posts_returned_; }
  int64_t users_returned() const { return users_returned_; }
  int64_t posts_charged() const { return posts_charged_; }
  int64_t users_charged() const { return users_charged_; }
  int64_t microusd() const { return microusd_; }
  /// The posts that were asked for, as often as they were returned.
  int64_t hits_returned() const { return hits_returned_; }
  /// Microdollars of each UTC day.
  const std::map<std::chrono::sys_days, int64_t>& days() const { return days_; }

 private:
  std::map<std::string, std::map<int, int64_t>> requests_;
  std::map<std::chrono::sys_days, int64_t> days_;
  std::set<std::string> charged_today_;
  std::chrono::sys_days day_;
  int64_t hits_returned_ = 0;
  int64_t posts_returned_ = 0, users_returned_ = 0;
  int64_t posts_charged_ = 0, users_charged_ = 0;
  int64_t microusd_ = 0;
};

/// Units a day in named buckets; the day is America/Los_Angeles'.
class Quota {
 public:
  /// False when the bucket has less left; then nothing is taken.
  bool take(const std::string& bucket, int64_t units, int64_t limit,
            domain::Timestamp now);
  using Taken = std::map<std::string, int64_t>;
  /// Taken on the day last asked about.
  const Taken& taken() const { return days_.at(day_); }
  const std::map<std::chrono::sys_days, Taken>& days() const { return days_; }

 private:
  std::chrono::sys_days day_;
  std::map<std::chrono::sys_days, Taken> days_{{day_, {}}};
};

/// The calendar day in California, by the rule of United States law since
/// 2007. Written out here, and not read from the tz database, so that tests
/// compare two independent sources.
std::chrono::sys_days pacific_day(domain::Timestamp time);

}  // namespace grumble::simulator
