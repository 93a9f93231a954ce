#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "store/copies.h"
#include "store/history.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {

/// A band a word of the first four; none of fewer.
inline std::optional<store::Bands> bands_of(const domain::Post& post) {
  std::istringstream words(post.text);
  store::Bands bands{};
  for (size_t k = 0; k < bands.size(); ++k) {
    std::string word;
    if (!(words >> word)) return std::nullopt;
    bands[k] = static_cast<int64_t>(
        std::hash<std::string>()(post.key.platform + std::to_string(k) + word));
  }
  return bands;
}

inline constexpr store::BotLimits kNoBots{0, 0};

/// Posts that say the same, or nearly so, and what the store makes of them.
class Copies : public testing::Test {
 protected:
  Copies() {
    store::record_ruleset(database(), "rules-1", "");
    store::record_ruleset(database(), "rules-2", "");
  }

  store::Database& database() { return test_.database(); }

  /// A post so many hours after the first of them.
  static store::AnalysedPost saying(const std::string& id, int hour,
                                    const std::string& text) {
    store::AnalysedPost one = post(id, text);
    one.post.created_at += std::chrono::hours(hour);
    one.analysis.models = {"Sora"};
    one.analysis.findings = {finding("Sora", "price")};
    return one;
  }
  void land(std::vector<store::AnalysedPost> posts) {
    store::land(database(), batch(std::move(posts)));
  }
  /// The same posts, seen a day later, saying something else.
  void edit(store::AnalysedPost post, const std::string& text) {
    post.post.text = text;
    post.post.observed_at += std::chrono::hours(++age_);
    land({post});
  }
  int64_t judge(const store::BotLimits& limits = kNoBots, int limit = 500) {
    int64_t changed = 0;
    while (const auto judged =
               store::judge_some(database(), bands_of, limits, limit)) {
      changed += judged->changed;
    }
    return changed;
  }
  /// "1 none, 2 duplicate"
  std::string labels() {
    return test_.text(
        "select string_agg(post_id || ' ' || noise, ', ' order by"
        " length(post_id), post_id) from mention"
        " where ordinal = 0 and slot = (select slot from history)");
  }
  int64_t counted() {
    return test_.number(
        "select coalesce(sum(posts), 0) from report.matrix()"
        " where model = 'Sora' and category = 'price'");
  }
  std::string copy_of(const std::string& id) {
    return test_.text(
        "select coalesce(report.copy_of(platform, post_id,"
        " created_at), '') from post where post_id = '" +
        id + "'");
  }
  void expect_exact() {
    EXPECT_TRUE(store::verify_rollups(database()).faults.empty());
    store::tend_history(database());
    EXPECT_TRUE(store::verify_rollups(database()).faults.empty());
    EXPECT_EQ(test_.number("select count(*) from print_due"), 0);
    EXPECT_EQ(test_.number("select count(*) from finding f join mention m"
                           " using (platform, post_id, created_at, slot)"
                           " where m.ordinal = 0 and m.noise <> f.noise"),
              0);
  }

  TestDatabase test_;
  int age_ = 0;
};

}  // namespace grumble::tests
