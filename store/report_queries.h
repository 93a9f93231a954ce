#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/finding.h"
#include "domain/post.h"
#include "store/database.h"

// What the command line, the page and the report ask. Every function reads
// schema `report` only, as a dashboard does. A rate is posts per 100 mentions.
namespace grumble::store {

/// One meaning for every question. Empty lists mean all.
struct Filter {
  std::optional<domain::Timestamp> since;  ///< inclusive
  std::optional<domain::Timestamp> until;  ///< exclusive
  std::vector<std::string> models;
  std::vector<std::string> categories;
  std::vector<std::string> platforms;
  std::vector<std::string> langs;
  std::vector<domain::Polarity> polarities{domain::Polarity::complaint};
  bool include_noise = false;    ///< promotion, quoted prompts, ...
  bool include_context = false;  ///< parents that no query returned
  std::string match;             ///< part of the text, in any case
  std::string tz = "UTC";        ///< where days and weeks begin
  int limit = 50;                ///< rows of `posts` and `top`
};

struct MatrixCell {
  std::string category;
  std::string model;     ///< empty: the finding names no model
  int64_t posts = 0;     ///< posts with such a finding
  int64_t authors = 0;   ///< distinct authors of those, where known
  int64_t mentions = 0;  ///< posts about the model, the rate's denominator
  double rate = 0.0;
};

/// Posts about a model, complaining or not.
struct ModelCount {
  std::string model;  ///< empty: no model is named
  int64_t posts = 0;
  int64_t authors = 0;
};

struct NoiseCount {
  std::string kind;  ///< "promo", "duplicate", "bot", ...
  int64_t posts = 0;
};

/// What the filter's time, platforms and languages hold, whatever its models.
struct Totals {
  int64_t posts = 0;                        ///< counted in what is shown
  int64_t noise = 0;                        ///< left out as noise
  std::vector<NoiseCount> noise_by_kind;    ///< all there is, most first
  int64_t context = 0;                      ///< left out as mere context
  std::optional<domain::Timestamp> oldest;  ///< of the posts counted
  std::optional<domain::Timestamp> newest;
};

struct Matrix {
  std::vector<MatrixCell> cells;   ///< by category, then model
  std::vector<ModelCount> models;  ///< most posts first
  Totals totals;
};
Matrix matrix(Database& database, const Filter& filter);

/// A post and those of its findings that the filter takes, as evidence.
struct EvidencePost {
  domain::Post post;
  std::string handle;  ///< of the author, or empty
  std::string author_name;
  domain::Noise noise = domain::Noise::none;
  std::optional<std::string> copy_of;     ///< id of the post that it repeats
  std::vector<domain::Finding> findings;  ///< spans in domain::full_text(post)
};
/// `engagement` ranks likes within a site, and never adds two sites up.
enum class Order { newest, engagement };
/// At most `filter.limit` posts with a finding that the filter takes; with no
/// polarity and no category in it, every post about the models, findings or
/// not. `references` stay empty.
std::vector<EvidencePost> posts(Database& database, const Filter& filter,
                                Order order = Order::newest);

enum class Bucket { day, week };
enum class By { all, model, category };
struct TrendPoint {
  domain::Timestamp start;  ///< midnight in `filter.tz`; weeks on Mondays
  std::string series;       ///< model or category; "all"
  int64_t posts = 0;
  int64_t authors = 0;
  int64_t mentions = 0;  ///< of the series' model; else of the filter's models
  double rate = 0.0;
  bool complete = true;  ///< false for a bucket that `until` or now cuts
};
/// By series, then time, without gaps.
std::vector<TrendPoint> trend(Database& database, const Filter& filter,
                              Bucket bucket, By by);

/// Every model that a stored post is about, by name.
std::vector<std::string> model_names(Database& database);

/// Whether PostgreSQL knows the zone by that name.
bool is_time_zone(Database& database, const std::string& name);

enum class Dimension { category, model, platform, lang, rule };
struct TopRow {
  std::string key;
  int64_t posts = 0;
  int64_t authors = 0;
  int64_t mentions = 0;  ///< of the model, platform or language; else of all
  double rate = 0.0;
};
/// Most posts first, at most `filter.limit`.
std::vector<TopRow> top(Database& database, const Filter& filter,
                        Dimension dimension);

}  // namespace grumble::store
