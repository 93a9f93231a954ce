#include "collector/error_table.h"

#include <algorithm>
#include <array>

namespace grumble::collector {
namespace {

using enum Action;

constexpr int kAny = 999;

constexpr std::array kRows{
    // clang-format off
    ErrorRow{"x", 429, 429, "usage-capped", stop_source, "the monthly cap of the account is used up"},
    ErrorRow{"x", 429, 429, "UsageCapExceeded", stop_source, "the monthly cap of the account is used up"},
    ErrorRow{"x", 400, 499, "SpendCapReached", stop_source, "the spending limit of the account is reached"},
    ErrorRow{"x", 429, 429, "credits-depleted", stop_source, "the account has no credits left"},
    ErrorRow{"x", 429, 429, "streaming-connection", wait, "another stream is still connected"},
    ErrorRow{"x", 429, 429, "", wait, "rate limit"},
    ErrorRow{"x", 401, 401, "", stop_credential, "the bearer token is wrong or revoked"},
    ErrorRow{"x", 402, 402, "", stop_source, "the account has no credits left"},
    ErrorRow{"x", 403, 403, "unsupported-authentication", stop_credential, "this endpoint takes another kind of token"},
    ErrorRow{"x", 403, 403, "client-not-enrolled", stop_credential, "the token's app is not attached to a project"},
    ErrorRow{"x", 403, 403, "client-forbidden", stop_credential, "the token's app may not use this endpoint"},
    ErrorRow{"x", 400, 400, "", stop_query, "the query was refused"},
    ErrorRow{"x", 408, 408, "", retry, "the site gave up waiting"},
    ErrorRow{"x", 500, 599, "", retry, "the site is in trouble"},
    ErrorRow{"x", 300, 399, "", stop_source, "redirects are not followed, check the base URL"},
    ErrorRow{"x", 0, kAny, "", stop_source, "an answer that is not known"},

    ErrorRow{"youtube", 0, kAny, "API_KEY_INVALID", stop_credential, "the API key is wrong"},
    ErrorRow{"youtube", 0, kAny, "keyInvalid", stop_credential, "the API key is wrong"},
    ErrorRow{"youtube", 0, kAny, "keyExpired", stop_credential, "the API key has expired"},
    ErrorRow{"youtube", 0, kAny, "API_KEY_SERVICE_BLOCKED", stop_credential, "the API key is not allowed to use this API"},
    ErrorRow{"youtube", 0, kAny, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", stop_credential, "the token lacks the scope"},
    ErrorRow{"youtube", 400, 499, "quotaExceeded", stop_source, "today's quota is used up, it resets at midnight Pacific"},
    ErrorRow{"youtube", 400, 499, "dailyLimitExceeded", stop_source, "today's quota is used up, it resets at midnight Pacific"},
    ErrorRow{"youtube", 400, 499, "SERVICE_DISABLED", stop_source, "the YouTube Data API is not enabled for the key's project"},
    ErrorRow{"youtube", 400, 499, "accessNotConfigured", stop_source, "the YouTube Data API is not enabled for the key's project"},
    ErrorRow{"youtube", 400, 499, "RATE_LIMIT_EXCEEDED", wait, "too many requests a minute"},
    ErrorRow{"youtube", 400, 499, "rateLimitExceeded", wait, "too many requests a minute"},
    ErrorRow{"youtube", 400, 499, "userRateLimitExceeded", wait, "too many requests a minute"},
    ErrorRow{"youtube", 400, 499, "commentsDisabled", drop_step, "comments are disabled"},
    ErrorRow{"youtube", 400, 499, "videoNotFound", drop_step, "the video is gone or private"},
    ErrorRow{"youtube", 400, 499, "commentThreadNotFound", drop_step, "the comment is gone"},
    ErrorRow{"youtube", 400, 499, "commentNotFound", drop_step, "the comment is gone"},
    ErrorRow{"youtube", 400, 499, "channelNotFound", drop_step, "the channel is gone"},
    ErrorRow{"youtube", 400, 499, "playlistNotFound", drop_step, "the playlist is gone"},
    ErrorRow{"youtube", 400, 499, "processingFailure", retry, "the site could not process the request"},
    ErrorRow{"youtube", 400, 499, "SERVICE_UNAVAILABLE", retry, "the site is in trouble"},
    ErrorRow{"youtube", 400, 499, "backendError", retry, "the site is in trouble"},
    ErrorRow{"youtube", 400, 400, "invalidPageToken", drop_step, "the page token is no longer valid"},
    ErrorRow{"youtube", 403, 403, "forbidden", drop_step, "not permitted, or private"},
    ErrorRow{"youtube", 401, 401, "", stop_credential, "the API key is wrong"},
    ErrorRow{"youtube", 400, 400, "", stop_query, "the request was refused"},
    ErrorRow{"youtube", 408, 408, "", retry, "the site gave up waiting"},
    ErrorRow{"youtube", 429, 429, "", wait, "too many requests a minute"},
    ErrorRow{"youtube", 500, 599, "", retry, "the site is in trouble"},
    ErrorRow{"youtube", 300, 399, "", stop_source, "redirects are not followed, check the base URL"},
    ErrorRow{"youtube", 0, kAny, "", stop_source, "an answer that is not known"},
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

bool fits(const ErrorRow& row, std::string_view source, int status,
          const std::vector<std::string>& reasons) {
  if (row.source != source) return false;
  if (status < row.first_status || status > row.last_status) return false;
  return row.reason.empty() ||
         std::any_of(reasons.begin(), reasons.end(),
                     [&row](const std::string& reason) {
                       return same_name(reason, row.reason);
                     });
}

}  // namespace

std::span<const ErrorRow> error_rows() { return kRows; }

const ErrorRow& classify(std::string_view source, int status,
                         const std::vector<std::string>& reasons) {
  static constexpr ErrorRow kUnknown{
      "", 0, kAny, "", stop_source, "an answer that is not known"};
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [&](const ErrorRow& candidate) {
        return fits(candidate, source, status, reasons);
      });
  return row == kRows.end() ? kUnknown : *row;
}

}  // namespace grumble::collector
