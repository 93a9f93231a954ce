#include "domain/timestamp.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace grumble::domain {
namespace {

using std::chrono::milliseconds;

/// Takes digits off the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }

  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take_any(std::string_view expected) {
    if (rest_.empty() || expected.find(rest_.front()) == rest_.npos) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  /// Exactly `width` digits.
  std::optional<int> number(size_t width) {
    if (rest_.size() < width) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return value;
  }

  /// The digits after a decimal point, cut to milliseconds.
  std::optional<milliseconds> fraction() {
    size_t digits = 0;
    int value = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      if (digits < 3) value = value * 10 + (rest_.front() - '0');
      ++digits;
      rest_.remove_prefix(1);
    }
    if (digits == 0) return std::nullopt;
    for (size_t i = digits; i < 3; ++i) value *= 10;
    return milliseconds(value);
  }

  char front() const { return rest_.empty() ? '\0' : rest_.front(); }

 private:
  std::string_view rest_;
};

std::optional<Timestamp> read_date(Reader& reader) {
  using std::chrono::day;
  using std::chrono::month;
  using std::chrono::year;
  const auto y = reader.number(4);
  if (!y || !reader.take('-')) return std::nullopt;
  const auto m = reader.number(2);
  if (!m || !reader.take('-')) return std::nullopt;
  const auto d = reader.number(2);
  if (!d || *y < 1970 || *y > 2199) return std::nullopt;
  const std::chrono::year_month_day date(year(*y),
                                         month(static_cast<unsigned>(*m)),
                                         day(static_cast<unsigned>(*d)));
  if (!date.ok()) return std::nullopt;
  return Timestamp(std::chrono::sys_days(date));
}

std::optional<milliseconds> read_time(Reader& reader) {
  const auto h = reader.number(2);
  if (!h || !reader.take(':')) return std::nullopt;
  const auto m = reader.number(2);
  if (!m || !reader.take(':')) return std::nullopt;
  const auto s = reader.number(2);
  if (!s || *h > 23 || *m > 59 || *s > 60) return std::nullopt;
  milliseconds time = std::chrono::hours(*h) + std::chrono::minutes(*m) +
                      std::chrono::seconds(*s);
  if (reader.take('.')) {
    const auto fraction = reader.fraction();
    if (!fraction) return std::nullopt;
    time += *fraction;
  }
  return time;
}

std::optional<std::chrono::minutes> read_offset(Reader& reader) {
  if (reader.take_any("Zz")) return std::chrono::minutes(0);
  const char sign = reader.front();
  if (!reader.take_any("+-")) return std::nullopt;
  const auto h = reader.number(2);
  reader.take(':');
  const auto m = reader.number(2);
  if (!h || !m || *h > 23 || *m > 59) return std::nullopt;
  const auto offset = std::chrono::minutes(*h * 60 + *m);
  return sign == '-' ? -offset : offset;
}

}  // namespace

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  Reader reader(text);
  const auto date = read_date(reader);
  if (!date || !reader.take_any("Tt ")) return std::nullopt;
  const auto time = read_time(reader);
  if (!time) return std::nullopt;
  const auto offset = read_offset(reader);
  if (!offset || !reader.done()) return std::nullopt;
  return *date + *time - *offset;
}

std::string to_string(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 40> out{};
  int length = std::snprintf(
      out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  std::string result(out.data(), static_cast<size_t>(length));
  if (const auto ms = clock.subseconds().count(); ms != 0) {
    length =
        std::snprintf(out.data(), out.size(), ".%03d", static_cast<int>(ms));
    result.append(out.data(), static_cast<size_t>(length));
  }
  return result + "Z";
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || unit + 1 != end || count < 0 || count > 100'000) {
    return std::nullopt;
  }
  switch (*unit) {
    case 's':
      return std::chrono::seconds(count);
    case 'm':
      return std::chrono::minutes(count);
    case 'h':
      return std::chrono::hours(count);
    case 'd':
      return std::chrono::days(count);
    case 'w':
      return std::chrono::weeks(count);
    default:
      return std::nullopt;
  }
}

}  // namespace grumble::domain
