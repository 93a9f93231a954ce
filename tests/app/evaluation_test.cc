#include "app/evaluation.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace grumble::app {
namespace {

namespace fs = std::filesystem;

class EvaluationTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (fs::temp_directory_path() / "grumble-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path file(const std::string& text) const {
    std::ofstream(directory_ / "gold.jsonl") << text;
    return directory_ / "gold.jsonl";
  }

  fs::path directory_;
};

/// Finds one thing in every text: Sora's price is complained about.
domain::Analysis always_price(const domain::Text&) {
  domain::Finding finding;
  finding.model = "Sora";
  finding.category = "price";
  finding.rule = "price.test";
  domain::Analysis analysis;
  analysis.findings = {finding};
  analysis.comparisons = {{"Kling", "Sora", "price"}};
  return analysis;
}

const Score& score(const Evaluation& evaluation, const Level& level,
                   const std::string& by = "all",
                   const std::string& name = "") {
  for (const auto& one : evaluation.scores) {
    if (one.by == by && one.name == name &&
        one.level.complaints == level.complaints &&
        one.level.tuple == level.tuple && one.level.extras == level.extras) {
      return one;
    }
  }
  throw std::runtime_error(by + " " + name);
}

constexpr Level kComplaintPair{};
constexpr Level kComplaintTuple{true, true, true};

TEST_F(EvaluationTest, CountsPairsAndTuples) {
  const auto gold = load_gold(
      file(
          R"({"id":"1","text":"a","complaints":[{"model":"Sora","category":"price"}],"comparisons":[{"better":"Sora","worse":"Kling"}]}
{"id":"2","text":"b","complaints":[{"model":"Kling","category":"price"}]}
{"id":"3","text":"c","complaints":[{"model":"Sora","category":"audio"}],"also_ok":[{"model":"Sora","category":"price","polarity":"complaint"}]}
{"id":"4","text":"d","noise":"news"}
)"),
      "");
  const Evaluation evaluation = evaluate(gold, always_price);
  const Counts pair = score(evaluation, kComplaintPair).counts;
  EXPECT_EQ(pair.tp, 2);
  EXPECT_EQ(pair.fp, 1);  // the fourth; the third is also fine
  EXPECT_EQ(pair.fn, 1);
  const Counts tuple = score(evaluation, kComplaintTuple).counts;
  EXPECT_EQ(tuple.tp, 1);
  EXPECT_EQ(tuple.fp, 2);
  EXPECT_EQ(tuple.fn, 2);
  EXPECT_EQ(evaluation.reversed, 1);
  EXPECT_EQ(evaluation.distractors, 1);
  EXPECT_EQ(evaluation.distractors_clean, 0);
  const Score& price = score(evaluation, kComplaintPair, "category", "price");
  EXPECT_EQ(price.labels(), 2);
  EXPECT_EQ(price.counts.tp, 2);
  EXPECT_EQ(price.counts.fp, 1);
  const Score& audio = score(evaluation, kComplaintPair, "category", "audio");
  EXPECT_EQ(audio.counts.fn, 1);
  EXPECT_EQ(audio.counts.f1(), 0);
}

TEST_F(EvaluationTest, AWrongLabelNamesItsRule) {
  const auto gold = load_gold(
      file(
          R"({"id":"1","text":"a","complaints":[{"model":"Kling","category":"price"}],"praise":[{"model":"Kling","category":"audio"}]}
)"),
      "");
  const Evaluation evaluation = evaluate(gold, always_price);
  ASSERT_EQ(evaluation.misses.size(), 1u);
  const auto& wrongs = evaluation.misses[0].wrongs;
  ASSERT_EQ(wrongs.size(), 3u);
  EXPECT_FALSE(wrongs[0].missed);
  EXPECT_EQ(wrongs[0].rule, "price.test");
  EXPECT_EQ(wrongs[0].label, (Label{"Sora", "price"}));
  EXPECT_TRUE(wrongs[1].missed);
  EXPECT_TRUE(wrongs[1].complaint);
  EXPECT_TRUE(wrongs[2].missed);
  EXPECT_FALSE(wrongs[2].complaint);
  EXPECT_EQ(evaluation.misses[0].gold->id, "1");
}

TEST_F(EvaluationTest, ResolvedCountsAsPraiseAndQuestionsAsNothing) {
  const auto gold = load_gold(
      file(
          R"({"id":"1","text":"a","lang":"en","praise":[{"model":"Sora","category":"price"}]}
)"),
      "");
  for (const auto& [polarity, tp] :
       {std::pair{domain::Polarity::resolved, 1},
        std::pair{domain::Polarity::praise, 1},
        std::pair{domain::Polarity::question, 0}}) {
    const Evaluation evaluation = evaluate(gold, [&](const domain::Text& text) {
      auto analysis = always_price(text);
      analysis.findings[0].polarity = polarity;
      return analysis;
    });
    EXPECT_EQ(score(evaluation, {false, true, true}).counts.tp, tp);
    EXPECT_EQ(score(evaluation, {false, true, true}, "language", "en").labels(),
              1);
    EXPECT_EQ(score(evaluation, kComplaintPair).counts.fp, 0);
  }
}

TEST_F(EvaluationTest, IsTheSameEachTime) {
  const auto gold = load_gold("simulator/world.ndjson", "lang=es");
  ASSERT_GT(gold.size(), 20u);
  const auto a = evaluate(gold, always_price);
  const auto b = evaluate(gold, always_price);
  EXPECT_EQ(score(a, kComplaintPair).low, score(b, kComplaintPair).low);
  EXPECT_LE(score(a, kComplaintPair).low, score(a, kComplaintPair).counts.f1());
  EXPECT_GE(score(a, kComplaintPair).high,
            score(a, kComplaintPair).counts.f1());
}

TEST_F(EvaluationTest, AWorldLineBringsItsContext) {
  const auto gold = load_gold(
      file(
          R"({"kind":"post","at":"2024-12-09T00:00:00Z","by":"a","text":"Sora is out","ref":"r","gold":[]}
{"kind":"post","at":"2024-12-09T00:00:01Z","by":"b","text":"too dear","reply_to":"r","gold":[["Sora","price","complaint"]]}
)"),
      "");
  ASSERT_EQ(gold[1].text.context.size(), 1u);
  EXPECT_EQ(gold[1].text.context[0].kind, "reply");
  EXPECT_EQ(gold[1].text.context[0].text, "Sora is out");
  EXPECT_TRUE(gold[1].complaints.contains({"Sora", "price"}));
}

TEST_F(EvaluationTest, ABadLineIsNamed) {
  try {
    load_gold(file("{\"id\":\"1\",\"text\":\"a\"}\n{\"id\":2\n"), "");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("gold.jsonl:2:"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace grumble::app
