#include "analyzer/values.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>

namespace grumble::analyzer {
namespace {

using Piece = re2::StringPiece;

constexpr std::string_view kNumber =
    R"((\d{1,3}(?:,\d{3})+|\d{1,7})(\.\d{1,3})?)";
constexpr std::string_view kPer =
    R"((?:\s?(?:/|a\b|an\b|per\b|each\b|every\b|al\b|por\b|每|一个?|1个?)?\s?((?:months?|mo|mth|years?|yr|annum|weeks?|days?|videos?|clips?|generations?|gens?|seconds?|secs?|minutes?|mins?|mes|ano)\b|月|年|日|天|周|条|次|个视频|秒|分钟|本|달|월|년))?)";

std::string_view unit_of(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 28>
      kUnits = {
          {{"$", "USD"},         {"usd", "USD"},        {"dollar", "USD"},
           {"buck", "USD"},      {"美元", "USD"},       {"美金", "USD"},
           {"刀", "USD"},        {"€", "EUR"},          {"eur", "EUR"},
           {"£", "GBP"},         {"gbp", "GBP"},        {"pound", "GBP"},
           {"日元", "JPY"},      {"円", "JPY"},         {"yen", "JPY"},
           {"jpy", "JPY"},       {"¥", "CNY"},          {"rmb", "CNY"},
           {"cny", "CNY"},       {"元", "CNY"},         {"块", "CNY"},
           {"人民币", "CNY"},    {"₩", "KRW"},          {"원", "KRW"},
           {"krw", "KRW"},       {"credit", "credits"}, {"积分", "credits"},
           {"灵感值", "credits"}}};
  for (const auto& [start, unit] : kUnits) {
    if (word.starts_with(start)) return unit;
  }
  return "credits";
}

std::string_view period_of(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 24>
      kPeriods = {{{"mo", "month"},  {"mth", "month"},   {"mes", "month"},
                   {"月", "month"},  {"달", "month"},    {"월", "month"},
                   {"mi", "minute"}, {"分钟", "minute"}, {"y", "year"},
                   {"an", "year"},   {"年", "year"},     {"년", "year"},
                   {"w", "week"},    {"周", "week"},     {"d", "day"},
                   {"天", "day"},    {"日", "day"},      {"v", "clip"},
                   {"c", "clip"},    {"g", "clip"},      {"条", "clip"},
                   {"次", "clip"},   {"个视频", "clip"}, {"本", "clip"}}};
  for (const auto& [start, period] : kPeriods) {
    if (word.starts_with(start)) return period;
  }
  return word.empty() ? "" : "second";
}

double number_of(Piece whole, Piece fraction) {
  std::string digits;
  for (char c : whole) {
    if (c != ',') digits += c;
  }
  digits.append(fraction.data(), fraction.size());
  return std::strtod(digits.c_str(), nullptr);
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void prices() {
    static const RE2 before(R"(([$€£¥₩])\s?)" + std::string(kNumber) + "(k)?" +
                            std::string(kPer));
    static const RE2 after(
        std::string(kNumber) +
        R"(()\s?(usd|dollars?|bucks|eur|euros?|gbp|pounds|cny|rmb|jpy|yen|krw|credits?|美元|美金|刀|人民币|日元|元|块钱?|円|원|积分|灵感值|\$|€|£))" +
        std::string(kPer));
    each(before, [&](const std::array<Piece, 6>& p) {
      add("price", number_of(p[2], p[3]) * (p[4].empty() ? 1 : 1000),
          std::string(unit_of(view(p[1]))), std::string(period_of(view(p[5]))));
    });
    each(after, [&](const std::array<Piece, 6>& p) {
      add("price", number_of(p[1], p[2]), std::string(unit_of(view(p[4]))),
          std::string(period_of(view(p[5]))));
    });
  }

  void resolutions() {
    static const RE2 lines(
        R"(\b(240|360|480|512|540|576|720|768|1080|1440|2160)()()()\s?p\b())");
    static const RE2 kilo(R"(\b([248])()()()k\b())");
    each(lines, [&](const std::array<Piece, 6>& p) {
      add("resolution", number_of(p[1], p[2]), "p", "");
    });
    each(kilo, [&](const std::array<Piece, 6>& p) {
      const double k = number_of(p[1], p[2]);
      add("resolution", k == 8 ? 4320 : k == 4 ? 2160 : 1440, "p", "");
    });
  }

  void quotas() {
    static const RE2 quota(
        std::string(kNumber) +
        R"(()\s?(videos?|clips?|generations?|gens|条|个视频|次)()\s?(?:a|per|/|every|每)\s?(?:day|month|week|天|月|周))");
    each(quota, [&](const std::array<Piece, 6>& p) {
      const std::string_view all = view(p[0]);
      const bool month =
          all.find("month") != all.npos || all.find("月") != all.npos;
      const bool week =
          all.find("week") != all.npos || all.find("周") != all.npos;
      add("quota", number_of(p[1], p[2]), "clips",
          month  ? "month"
          : week ? "week"
                 : "day");
    });
  }

  void durations() {
    static const RE2 duration(
        std::string(kNumber) +
        R"(()\s?-?(seconds?|secs?|s\b|minutes?|mins?|hours?|hrs?|秒钟?|分钟|小时|초|분|시간)())");
    each(duration, [&](const std::array<Piece, 6>& p) {
      const std::string_view unit = view(p[4]);
      double scale = 1;
      if (unit.starts_with("m") || unit == "分钟" || unit == "분") scale = 60;
      if (unit.starts_with("h") || unit == "小时" || unit == "시간")
        scale = 3600;
      add("duration", number_of(p[1], p[2]) * scale, "s", "");
    });
  }

  std::vector<domain::Value> take() {
    std::sort(values_.begin(), values_.end(),
              [](const auto& a, const auto& b) { return a.begin < b.begin; });
    return std::move(values_);
  }

 private:
  static std::string_view view(Piece piece) {
    return {piece.data(), piece.size()};
  }

  template <typename Use>
  void each(const RE2& re, Use use) {
    const Piece input(text_.data(), text_.size());
    std::array<Piece, 6> groups;
    size_t at = 0;
    while (at < text_.size() &&
           re.Match(input, at, text_.size(), RE2::UNANCHORED, groups.data(),
                    std::min(6, re.NumberOfCapturingGroups() + 1))) {
      begin_ = static_cast<size_t>(groups[0].data() - text_.data());
      end_ = begin_ + groups[0].size();
      at = std::max(end_, at + 1);
      use(groups);
    }
  }

  void add(std::string kind, double amount, std::string unit, std::string per) {
    const bool taken = std::any_of(
        values_.begin(), values_.end(), [&](const domain::Value& value) {
          return value.begin < end_ && begin_ < value.end;
        });
    if (taken) return;
    values_.push_back({std::move(kind), amount, std::move(unit), std::move(per),
                       begin_, end_});
  }

  std::string_view text_;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::vector<domain::Value> values_;
};

}  // namespace

std::vector<domain::Value> read_values(std::string_view folded) {
  if (std::none_of(folded.begin(), folded.end(),
                   [](char c) { return c >= '0' && c <= '9'; })) {
    return {};
  }
  Scanner scanner(folded);
  scanner.prices();
  scanner.resolutions();
  scanner.quotas();
  scanner.durations();
  return scanner.take();
}

}  // namespace grumble::analyzer
