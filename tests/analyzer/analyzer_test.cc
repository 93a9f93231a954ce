#include "analyzer/analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace grumble::analyzer {
namespace {

using domain::Noise;
using domain::Polarity;
using domain::Scope;

const Analyzer& analyzer() {
  static const Analyzer kAnalyzer("rules");
  return kAnalyzer;
}

/// "Model category polarity" of every finding.
std::vector<std::string> read(const std::string& text,
                              std::vector<domain::Context> context = {}) {
  std::vector<std::string> out;
  for (const auto& finding :
       analyzer().analyze({text, "", std::move(context)}).findings) {
    out.push_back(finding.model.value_or("-") + " " + finding.category + " " +
                  std::string(to_string(finding.polarity)));
  }
  return out;
}

std::vector<std::string> pairs(const std::string& text) {
  std::vector<std::string> out;
  for (const auto& pair : analyzer().analyze({text, "", {}}).comparisons) {
    out.push_back(pair.better + ">" + pair.worse + " " +
                  pair.category.value_or("-"));
  }
  return out;
}

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(Analyzer, LoadsEighteenCategories) {
  EXPECT_EQ(analyzer().categories().size(), 18u);
  EXPECT_THAT(analyzer().models(), Contains("Sora"));
}

TEST(Analyzer, ReadsPolarityByClause) {
  EXPECT_THAT(read("Sora clips come out blurry"),
              ElementsAre("Sora resolution complaint"));
  EXPECT_THAT(read("no watermark on Kling, finally"),
              ElementsAre("Kling watermark praise"));
  EXPECT_THAT(read("Does Veo 3 put a watermark on it?"),
              ElementsAre("Veo watermark question"));
  EXPECT_THAT(read("I wish Sora had no watermark"),
              Contains("Sora watermark request"));
  EXPECT_THAT(read("they finally fixed the mangled hands in Sora"),
              ElementsAre("Sora hallucination_anatomy resolved"));
  EXPECT_THAT(read("Prompt: a man in Sora screams this is terrible"),
              IsEmpty());
}

TEST(Analyzer, TakesTheEndOfATextForAMark) {
  const auto found =
      analyzer().analyze({"Kling keeps logging me out", "", {}}).findings;
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].category, "availability");
  EXPECT_EQ(found[0].end, 26u);
}

TEST(Analyzer, GivesEachModelItsOwnStatement) {
  const auto found =
      read("Kling is way too expensive, Hailuo ignores my prompt");
  EXPECT_THAT(found, Contains("Kling price complaint"));
  EXPECT_THAT(found, Contains("Hailuo prompt_adherence complaint"));
  EXPECT_THAT(read("Sora, Kling and Hailuo are all too expensive"),
              ElementsAre("Sora price complaint", "Kling price complaint",
                          "Hailuo price complaint"));
}

TEST(Analyzer, CarriesTheModelAlongTheText) {
  const auto found = analyzer().analyze(
      {"Tried Sora 2 today. The lip sync is terrible.", "", {}});
  ASSERT_EQ(found.findings.size(), 1u);
  EXPECT_EQ(found.findings[0].model, "Sora");
  EXPECT_EQ(found.findings[0].version, "2");
  EXPECT_EQ(found.findings[0].scope, Scope::text);
  EXPECT_EQ(found.findings[0].category, "audio");
}

TEST(Analyzer, InheritsFromContextAndElseNamesNone) {
  const domain::Context sora{"reply", "Sora Pro review", {}};
  const auto found = analyzer().analyze({"way too expensive", "en", {sora}});
  ASSERT_EQ(found.findings.size(), 1u);
  EXPECT_EQ(found.findings[0].model, "Sora");
  EXPECT_EQ(found.findings[0].scope, Scope::context);
  const auto none =
      analyzer().analyze({"AI video credits are too expensive", "en", {}});
  ASSERT_FALSE(none.findings.empty());
  EXPECT_EQ(none.findings[0].model, std::nullopt);
  EXPECT_EQ(none.findings[0].scope, Scope::none);
}

TEST(Analyzer, ComparesInBothDirections) {
  EXPECT_THAT(pairs("Kling is cheaper than Sora"),
              ElementsAre("Kling>Sora price"));
  EXPECT_THAT(pairs("Sora is slower than Hailuo"),
              ElementsAre("Hailuo>Sora speed"));
  EXPECT_THAT(pairs("Sora can't touch Hailuo for motion"),
              ElementsAre("Hailuo>Sora motion_consistency"));
  EXPECT_THAT(pairs("switched from Sora to Kling because of credits"),
              ElementsAre("Kling>Sora price"));
  EXPECT_THAT(pairs("可灵比Sora便宜"), ElementsAre("Kling>Sora price"));
  EXPECT_THAT(pairs("可灵吊打Sora"), ElementsAre("Kling>Sora general_quality"));
  EXPECT_THAT(
      pairs("my ranking:\n1. Kling\n2. Hailuo\n3. Sora"),
      ElementsAre("Kling>Hailuo general_quality", "Kling>Sora general_quality",
                  "Hailuo>Sora general_quality"));
  EXPECT_THAT(pairs("Sora and Kling came out this year"), IsEmpty());
}

TEST(Analyzer, FindsTheSideThatAComparisonLeavesOut) {
  EXPECT_THAT(pairs("Tried Sora. Kling is way better."),
              ElementsAre("Kling>Sora general_quality"));
  EXPECT_THAT(pairs("Sora is fun. Kling is better than it was"), IsEmpty());
  const auto found = analyzer().analyze(
      {"it's worse than Kling", "en", {{"video", "Sora 2 first look", {}}}});
  ASSERT_EQ(found.comparisons.size(), 1u);
  EXPECT_EQ(found.comparisons[0].better, "Kling");
  EXPECT_EQ(found.comparisons[0].worse, "Sora");
}

TEST(Analyzer, ReadsRankingsAndScores) {
  EXPECT_THAT(
      pairs("1. Kling 2. Hailuo 3. Sora"),
      ElementsAre("Kling>Hailuo general_quality", "Kling>Sora general_quality",
                  "Hailuo>Sora general_quality"));
  EXPECT_THAT(pairs("Passed: Sora 4/15, Kling 9/15"),
              ElementsAre("Kling>Sora general_quality"));
  EXPECT_THAT(read("1. Kling 2. Hailuo 3. Sora"),
              ElementsAre("Kling general_quality praise"));
}

TEST(Analyzer, AsksAndSuppositionsCompareNothing) {
  EXPECT_THAT(pairs("is Kling cheaper than Sora?"), IsEmpty());
  EXPECT_THAT(pairs("I wish Kling was better than Sora"), IsEmpty());
  EXPECT_THAT(pairs("if Kling was cheaper than Sora"), IsEmpty());
}

TEST(Analyzer, ReadsTheExampleOfTheReadme) {
  const std::string text =
      "Cancelled Sora, Kling is half the price and no watermark";
  EXPECT_THAT(read(text),
              ElementsAre("Kling price praise", "Kling watermark praise"));
  EXPECT_THAT(pairs(text), ElementsAre("Kling>Sora price"));
  const auto found = analyzer().analyze({text, "en", {}});
  EXPECT_EQ(found.findings[0].counterpart, "Sora");
  EXPECT_EQ(text.substr(found.findings[0].begin,
                        found.findings[0].end - found.findings[0].begin),
            "Kling is half the price");
}

TEST(Analyzer, ATextUnderAVideoIsAboutTheVideosModels) {
  const domain::Context video{"video", "Sora Pro review", {}};
  EXPECT_THAT(analyzer().analyze({"nice hat", "en", {video}}).models,
              ElementsAre("Sora"));
}

TEST(Analyzer, ComparisonPraisesTheWinnerAndNotTheLoser) {
  EXPECT_THAT(read("Kling is cheaper than Sora"),
              ElementsAre("Kling price praise"));
  const auto worse = read("Runway Gen-4 is worse than Kling");
  EXPECT_THAT(worse, Contains("Runway general_quality complaint"));
  EXPECT_THAT(worse, Contains("Kling general_quality praise"));
}

TEST(Analyzer, RefusesNamesakes) {
  for (const char* text :
       {"Sora is too slow to dodge in Kingdom Hearts 3, Riku is better",
        "the airport runway is too short and the queue is terrible",
        "Luma coffee is way too expensive", "no lo veo bien, es muy caro",
        "炒海螺太贵了"}) {
    for (const auto& finding : analyzer().analyze({text, "", {}}).findings) {
      EXPECT_EQ(finding.model, std::nullopt) << text;
    }
  }
  EXPECT_EQ(analyzer().analyze({"Sora and Riku, Kingdom Hearts", "", {}}).noise,
            Noise::homonym);
}

TEST(Analyzer, NamesCountByTheLanguageAroundThem) {
  const auto models = [](const char* text, const char* lang) {
    return analyzer().analyze({text, lang, {}}).models;
  };
  EXPECT_THAT(models("wan 里的人走路像踩棉花", "zh"), ElementsAre("Wan"));
  EXPECT_THAT(models("旁路由的 wan 口一直掉线", "zh"), IsEmpty());
  EXPECT_THAT(models("veo thinks wheels are optional", "en"),
              ElementsAre("Veo"));
  EXPECT_THAT(models("desde aqui veo borroso el cartel", "es"), IsEmpty());
}

TEST(Analyzer, ASizeStuckToANameIsPartOfIt) {
  EXPECT_THAT(read("LTXV13B is painfully slow"),
              ElementsAre("LTX speed complaint"));
}

TEST(Analyzer, TheSameWordsChargeAModelOnce) {
  // "안 나옴", does not come out, alone would be an outage.
  EXPECT_THAT(read("클링 소리가 안 나옴"),
              ElementsAre("Kling audio complaint"));
  EXPECT_THAT(read("클링 영상이 안 나옴"),
              ElementsAre("Kling availability complaint"));
}

TEST(Analyzer, FindsWordsUnderDisguise) {
  EXPECT_THAT(read("Sora is sooooo sloooow"),
              ElementsAre("Sora speed complaint"));
  EXPECT_THAT(read("可靈太貴了"), ElementsAre("Kling price complaint"));
  const std::string hidden = "Kling's wa\u2061termark is huge";
  const auto found = analyzer().analyze({hidden, "en", {}});
  ASSERT_EQ(found.findings.size(), 1u);
  // However far the rule reaches, its words keep the hidden character.
  EXPECT_THAT(hidden.substr(found.findings[0].begin,
                            found.findings[0].end - found.findings[0].begin),
              testing::StartsWith("wa\u2061termark"));
}

TEST(Analyzer, ReadsValuesOfTexts) {
  const auto found = analyzer().analyze(
      {"Sora is too expensive at $200/mo for 720p", "en", {}});
  ASSERT_EQ(found.values.size(), 2u);
  EXPECT_EQ(found.values[0].amount, 200);
  EXPECT_EQ(found.values[0].per, "month");
  EXPECT_EQ(found.values[1].kind, "resolution");
}

TEST(Analyzer, LabelsNoise) {
  EXPECT_EQ(analyzer()
                .analyze({"Kling accounts, use my code, 40% off", "", {}})
                .noise,
            Noise::promo);
  EXPECT_EQ(analyzer().analyze({"Kling is slow", "", {}}).noise, Noise::none);
}

bool on_border(const std::string& text, size_t at) {
  return at == text.size() ||
         (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

TEST(Analyzer, EvidenceStaysInsideAndOnBordersWhateverComes) {
  const std::vector<std::string> parts = {
      "Sora",   "可灵", " is ",   "太貴", "slooow", "wa\u2061termark", "\xFF",
      "❤️", "no ",  "\n",     ". ",   "，",     "than ",           "Kling",
      "“",      "ﬁ",    "\u200D", "比",   "\0x"};
  std::mt19937 random(5);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (size_t n = random() % 14; n > 0; --n)
      text += parts[random() % parts.size()];
    for (const auto& finding : analyzer().analyze({text, "", {}}).findings) {
      ASSERT_LT(finding.begin, finding.end) << text;
      ASSERT_LE(finding.end, text.size()) << text;
      ASSERT_TRUE(on_border(text, finding.begin)) << text;
      ASSERT_TRUE(on_border(text, finding.end)) << text;
    }
  }
}

TEST(Analyzer, StaysLinearOnHostileText) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "sora slow not credits than ";
  EXPECT_LE(analyzer().analyze({text, "en", {}}).findings.size(), 1000u);
}

}  // namespace
}  // namespace grumble::analyzer
