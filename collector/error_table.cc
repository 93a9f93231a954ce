#include "collector/error_table.h"

#include <algorithm>
#include <array>

#include "collector/retry_policy.h"

namespace grumble::collector {
namespace {

using enum Action;
using enum Headers;
using enum Until;
using std::chrono::seconds;

constexpr int kAny = 999;

constexpr std::array kRows{
    // clang-format off
    ErrorRow{"x", 429, 429, "usage-capped", any, stop_window, next_month, "the monthly cap of the account is used up"},
    ErrorRow{"x", 429, 429, "UsageCapExceeded", any, stop_window, next_month, "the monthly cap of the account is used up"},
    ErrorRow{"x", 400, 499, "SpendCapReached", any, stop_window, next_month, "the spending limit of the account is reached"},
    ErrorRow{"x", 429, 429, "credits-depleted", any, stop_source, never, "the account has no credits left"},
    ErrorRow{"x", 429, 429, "streaming-connection", any, wait, patience, "another stream is still connected"},
    ErrorRow{"x", 429, 429, "", limit, wait, told, "rate limit"},
    ErrorRow{"x", 429, 429, "", any, wait, patience, "rate limit of an unknown length"},
    ErrorRow{"x", 401, 401, "", any, stop_credential, never, "the bearer token is wrong or revoked"},
    ErrorRow{"x", 402, 402, "", any, stop_source, never, "the account has no credits left"},
    ErrorRow{"x", 403, 403, "unsupported-authentication", any, stop_credential, never, "this endpoint takes another kind of token"},
    ErrorRow{"x", 403, 403, "client-not-enrolled", any, stop_credential, never, "the token's app is not attached to a project"},
    ErrorRow{"x", 403, 403, "client-forbidden", any, stop_credential, never, "the token's app may not use this endpoint"},
    ErrorRow{"x", 409, 409, "", any, wait, patience, "the stream has no rules, or they contradict"},
    ErrorRow{"x", 400, 400, "", any, stop_query, never, "the query was refused"},
    ErrorRow{"x", 408, 408, "", any, retry, soon, "the site gave up waiting"},
    ErrorRow{"x", 500, 599, "", any, retry, soon, "the site is in trouble"},
    ErrorRow{"x", 300, 399, "", any, stop_source, never, "redirects are not followed, check the base URL"},
    ErrorRow{"x", 0, kAny, "", any, stop_source, never, "an answer that is not known"},

    ErrorRow{"youtube", 0, kAny, "API_KEY_INVALID", any, stop_credential, never, "the API key is wrong"},
    ErrorRow{"youtube", 0, kAny, "keyInvalid", any, stop_credential, never, "the API key is wrong"},
    ErrorRow{"youtube", 0, kAny, "keyExpired", any, stop_credential, never, "the API key has expired"},
    ErrorRow{"youtube", 0, kAny, "API_KEY_SERVICE_BLOCKED", any, stop_credential, never, "the API key is not allowed to use this API"},
    ErrorRow{"youtube", 0, kAny, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", any, stop_credential, never, "the token lacks the scope"},
    ErrorRow{"youtube", 400, 499, "quotaExceeded", any, stop_window, pacific_midnight, "today's quota is used up, it resets at midnight Pacific"},
    ErrorRow{"youtube", 400, 499, "dailyLimitExceeded", any, stop_window, pacific_midnight, "today's quota is used up, it resets at midnight Pacific"},
    ErrorRow{"youtube", 400, 499, "SERVICE_DISABLED", any, stop_source, never, "the YouTube Data API is not enabled for the key's project"},
    ErrorRow{"youtube", 400, 499, "accessNotConfigured", any, stop_source, never, "the YouTube Data API is not enabled for the key's project"},
    ErrorRow{"youtube", 400, 499, "RATE_LIMIT_EXCEEDED", any, wait, told, "too many requests a minute"},
    ErrorRow{"youtube", 400, 499, "rateLimitExceeded", any, wait, told, "too many requests a minute"},
    ErrorRow{"youtube", 400, 499, "userRateLimitExceeded", any, wait, told, "too many requests a minute"},
    ErrorRow{"youtube", 400, 499, "commentsDisabled", any, drop_step, never, "comments are disabled"},
    ErrorRow{"youtube", 400, 499, "videoNotFound", any, drop_step, never, "the video is gone or private"},
    ErrorRow{"youtube", 400, 499, "commentThreadNotFound", any, drop_step, never, "the comment is gone"},
    ErrorRow{"youtube", 400, 499, "commentNotFound", any, drop_step, never, "the comment is gone"},
    ErrorRow{"youtube", 400, 499, "channelNotFound", any, drop_step, never, "the channel is gone"},
    ErrorRow{"youtube", 400, 499, "playlistNotFound", any, drop_step, never, "the playlist is gone"},
    ErrorRow{"youtube", 400, 499, "processingFailure", any, retry, soon, "the site could not process the request"},
    ErrorRow{"youtube", 400, 499, "SERVICE_UNAVAILABLE", any, retry, soon, "the site is in trouble"},
    ErrorRow{"youtube", 400, 499, "backendError", any, retry, soon, "the site is in trouble"},
    ErrorRow{"youtube", 400, 400, "invalidPageToken", any, drop_step, never, "the page token is no longer valid"},
    ErrorRow{"youtube", 403, 403, "forbidden", any, drop_step, never, "not permitted, or private"},
    ErrorRow{"youtube", 401, 401, "", any, stop_credential, never, "the API key is wrong"},
    ErrorRow{"youtube", 400, 400, "", any, stop_query, never, "the request was refused"},
    ErrorRow{"youtube", 408, 408, "", any, retry, soon, "the site gave up waiting"},
    ErrorRow{"youtube", 429, 429, "", any, wait, told, "too many requests a minute"},
    ErrorRow{"youtube", 500, 599, "", any, retry, soon, "the site is in trouble"},
    ErrorRow{"youtube", 300, 399, "", any, stop_source, never, "redirects are not followed, check the base URL"},
    ErrorRow{"youtube", 0, kAny, "", any, stop_source, never, "an answer that is not known"},
    // clang-format on
};

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(),
      [lower](char left, char right) { return lower(left) == lower(right); });
}

/// `x-rate-limit-remaining: 800` beside a 429 is a limit that nobody told of.
bool tells_limit(const HttpResponse& response) {
  const std::string_view remaining = response.header("x-rate-limit-remaining");
  return (remaining.empty() || remaining == "0") &&
         rate_limit_reset(response).has_value();
}

bool fits(const ErrorRow& row, std::string_view source,
          const HttpResponse& response,
          const std::vector<std::string>& reasons) {
  if (row.source != source) return false;
  if (response.status < row.first_status || response.status > row.last_status) {
    return false;
  }
  if (row.headers == limit && !tells_limit(response)) return false;
  return row.reason.empty() ||
         std::any_of(reasons.begin(), reasons.end(),
                     [&row](const std::string& reason) {
                       return same_name(reason, row.reason);
                     });
}

}  // namespace

std::span<const ErrorRow> error_rows() { return kRows; }

const ErrorRow& classify(std::string_view source, const HttpResponse& response,
                         const std::vector<std::string>& reasons) {
  static constexpr ErrorRow kUnknown{
      "", 0, kAny, "", any, stop_source, never, "an answer that is not known"};
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [&](const ErrorRow& candidate) {
        return fits(candidate, source, response, reasons);
      });
  return row == kRows.end() ? kUnknown : *row;
}

domain::Timestamp not_before(const ErrorRow& row, const HttpResponse& response,
                             domain::Timestamp now) {
  const seconds fallback = row.source == "x" ? seconds(300) : seconds(60);
  // The site's calendar is read off the site's clock; the wait is then counted
  // on ours, which may be wrong.
  const auto there = parse_http_date(response.header("date")).value_or(now);
  switch (row.until) {
    case told:
      return next_try(response, now, fallback);
    case patience:
      return now + fallback;
    case pacific_midnight:
      return now + (next_pacific_midnight(there) - there);
    case next_month:
      return now + (next_utc_month(there) - there);
    case soon:
    case never:
      break;
  }
  return {};
}

}  // namespace grumble::collector
