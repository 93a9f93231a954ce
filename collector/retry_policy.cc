#include "collector/retry_policy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace grumble::collector {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kLongestBackoff{60'000};
constexpr seconds kShortestWait{1};
constexpr seconds kLongestWait{16 * 60};
constexpr int kMostTokens = 100;
constexpr int kRetryPrice = 5;
constexpr int kTimeoutPrice = 10;
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr",
                                                   "May", "Jun", "Jul", "Aug",
                                                   "Sep", "Oct", "Nov", "Dec"};

std::optional<int64_t> number_in(std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::optional<unsigned> month_in(std::string_view name) {
  const auto at = std::find(kMonths.begin(), kMonths.end(), name);
  if (at == kMonths.end()) return std::nullopt;
  return static_cast<unsigned>(at - kMonths.begin()) + 1;
}

}  // namespace

milliseconds retry_delay(int tries, milliseconds backoff, double jitter) {
  const int doublings = std::clamp(tries - 1, 0, 16);
  const milliseconds span =
      std::min(kLongestBackoff, backoff * (int64_t{1} << doublings));
  return milliseconds(
      static_cast<int64_t>(static_cast<double>(span.count()) * jitter));
}

std::optional<domain::Timestamp> parse_http_date(std::string_view text) {
  // "Fri, 07 Oct 2022 22:43:19 GMT": every part has its fixed place.
  if (text.size() != 29 || text.substr(3, 2) != ", ") return std::nullopt;
  const std::string_view zone = text.substr(26);
  if (zone != "GMT" && zone != "UTC") return std::nullopt;
  const auto month = month_in(text.substr(8, 3));
  if (!month) return std::nullopt;
  std::string iso(text.substr(12, 4));
  iso += *month < 10 ? "-0" : "-";
  iso += std::to_string(*month) + '-';
  iso += text.substr(5, 2);
  iso += 'T';
  iso += text.substr(17, 8);
  return domain::parse_timestamp(iso + 'Z');
}

std::string http_date(domain::Timestamp time) {
  const auto second = std::chrono::floor<seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(second);
  // "2022-10-07T22:43:19Z"
  const std::string iso = domain::to_string(second);
  std::string text(kDays.at(std::chrono::weekday(day).c_encoding()));
  text += ", " + iso.substr(8, 2) + ' ';
  text += kMonths.at(
      static_cast<unsigned>(std::chrono::year_month_day(day).month()) - 1);
  return text + ' ' + iso.substr(0, 4) + ' ' + iso.substr(11, 8) + " GMT";
}

domain::Timestamp next_try(const HttpResponse& response, domain::Timestamp now,
                           seconds fallback) {
  const auto server = parse_http_date(response.header("date")).value_or(now);
  milliseconds wait = fallback;
  if (const auto reset = rate_limit_reset(response)) {
    // A reset that has passed, or is absurd, is no better than none.
    const auto left = std::clamp<int64_t>(*reset, 0, 253'402'300'799) -
                      server.time_since_epoch() / seconds(1);
    wait = left > 0 ? milliseconds(seconds(left)) : milliseconds(fallback);
  } else if (const auto after = number_in(response.header("retry-after"))) {
    wait = seconds(std::clamp<int64_t>(*after, 0, kLongestWait.count()));
  }
  return now + std::clamp<milliseconds>(wait, kShortestWait, kLongestWait);
}

std::optional<int64_t> rate_limit_reset(const HttpResponse& response) {
  return number_in(response.header("x-rate-limit-reset"));
}

domain::Timestamp next_pacific_midnight(domain::Timestamp time) {
  using std::chrono::days;
  using std::chrono::hours;
  using std::chrono::sys_days;
  const auto year =
      std::chrono::year_month_day(std::chrono::floor<days>(time - hours(8)))
          .year();
  // Second Sunday of March to first Sunday of November, at 2 o'clock there.
  const auto summer_begins =
      sys_days(year / std::chrono::March / std::chrono::Sunday[2]) + hours(10);
  const auto summer_ends =
      sys_days(year / std::chrono::November / std::chrono::Sunday[1]) +
      hours(9);
  const auto offset = [&](domain::Timestamp when) {
    return hours(when >= summer_begins && when < summer_ends ? 7 : 8);
  };
  const auto midnight = std::chrono::floor<days>(time - offset(time)) + days(1);
  // No clock changes at midnight: an hour to either side has its offset.
  return midnight + offset(midnight + hours(8));
}

domain::Timestamp next_utc_month(domain::Timestamp time) {
  using std::chrono::days;
  const std::chrono::year_month_day day(std::chrono::floor<days>(time));
  return std::chrono::sys_days(
      (day.year() / day.month() + std::chrono::months(1)) / 1);
}

bool RetryBudget::take(bool timed_out) {
  const int price = timed_out ? kTimeoutPrice : kRetryPrice;
  if (tokens_ < price) return false;
  tokens_ -= price;
  return true;
}

void RetryBudget::give_back() { tokens_ = std::min(kMostTokens, tokens_ + 1); }

}  // namespace grumble::collector
