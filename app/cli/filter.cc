#include "app/cli/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "app/model_names.h"
#include "app/render/noise.h"

namespace grumble::app {

Config config_from(const Options& options) {
  if (options.config.empty()) return load_config(std::nullopt);
  return load_config(std::filesystem::path(options.config));
}

domain::Timestamp time_from(const std::string& option,
                            const std::string& text) {
  if (const auto time = domain::parse_timestamp(text)) return *time;
  if (const auto day = domain::parse_timestamp(text + "T00:00:00Z")) {
    return *day;
  }
  if (const auto span = domain::parse_duration(text)) {
    return std::chrono::floor<std::chrono::milliseconds>(
               std::chrono::system_clock::now()) -
           *span;
  }
  throw UsageError(fmt::format(
      "{}: '{}' is no time; write 7d, 2024-12-09 or 2024-12-09T18:00:00Z",
      option, text));
}

namespace {

/// A span of a day and more is no measure to the second: it grows to whole
/// hours, or days where roll-ups by hour are gone, and is answered at once.
domain::Timestamp border_from(const std::string& option,
                              const std::string& text, bool end) {
  const domain::Timestamp time = time_from(option, text);
  const auto span = domain::parse_duration(text);
  if (!span || *span < std::chrono::days(1)) return time;
  if (*span <= std::chrono::days(35)) {
    return end ? std::chrono::ceil<std::chrono::hours>(time)
               : std::chrono::floor<std::chrono::hours>(time);
  }
  return end ? std::chrono::ceil<std::chrono::days>(time)
             : std::chrono::floor<std::chrono::days>(time);
}

std::string list_of(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

/// Categories of the rule directory, by name.
std::vector<std::string> categories_in(const std::filesystem::path& rules) {
  std::vector<std::string> keys;
  for (const auto& entry : std::filesystem::directory_iterator(rules)) {
    if (entry.path().extension() != ".toml") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("[category]")) {
        keys.push_back(entry.path().stem());
        break;
      }
    }
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

/// A stored finding may be of a category that the rules no longer have; only a
/// name that no file has is taken for a slip.
void check_categories(const std::vector<std::string>& asked,
                      const std::filesystem::path& rules) {
  if (asked.empty() || !std::filesystem::is_directory(rules)) return;
  const auto known = categories_in(rules);
  for (const auto& key : asked) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw UsageError(
          fmt::format("--category: '{}' is none of {}", key, list_of(known)));
    }
  }
}

/// BCP 47: two or three letters, then perhaps a script or region.
void check_langs(const std::vector<std::string>& asked) {
  for (const auto& lang : asked) {
    const std::string main = lang.substr(0, lang.find('-'));
    const bool letters = std::all_of(
        main.begin(), main.end(), [](char c) { return 'a' <= c && c <= 'z'; });
    if (!letters || main.size() < 2 || main.size() > 3) {
      throw UsageError(fmt::format(
          "--lang: '{}' is no language code; write en, zh, ja, ko, es or und",
          lang));
    }
  }
}

/// A site is named as posts carry it; imports may bring others than ours.
void check_sources(const std::vector<std::string>& asked) {
  for (const auto& source : asked) {
    const bool letters = std::all_of(source.begin(), source.end(), [](char c) {
      return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || c == '_';
    });
    if (!letters || source.empty() || source == "twitter" || source == "yt") {
      throw UsageError(fmt::format(
          "--source: '{}' is no site; write x, youtube, import, or the "
          "'platform' of an import",
          source));
    }
  }
}

}  // namespace

store::Filter filter_from(const Options& options, const Config& config) {
  check_categories(options.categories, config.rules_dir);
  check_langs(options.langs);
  check_sources(options.sources);
  store::Filter filter;
  if (!options.since.empty()) {
    filter.since = border_from("--since", options.since, false);
  }
  if (!options.until.empty()) {
    filter.until = border_from("--until", options.until, true);
  }
  if (filter.since && filter.until && *filter.since >= *filter.until) {
    throw UsageError("--since is not before --until");
  }
  filter.models = options.models;
  filter.categories = options.categories;
  filter.platforms = options.sources;
  filter.langs = options.langs;
  filter.match = options.match;
  filter.include_noise = options.noise;
  filter.tz = options.time_zone.empty() ? config.time_zone : options.time_zone;
  if (options.limit > 0) filter.limit = static_cast<int>(options.limit);
  const auto polarity = domain::parse_polarity(options.polarity);
  if (!polarity) {
    throw UsageError(fmt::format(
        "--polarity: '{}' is none of complaint, praise, request, question, "
        "resolved",
        options.polarity));
  }
  filter.polarities = {*polarity};
  return filter;
}

void resolve(store::Database& database, store::Filter& filter) {
  if (!store::is_time_zone(database, filter.tz)) {
    throw UsageError(fmt::format(
        "--tz: '{}' is no time zone; write one such as Europe/Berlin",
        filter.tz));
  }
  try {
    match_models(database, filter.models);
  } catch (const UnknownModel& error) {
    throw UsageError(std::string("--model: ") + error.what());
  }
}

void print_footer(const Options& options, const store::Filter& filter,
                  const store::Totals& totals) {
  if (options.quiet) return;
  const auto day = [](const std::optional<domain::Timestamp>& time) {
    return time ? domain::to_string(*time).substr(0, 10) : std::string("-");
  };
  std::string asked;
  if (filter.since) asked += " from " + domain::to_string(*filter.since);
  if (filter.until) asked += " up to " + domain::to_string(*filter.until);
  std::cerr << fmt::format(
      "{} posts{}, {} to {}; left out: {}, {} parents that no query returned; "
      "days in {}\n",
      totals.posts, asked, day(totals.oldest), day(totals.newest),
      noise_text(totals), totals.context, filter.tz);
}

}  // namespace grumble::app
