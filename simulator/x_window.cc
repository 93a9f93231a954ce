#include "simulator/x_window.h"

#include <algorithm>
#include <array>
#include <limits>

namespace grumble::simulator {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr days kRecent(7);
constexpr days kDefaultReach(30);
constexpr seconds kIndexing(30);
constexpr seconds kShortestAge(10);
constexpr size_t kPositionDigits = 13;
constexpr size_t kCheckDigits = 8;

/// To the minute, as X writes times in its messages.
std::string minute(Timestamp time) {
  return domain::to_string(std::chrono::floor<std::chrono::minutes>(time))
             .substr(0, 16) +
         "Z";
}

class Reader {
 public:
  Reader(const Target& target, Reach reach, const Words& words, Timestamp now)
      : target_(target), reach_(reach), words_(words), now_(now) {}

  Window read() const {
    refuse_mixture();
    const auto since = id("since_id");
    const auto until = id("until_id");
    if (since && until && *until - 1 <= *since) {
      fail("until_id", "'until_id' must be larger than 'since_id'");
    }
    const auto start = time("start_time");
    const auto end = time("end_time");
    Window window;
    window.end_time = end.value_or(now_ - kIndexing);
    window.end = snowflake(window.end_time);
    if (until) {
      window.end = std::min(window.end, *until);
      window.end_time = std::min(window.end_time, time_of(*until));
    }
    if (since) {
      window.first = *since + 1;
      window.start_time = time_of(*since);
    } else {
      window.start_time = start.value_or(default_start(window.end_time));
      window.first = snowflake(window.start_time);
    }
    if (start && window.start_time >= window.end_time) {
      fail("end_time", "'end_time' must be later than 'start_time'");
    }
    return window;
  }

 private:
  [[noreturn]] void fail(const char* name, const std::string& message) const {
    throw invalid_request(words_, message,
                          {{name, target_.find(name).value_or("")}});
  }

  Timestamp oldest() const {
    static const Timestamp kFirst =
        *domain::parse_timestamp("2006-03-21T00:00:00Z");
    return reach_ == Reach::recent ? now_ - kRecent : kFirst;
  }

  Timestamp default_start(Timestamp end) const {
    return reach_ == Reach::recent ? now_ - kRecent : end - kDefaultReach;
  }

  void refuse_mixture() const {
    constexpr std::array kIds = {"since_id", "until_id"};
    constexpr std::array kTimes = {"start_time", "end_time"};
    const auto sent = [this](const char* name) { return target_.has(name); };
    if (!std::any_of(kIds.begin(), kIds.end(), sent) ||
        !std::any_of(kTimes.begin(), kTimes.end(), sent)) {
      return;
    }
    std::vector<std::pair<std::string, std::string>> all;
    for (const char* name :
         {"since_id", "until_id", "start_time", "end_time"}) {
      if (sent(name)) all.emplace_back(name, *target_.find(name));
    }
    throw invalid_request(words_,
                          "Invalid use of 'since_id' or 'until_id' in "
                          "conjunction with 'start_time' or 'end_time'.",
                          all);
  }

  std::optional<int64_t> id(const char* name) const {
    const auto text = target_.find(name);
    if (!text) return std::nullopt;
    const auto value = parse_number(*text);
    if (!value || *value < 0 || text->size() > 19) {
      fail(name, "'" + std::string(name) + "' is no post id");
    }
    if (reach_ == Reach::recent && time_of(*value) < oldest()) {
      fail(name, "'" + std::string(name) + "' must be a " +
                     std::string(words_.resource) + " id created after " +
                     minute(oldest()) + ". Please use a '" + name +
                     "' that is larger than " +
                     std::to_string(snowflake(oldest())));
    }
    return value;
  }

  std::optional<Timestamp> time(const char* name) const {
    const auto text = target_.find(name);
    if (!text) return std::nullopt;
    const auto value = domain::parse_timestamp(*text);
    if (!value) {
      fail(name, "'" + std::string(name) +
                     "' is no RFC 3339 time such as 2024-12-09T18:12:07Z");
    }
    const auto whole = std::chrono::floor<seconds>(*value);
    if (whole > now_ - kShortestAge) {
      fail(name, "Invalid '" + std::string(name) + "':'" + *text + "'. '" +
                     name +
                     "' must be a minimum of 10 seconds prior to the "
                     "request time.");
    }
    if (whole < std::chrono::floor<seconds>(oldest())) {
      fail(name, "Invalid '" + std::string(name) + "':'" + *text + "'. '" +
                     name + "' must be on or after " + minute(oldest()) + ".");
    }
    return whole;
  }

  const Target& target_;
  Reach reach_;
  const Words& words_;
  Timestamp now_;
};

/// What must stay the same from page to page.
uint64_t request_hash(const Target& target) {
  std::string all = target.path();
  for (const char* name : {"query", "start_time", "end_time", "since_id",
                           "until_id", "sort_order", "granularity"}) {
    all += '\n' + target.find(name).value_or("");
  }
  return stable_hash(all);
}

std::string base36(uint64_t value, size_t digits) {
  std::string text(digits, '0');
  for (size_t i = digits; i-- > 0; value /= 36) {
    text[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
  }
  return text;
}

}  // namespace

Window parse_window(const Target& target, Reach reach, const Words& words,
                    Timestamp now) {
  return Reader(target, reach, words, now).read();
}

std::string page_token(const Target& target, int64_t position) {
  const std::string digits =
      base36(static_cast<uint64_t>(position), kPositionDigits);
  const uint64_t check =
      stable_hash(digits + base36(request_hash(target), kPositionDigits));
  return "s1m" + digits + base36(check, kCheckDigits);
}

std::optional<int64_t> parse_page_token(const Target& target,
                                        const Words& words) {
  const char* const name =
      target.has("next_token") ? "next_token" : "pagination_token";
  const auto token = target.find(name);
  if (!token) return std::nullopt;
  uint64_t position = 0;
  if (token->size() == 3 + kPositionDigits + kCheckDigits) {
    for (const char c : token->substr(3, kPositionDigits)) {
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'z' ? c - 'a' + 10
                                               : 0;
      position = position * 36 + static_cast<uint64_t>(digit);
    }
  }
  const auto most = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (position > most ||
      page_token(target, static_cast<int64_t>(position)) != *token) {
    throw invalid_request(words,
                          "'" + std::string(name) +
                              "' is not valid for this request: use it with "
                              "the parameters it was given out for",
                          {{name, *token}});
  }
  return static_cast<int64_t>(position);
}

}  // namespace grumble::simulator
