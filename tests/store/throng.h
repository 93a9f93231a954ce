#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "store/history.h"
#include "store/landing.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {

/// Posts of everything that roll-ups tell apart, from a seed.
class Throng {
 public:
  explicit Throng(unsigned seed) : random_(seed) {}

  store::AnalysedPost post(int id) {
    store::AnalysedPost result = tests::post(std::to_string(id));
    auto& [one, analysis] = result;
    one.key.platform = id % 3 == 0 ? "youtube" : "x";
    one.kind = id % 3 == 0 ? domain::PostKind::comment : domain::PostKind::post;
    one.author_id = any(8) == 0 ? "" : "u" + std::to_string(any(40));
    one.created_at = at("2026-09-20T00:00:00Z") +
                     std::chrono::minutes(1440 * (id % 90) + id % 1440);
    one.observed_at = at("2026-12-24T00:00:00Z") + std::chrono::minutes(age_);
    one.context_only = any(9) == 0;
    if (any(2) == 0) one.metrics.likes = any(50);
    if (any(2) == 0) one.metrics.views = any(5000);
    analysis.lang = any(3) == 0 ? "zh" : "en";
    if (any(7) == 0) analysis.noise = domain::Noise::promo;
    for (int i = any(3); i > 0; --i) analysis.models.push_back(model());
    for (int i = any(4); i > 0; --i) {
      analysis.findings.push_back(
          finding(any(4) == 0 ? "" : model(), category(),
                  any(4) == 0 ? domain::Polarity::praise
                              : domain::Polarity::complaint));
    }
    if (any(6) == 0) analysis.comparisons = {{"Sora", "Kling", {}}};
    for (int i = any(3) == 0 ? any(4) : 0; i > 0; --i) {
      analysis.values.push_back(value());
    }
    return result;
  }

  std::vector<store::AnalysedPost> posts(int first, int last) {
    std::vector<store::AnalysedPost> result;
    for (int id = first; id < last; ++id) result.push_back(post(id));
    return result;
  }

  /// Posts made from now on were seen later.
  void age() { ++age_; }
  int any(int below) { return static_cast<int>(random_() % unsigned(below)); }

 private:
  std::string model() {
    static const char* const kModels[] = {"Sora", "Kling", "Veo"};
    return kModels[any(3)];
  }

  std::string category() {
    static const char* const kCategories[] = {"price", "speed", "hands"};
    return kCategories[any(3)];
  }

  domain::Value value() {
    static const double kAmounts[] = {0.1 + 0.2, 20, 1e15, 1e-5, 123456789};
    if (any(4) == 0) return {"resolution", 1080, "p", "", 0, 4};
    return {"price",
            kAmounts[any(5)],
            any(2) == 0 ? "USD" : "credits",
            any(2) == 0 ? "month" : "",
            0,
            4};
  }

  std::mt19937 random_;
  int age_ = 0;
};

class History : public testing::Test {
 protected:
  History() {
    store::record_ruleset(test_.database(), "rules-1", "");
    store::record_ruleset(test_.database(), "rules-2", "");
  }

  void land(std::vector<store::AnalysedPost> posts,
            const std::string& ruleset = "rules-1") {
    auto page = batch(std::move(posts));
    page.ruleset = ruleset;
    store::land(test_.database(), page);
  }

  void expect_sums(const char* when = "") {
    const auto result = store::verify_rollups(test_.database());
    for (size_t i = 0; i < result.faults.size() && i < 5; ++i) {
      const auto& fault = result.faults[i];
      ADD_FAILURE() << fault.grain << " " << domain::to_string(fault.start)
                    << ": " << fault.kept.value_or(-1) << ", should be "
                    << fault.expected.value_or(-1) << when;
    }
  }

  /// Before the sketches are repaired, and after.
  void expect_exact() {
    EXPECT_GT(test_.number("select count(*) from rollup"), 0);
    expect_sums();
    store::tend_history(test_.database());
    expect_sums(" after repair");
    EXPECT_EQ(test_.number("select count(*) from rollup_dirty"), 0);
  }

  TestDatabase test_;
};

}  // namespace grumble::tests
