#include "app/cli/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

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

store::Filter filter_from(const Options& options, const Config& config) {
  store::Filter filter;
  if (!options.since.empty()) {
    filter.since = time_from("--since", options.since);
  }
  if (!options.until.empty()) {
    filter.until = time_from("--until", options.until);
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
  if (filter.models.empty()) return;
  const auto lower = [](std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    return text;
  };
  const auto known = store::model_names(database);
  for (std::string& model : filter.models) {
    const auto found = std::find_if(
        known.begin(), known.end(),
        [&](const auto& name) { return lower(name) == lower(model); });
    if (found == known.end()) {
      throw UsageError(fmt::format(
          "--model: nothing is stored about '{}'; there is: {}", model,
          known.empty() ? "nothing yet"
                        : fmt::format("{}", fmt::join(known, ", "))));
    }
    model = *found;
  }
}

void print_footer(const Options& options, const store::Filter& filter,
                  const store::Totals& totals) {
  if (options.quiet) return;
  const auto day = [](const std::optional<domain::Timestamp>& time) {
    return time ? domain::to_string(*time).substr(0, 10) : std::string("-");
  };
  std::cerr << fmt::format(
      "{} posts, {} to {}; left out: {} promotion and other noise, {} parents "
      "that no query returned; days in {}\n",
      totals.posts, day(totals.oldest), day(totals.newest),
      filter.include_noise ? 0 : totals.noise, totals.context, filter.tz);
}

}  // namespace grumble::app
