#include "simulator/faults.h"

#include "simulator/x_dialect.h"
#include "simulator/youtube.h"
#include "simulator/youtube_parameters.h"

namespace grumble::simulator {
namespace {

std::string_view title_of(int status) {
  switch (status) {
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

Response failure(const std::string& path, int status) {
  Response response;
  if (!YoutubeApi::serves(path)) {
    response = plain_problem(status, title_of(status));
  } else if (status == 429) {
    response = render({.status = status,
                       .reason = "rateLimitExceeded",
                       .domain = "global",
                       .message = "Too many queries per minute.",
                       .code = "RESOURCE_EXHAUSTED",
                       .detail = "RATE_LIMIT_EXCEEDED"});
  } else {
    response = render({.status = status,
                       .reason = "backendError",
                       .domain = "global",
                       .message = "Backend Error",
                       .code = "UNAVAILABLE"});
  }
  response.headers.emplace_back("content-type",
                                "application/json; charset=utf-8");
  return response;
}

class FailFirst : public Fault {
 public:
  FailFirst(std::string prefix, int count, int status)
      : prefix_(std::move(prefix)), left_(count), status_(status) {}

  std::optional<Response> before(const Request& request, Moment) override {
    const std::string path = Target(request.target).path();
    if (left_ == 0 || path.rfind(prefix_, 0) != 0) return std::nullopt;
    --left_;
    return failure(path, status_);
  }

 private:
  std::string prefix_;
  int left_;
  int status_;
};

}  // namespace

std::optional<Response> Fault::before(const Request& /*request*/,
                                      Moment /*moment*/) {
  return std::nullopt;
}

void Fault::after(const Request& /*request*/, Moment /*moment*/,
                  Response& /*response*/) {}

std::unique_ptr<Fault> fail_first(std::string prefix, int count, int status) {
  return std::make_unique<FailFirst>(std::move(prefix), count, status);
}

std::unique_ptr<Fault> parse_fail_first(std::string_view text) {
  const size_t equals = text.find('=');
  const std::string prefix(equals == text.npos ? std::string_view("/")
                                               : text.substr(0, equals));
  const std::string_view rest =
      equals == text.npos ? text : text.substr(equals + 1);
  const size_t colon = rest.find(':');
  const auto count = parse_number(rest.substr(0, colon));
  const auto status = colon == rest.npos ? std::optional<int64_t>(503)
                                         : parse_number(rest.substr(colon + 1));
  if (!count || !status || *count < 0 || *count > 1'000'000 || *status < 400 ||
      *status > 599 || prefix.empty() || prefix.front() != '/') {
    return nullptr;
  }
  return fail_first(prefix, static_cast<int>(*count),
                    static_cast<int>(*status));
}

}  // namespace grumble::simulator
