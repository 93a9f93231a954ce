// Holds the shipped rules to figures, on texts of the project's own.

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <string>

#include "analyzer/analyzer.h"
#include "app/evaluation.h"

namespace grumble::app {
namespace {

namespace json = boost::json;

const analyzer::Analyzer& rules() {
  static const analyzer::Analyzer analyzer("rules");
  return analyzer;
}

TEST(RulesQuality, NamesAndHomonymsAreToldApart) {
  std::ifstream in("tests/analyzer/guards.ndjson");
  int texts = 0;
  int right = 0;
  std::string wrong;
  for (std::string line; std::getline(in, line);) {
    const json::object object = json::parse(line).as_object();
    std::set<std::string> want;
    for (const auto& model : object.at("models").as_array()) {
      want.emplace(model.as_string());
    }
    const std::string text(object.at("text").as_string());
    const std::string lang(object.at("lang").as_string());
    const auto models = rules().analyze({text, lang, {}}).models;
    ++texts;
    if (std::set<std::string>(models.begin(), models.end()) == want) {
      ++right;
    } else {
      wrong += "\n  " + text;
    }
  }
  EXPECT_GE(texts, 150);
  EXPECT_GE(right * 100, texts * 97) << wrong;
}

/// Floors under what `grumble rules eval simulator/world.ndjson` prints; they
/// only rise.
TEST(RulesQuality, TheSampleWorldIsReadAsItsWritersLabelledIt) {
  const auto gold = load_gold("simulator/world.ndjson", "");
  ASSERT_GE(gold.size(), 800u);
  const Evaluation evaluation = evaluate(
      gold, [](const domain::Text& text) { return rules().analyze(text); });
  const auto f1 = [&](bool tuple) {
    for (const auto& score : evaluation.scores) {
      if (score.by == "all" && score.level.complaints && score.level.extras &&
          score.level.tuple == tuple) {
        return score.counts.f1();
      }
    }
    ADD_FAILURE();
    return 0.0;
  };
  EXPECT_GE(f1(false), 0.52);
  EXPECT_GE(f1(true), 0.50);
  EXPECT_GE(evaluation.comparisons.precision(), 0.90);
  EXPECT_GE(evaluation.comparisons.recall(), 0.70);
  EXPECT_GE(evaluation.distractors_clean * 100, evaluation.distractors * 90);
}

}  // namespace
}  // namespace grumble::app
