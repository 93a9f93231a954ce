#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grumble::domain {

enum class Polarity { complaint, praise, request, question, resolved };

/// Where the finding's model was named, with falling confidence.
enum class Scope { clause, text, context, none };

/// Why a text is left out of the counts by default.
enum class Noise { none, promo, prompt, news, bot, duplicate, homonym };

/// One statement of one text about one model and one category.
struct Finding {
  std::optional<std::string> model;    ///< canonical name, `rules/models.toml`
  std::optional<std::string> version;  ///< "2", "Gen-4", ... when named
  std::string category;                ///< key of a rule file: "price"
  Polarity polarity = Polarity::complaint;
  size_t begin = 0;         ///< byte offsets into the text as given:
  size_t end = 0;           ///< [begin, end), on code point borders
  std::string rule;         ///< `category.name`
  double confidence = 0.0;  ///< 0..1
  Scope scope = Scope::none;
  std::optional<std::string> counterpart;  ///< the other model of a comparison

  bool operator==(const Finding&) const = default;
};

/// A head-to-head statement: the writer holds `better` above `worse`.
struct Comparison {
  std::string better;
  std::string worse;
  std::optional<std::string> category;  ///< absent: overall

  bool operator==(const Comparison&) const = default;
};

/// A price, resolution, duration or quota that a finding's clause states.
struct Value {
  std::string kind;     ///< "price", "resolution", "duration", "quota"
  double amount = 0.0;  ///< 200; 720 (lines); seconds; clips
  std::string unit;     ///< "USD", "CNY", "credits", "p", "s", "clips"
  std::string per;      ///< "month", "year", "clip", "second", "" if none
  size_t begin = 0;
  size_t end = 0;

  bool operator==(const Value&) const = default;
};

/// Everything that was read from one text.
struct Analysis {
  std::string lang;  ///< as given, or detected: "en", "zh", ..., "und"
  Noise noise = Noise::none;
  std::vector<Finding> findings;  ///< by begin, then category
  std::vector<Comparison> comparisons;
  std::vector<Value> values;
  /// Every model the text names; when it names none, those of its nearest
  /// context.
  std::vector<std::string> models;

  bool operator==(const Analysis&) const = default;
};

/// What stands around a text: the post replied to or quoted, the video's title.
struct Context {
  std::string kind;  ///< "reply", "quote", "video"
  std::string text;
  std::vector<std::string> models;  ///< when already known; else read from text
};

/// The input of an analysis.
struct Text {
  std::string text;              ///< UTF-8
  std::string lang;              ///< BCP 47, or empty when unknown
  std::vector<Context> context;  ///< nearest first
};

std::string_view to_string(Polarity polarity);
std::string_view to_string(Scope scope);
std::string_view to_string(Noise noise);
/// Empty when `name` is none of the values.
std::optional<Polarity> parse_polarity(std::string_view name);
std::optional<Scope> parse_scope(std::string_view name);
std::optional<Noise> parse_noise(std::string_view name);

}  // namespace grumble::domain
