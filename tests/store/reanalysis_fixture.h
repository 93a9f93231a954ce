#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "store/history.h"
#include "store/reanalysis.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

// Posts that two rule sets read, and what comes of it.
namespace grumble::tests {

/// What rules read depends on the text and on nothing else.
inline domain::Analysis analysis_by(unsigned rules, const std::string& text) {
  std::mt19937 random(static_cast<unsigned>(std::hash<std::string>()(text)) +
                      rules);
  const auto any = [&](unsigned below) { return random() % below; };
  const char* const models[] = {"Sora", "Kling", "Veo"};
  domain::Analysis analysis;
  analysis.lang = any(3) == 0 ? "zh" : "en";
  if (any(6) == 0) analysis.noise = domain::Noise::promo;
  for (unsigned i = any(3); i > 0; --i) {
    analysis.models.emplace_back(models[any(3)]);
  }
  for (unsigned i = any(3); i > 0; --i) {
    analysis.findings.push_back(finding(
        any(4) == 0 ? "" : models[any(3)], any(2) == 0 ? "price" : "speed",
        any(4) == 0 ? domain::Polarity::praise : domain::Polarity::complaint));
  }
  if (any(6) == 0) analysis.comparisons = {{"Sora", "Kling", {}}};
  if (any(6) == 0) {
    analysis.values = {{"price", 20, "USD", "month", 0, 4}};
  }
  return analysis;
}

constexpr unsigned kOld = 1;
constexpr unsigned kNew = 2;
inline store::ReadText reads_by(unsigned rules) {
  return [=](const auto&, const auto& text) {
    return analysis_by(rules, text.text);
  };
}

inline std::string name_of(unsigned rules) {
  return "rules-" + std::to_string(rules);
}

/// Version `version` of post `id`, spread over three months.
inline domain::Post a_post(int id, int version = 0) {
  domain::Post post = tests::post(std::to_string(id)).post;
  post.key.platform = id % 3 == 0 ? "youtube" : "x";
  post.author_id = "u" + std::to_string(id % 17);
  post.text = "text " + std::to_string(id) + " v" + std::to_string(version);
  // Some share their time with others.
  post.created_at = at("2026-09-20T00:00:00Z") +
                    std::chrono::minutes(1440 * (id % 90) + id % 5);
  post.observed_at = at("2026-12-24T00:00:00Z") + std::chrono::minutes(version);
  post.context_only = id % 11 == 0;
  post.metrics.likes = id % 7;
  return post;
}

inline std::vector<domain::Post> posts_of(int first, int last,
                                          int version = 0) {
  std::vector<domain::Post> posts;
  for (int id = first; id < last; ++id) posts.push_back(a_post(id, version));
  return posts;
}

inline store::Landed land(store::Database& database, unsigned rules,
                          const std::vector<domain::Post>& posts) {
  std::vector<store::AnalysedPost> read;
  for (const auto& post : posts) {
    read.push_back({post, analysis_by(rules, post.text)});
  }
  store::Batch page = batch(std::move(read));
  page.ruleset = name_of(rules);
  return store::land(database, page);
}

inline void record_both(store::Database& database) {
  store::record_ruleset(database, name_of(kOld), "old");
  store::record_ruleset(database, name_of(kNew), "new");
}

inline void finish(store::Database& database) {
  const auto reads = reads_by(kNew);
  do {
    while (persist([&] { return store::read_some(database, reads, 37); })) {
    }
  } while (
      !persist([&] { return store::show_reanalysis(database, reads, 50); }));
}

inline void clear(store::Database& database) {
  while (store::clear_some(database)) {
  }
}

/// Everything that readers of the shown slot can see, row by row.
inline std::string contents(TestDatabase& test) {
  store::tend_history(test.database());
  std::string all;
  for (const std::string table :
       {"mention", "finding", "comparison", "value"}) {
    all += table + "\n" +
           test.text(
               "select string_agg((to_jsonb(t) - 'slot')::text, E'\\n'"
               " order by platform, post_id, ordinal) from " +
               table + " t where slot = (select slot from history)");
  }
  return all + "\nrollup\n" +
         test.text(
             "select string_agg(concat_ws(' ', r.grain, r.start,"
             "  (to_jsonb(c) - 'cell_id')::text, r.posts, r.engagement,"
             "  r.views, r.authors), E'\\n' order by r.grain, r.start,"
             "  (to_jsonb(c) - 'cell_id')::text)"
             " from rollup r join cell c using (cell_id)"
             " where r.slot = (select slot from history)");
}

class Reanalysis : public testing::Test {
 protected:
  Reanalysis() { record_both(test_.database()); }

  store::Database& database() { return test_.database(); }

  void expect_exact(const std::string& when) {
    const auto result = store::verify_rollups(database());
    EXPECT_EQ(result.faults.size(), 0U) << when;
  }

  /// As if the new rules had read everything from the start.
  void expect_as_if_landed(
      const std::vector<std::vector<domain::Post>>& landings) {
    TestDatabase fresh;
    store::record_ruleset(fresh.database(), name_of(kNew), "new");
    for (const auto& posts : landings) land(fresh.database(), kNew, posts);
    EXPECT_EQ(contents(test_), contents(fresh));
    expect_exact("at the end");
  }

  TestDatabase test_;
};

}  // namespace grumble::tests
