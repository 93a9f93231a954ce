#include <array>
#include <boost/json.hpp>

#include "simulator/fault_kind.h"
#include "simulator/x_dialect.h"
#include "simulator/youtube.h"
#include "simulator/youtube_parameters.h"

namespace grumble::simulator {
namespace {

namespace json = boost::json;

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Invalid Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found Error";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 504:
      return "Gateway Timeout";
    default:
      return "Service Unavailable";
  }
}

Response x_problem(int status, const std::string& reason,
                   const std::string& title) {
  json::object body;
  body["title"] = title;
  body["detail"] = title;
  body["type"] = "https://api.twitter.com/2/problems/" + reason;
  body["reason"] = reason;
  body["status"] = status;
  Response response;
  response.status = status;
  response.body = json::serialize(body);
  return response;
}

Response x_refusal(int status, const std::string& reason) {
  const std::string title(title_of(status));
  return reason.empty() ? plain_problem(status, title)
                        : x_problem(status, reason, title);
}

Response youtube_refusal(int status, std::string reason) {
  if (reason.empty()) {
    reason = status == 401   ? "authError"
             : status == 403 ? "forbidden"
             : status == 404 ? "notFound"
             : status == 429 ? "rateLimitExceeded"
             : status >= 500 ? "backendError"
                             : "badRequest";
  }
  const bool limit =
      reason == "rateLimitExceeded" || reason == "userRateLimitExceeded";
  return render(
      {.status = status,
       .reason = reason,
       .domain = reason == "quotaExceeded" ? "youtube.quota" : "global",
       .message = limit ? "Too many queries per minute."
                        : "The request was refused: " + reason,
       .code = limit           ? "RESOURCE_EXHAUSTED"
               : status >= 500 ? "UNAVAILABLE"
                               : "",
       .detail = limit ? "RATE_LIMIT_EXCEEDED" : ""});
}

bool refuse_request(const Occasion& at) {
  at.response = refusal_of(
      at.target, at.rule.status == 0 ? 503 : static_cast<int>(at.rule.status),
      at.rule.reason, at.moment);
  return true;
}

void set_limits(Response& response, int64_t remaining,
                const std::string& reset) {
  response.set_header("x-rate-limit-limit", "450");
  response.set_header("x-rate-limit-remaining", std::to_string(remaining));
  response.set_header("x-rate-limit-reset", reset);
}

bool rate_limit(const Occasion& at) {
  const int64_t seconds = at.rule.seconds == 0 ? 60 : at.rule.seconds;
  at.response = refusal_of(at.target, 429, "", at.moment);
  if (YoutubeApi::serves(at.target.path())) {
    at.response.set_header("retry-after", std::to_string(seconds));
    return true;
  }
  const auto reset = std::chrono::ceil<std::chrono::seconds>(at.moment.now) +
                     std::chrono::seconds(seconds);
  set_limits(at.response, 0, std::to_string(reset.time_since_epoch().count()));
  return true;
}

bool rate_limit_bare(const Occasion& at) {
  at.response = refusal_of(at.target, 429, "", at.moment);
  std::erase_if(at.response.headers,
                [](const auto& header) { return header.first == "date"; });
  return true;
}

/// A limit that the headers deny: much is left, and the reset has passed or is
/// no time at all.
bool rate_limit_remaining(const Occasion& at) {
  constexpr std::array kResets = {"1", "soon", "-1", "99999999999999999999"};
  at.response = refusal_of(at.target, 429, "", at.moment);
  set_limits(at.response, 800, kResets[at.dice % kResets.size()]);
  return true;
}

bool usage_cap(const Occasion& at) {
  json::object body;
  body["title"] = "UsageCapExceeded";
  body["detail"] = "Usage cap exceeded: Monthly product cap";
  body["type"] = "https://api.twitter.com/2/problems/usage-capped";
  body["period"] = "Monthly";
  body["scope"] = "Product";
  body["account_id"] = 1'700'000'000'000'000'001;
  at.response = refusal_of(at.target, 429, "", at.moment);
  at.response.body = json::serialize(body);
  set_limits(
      at.response, 39'999,
      std::to_string(
          at.moment.now.time_since_epoch() / std::chrono::seconds(1) + 900));
  return true;
}

bool html(const Occasion& at) {
  at.response.status =
      at.rule.status == 0 ? 200 : static_cast<int>(at.rule.status);
  at.response.body =
      "<!DOCTYPE html><html><head><title>Sign in</title></head><body>"
      "<form action=\"/login\">Wi-Fi</form></body></html>";
  at.response.set_header("content-type", "text/html; charset=utf-8");
  return true;
}

bool empty_body(const Occasion& at) {
  at.response.status =
      at.rule.status == 0 ? 200 : static_cast<int>(at.rule.status);
  at.response.set_header("content-type", "application/json");
  return true;
}

bool redirect(const Occasion& at) {
  at.response.status =
      at.rule.status == 0 ? 302 : static_cast<int>(at.rule.status);
  at.response.set_header("location", at.rule.target);
  return true;
}

bool gzip_bomb(const Occasion& at) {
  const int64_t bytes = at.rule.bytes == 0 ? 256 << 20 : at.rule.bytes;
  at.response.body = gzip_of_spaces(bytes);
  at.response.set_header("content-type", "application/json");
  at.response.set_header("content-encoding", "gzip");
  return true;
}

bool token_refused(const Occasion& at) {
  const bool youtube = YoutubeApi::serves(at.target.path());
  const char* const name = youtube                       ? "pageToken"
                           : at.target.has("next_token") ? "next_token"
                                                         : "pagination_token";
  const auto token = at.target.find(name);
  if (!token) return false;
  at.response = youtube
                    ? refusal_of(at.target, 400, "invalidPageToken", at.moment)
                    : invalid_request(kTweetWords,
                                      "'" + std::string(name) + "' has expired",
                                      {{name, *token}})
                          .response;
  return true;
}

constexpr std::array kKinds = {
    FaultKind{"refuse", " status reason ",
              "status (503) and reason in the site's own words",
              refuse_request},
    FaultKind{"rate-limit", " seconds ",
              "429 that ends in so many seconds (60)", rate_limit},
    FaultKind{"rate-limit-bare", " ", "429 without a header that says more",
              rate_limit_bare},
    FaultKind{"rate-limit-remaining", " ",
              "429 though 800 requests remain, with a useless reset",
              rate_limit_remaining},
    FaultKind{"usage-cap", " ", "429 UsageCapExceeded of X", usage_cap},
    FaultKind{"html", " status ", "a sign-in page with status (200)", html},
    FaultKind{"empty-body", " status ", "nothing at all with status (200)",
              empty_body},
    FaultKind{"redirect", " status target ", "status (302) to the target",
              redirect},
    FaultKind{"gzip-bomb", " bytes ", "unpacks to so many bytes (256 MiB)",
              gzip_bomb},
    FaultKind{"token-refused", " ", "400 to a request with a page token",
              token_refused},
};

}  // namespace

std::span<const FaultKind> answer_faults() { return kKinds; }

Response refusal_of(const Target& target, int status, const std::string& reason,
                    Moment moment) {
  const bool youtube = YoutubeApi::serves(target.path());
  Response response =
      youtube ? youtube_refusal(status, reason) : x_refusal(status, reason);
  response.headers.emplace_back("date",
                                http_date(moment.now, youtube ? "GMT" : "UTC"));
  response.headers.emplace_back("content-type",
                                "application/json; charset=utf-8");
  return response;
}

}  // namespace grumble::simulator
