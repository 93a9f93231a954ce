#include "simulator/meter.h"

namespace grumble::simulator {

RateWindows::Standing RateWindows::take(const std::string& endpoint, int limit,
                                        std::chrono::milliseconds distance,
                                        std::chrono::milliseconds uptime) {
  constexpr std::chrono::milliseconds kLength = std::chrono::minutes(15);
  const auto [found, added] = windows_.try_emplace(endpoint);
  Window& window = found->second;
  if (added || uptime >= window.start + kLength) {
    window.start = uptime;
    window.used = 0;
  }
  const bool too_soon = window.last && uptime < *window.last + distance;
  Standing standing;
  standing.limit = limit;
  standing.until_reset = window.start + kLength - uptime;
  standing.allowed = !too_soon && window.used < limit;
  if (standing.allowed) {
    ++window.used;
    window.last = uptime;
  }
  standing.remaining = limit - window.used;
  return standing;
}

void Bill::request(const std::string& endpoint, int status) {
  ++requests_[endpoint][status];
}

void Bill::fee(int64_t microusd, domain::Timestamp now) {
  microusd_ += microusd;
  days_[std::chrono::floor<std::chrono::days>(now)] += microusd;
}

void Bill::read(size_t hits, const std::vector<std::string>& posts,
                const std::vector<std::string>& users, domain::Timestamp now) {
  constexpr int64_t kPost = 5'000;
  constexpr int64_t kUser = 10'000;
  const auto today = std::chrono::floor<std::chrono::days>(now);
  if (today != day_) charged_today_.clear();
  day_ = today;
  hits_returned_ += static_cast<int64_t>(hits);
  posts_returned_ += static_cast<int64_t>(posts.size());
  users_returned_ += static_cast<int64_t>(users.size());
  for (const std::string& id : posts) {
    if (!charged_today_.insert("post " + id).second) continue;
    ++posts_charged_;
    fee(kPost, now);
  }
  for (const std::string& id : users) {
    if (!charged_today_.insert("user " + id).second) continue;
    ++users_charged_;
    fee(kUser, now);
  }
}

bool Quota::take(const std::string& bucket, int64_t units, int64_t limit,
                 domain::Timestamp now) {
  day_ = pacific_day(now);
  int64_t& taken = days_[day_][bucket];
  if (taken + units > limit) return false;
  taken += units;
  return true;
}

std::chrono::sys_days pacific_day(domain::Timestamp time) {
  using std::chrono::hours;
  const auto year = std::chrono::year_month_day(
                        std::chrono::floor<std::chrono::days>(time - hours(8)))
                        .year();
  // Second Sunday of March to first Sunday of November, at 2 o'clock there.
  const auto start = std::chrono::sys_days(year / std::chrono::March /
                                           std::chrono::Sunday[2]) +
                     hours(2 + 8);
  const auto end = std::chrono::sys_days(year / std::chrono::November /
                                         std::chrono::Sunday[1]) +
                   hours(2 + 7);
  const bool summer = time >= start && time < end;
  return std::chrono::floor<std::chrono::days>(time - hours(summer ? 7 : 8));
}

}  // namespace grumble::simulator
