#include "analyzer/clause.h"

#include <gtest/gtest.h>

namespace grumble::analyzer {
namespace {

class ClauseTest : public ::testing::Test {
 protected:
  Clauses read(const std::string& text, const std::string& lang = "en",
               const std::vector<Span>& names = {}) {
    Clauses clauses;
    text_ = normalizer_.fold(text);
    reader_.read(text_, lang, names, clauses);
    return clauses;
  }

  /// Whether `word` is denied.
  bool negated(const std::string& text, const std::string& word,
               const std::string& lang = "en") {
    const Clauses clauses = read(text, lang);
    const size_t at = text_.find(normalizer_.fold(word));
    const Span span{at, at + word.size()};
    return clauses.negated(text_, span, {span});
  }

  Normalizer normalizer_;
  std::string text_;
  RuleFiles files_ = read_rule_files("rules");
  PatternCompiler patterns_{normalizer_, files_.lists};
  ClauseReader reader_{files_.markers, patterns_};
};

TEST_F(ClauseTest, SplitsAtPunctuationContrastAndEmoji) {
  EXPECT_EQ(read("great motion but slow").list.size(), 2u);
  EXPECT_EQ(read("nice. slow! why?").list.size(), 3u);
  EXPECT_EQ(read("效果不错，但是太贵", "zh").list.size(), 2u);
  EXPECT_EQ(read("love it 😍 so slow").list.size(), 2u);
  EXPECT_EQ(read("Gen 4.5 costs 1,200 credits").list.size(), 1u);
}

TEST_F(ClauseTest, KeepsListsOfNamesTogether) {
  const std::vector<Span> names = {{0, 4}, {6, 11}, {16, 21}};
  EXPECT_EQ(read("sora, kling and hailuo lag", "en", names).list.size(), 1u);
}

TEST_F(ClauseTest, NegationReachesAFewWordsWithinItsClause) {
  EXPECT_TRUE(negated("it is not blurry", "blurry"));
  EXPECT_TRUE(negated("never really that slow", "slow"));
  EXPECT_FALSE(negated("not mine, blurry", "blurry"));
  EXPECT_FALSE(negated("not only blurry", "blurry"));
  EXPECT_FALSE(negated("i do not know anyone who calls it slow", "slow"));
  EXPECT_FALSE(negated("not without watermark", "watermark"));
  EXPECT_TRUE(negated("没有水印", "水印", "zh"));
  EXPECT_FALSE(negated("不仅贵", "贵", "zh"));
  EXPECT_TRUE(negated("水印がない", "水印", "ja"));
}

TEST_F(ClauseTest, TellsQuestionsFromPresupposedTrouble) {
  EXPECT_TRUE(read("is it blurry?").list[0].question);
  EXPECT_FALSE(read("why is it blurry?").list[0].question);
  EXPECT_FALSE(read("is anyone else getting blurry clips?").list[0].question);
  EXPECT_TRUE(read("有没有水印", "zh").list[0].question);
  EXPECT_FALSE(read("it is blurry").list[0].question);
}

TEST_F(ClauseTest, ReadsWishesConditionsAndResolvedStates) {
  EXPECT_TRUE(read("i wish it did 4k").list[0].wish);
  EXPECT_TRUE(read("if it is slow").list[0].conditional);
  EXPECT_TRUE(read("they fixed the hands").list[0].resolved);
  EXPECT_FALSE(read("they still have not fixed it").list[0].resolved);
}

TEST_F(ClauseTest, QuotationsAndPromptsAreNoStatements) {
  const Clauses prompt = read("prompt: a man screams it is terrible\n\nslow");
  EXPECT_TRUE(prompt.is_quoted(12));
  EXPECT_FALSE(prompt.is_quoted(text_.size() - 2));
  const Clauses quote = read("he said \"this thing is really very slow\" lol");
  EXPECT_TRUE(quote.is_quoted(text_.find("slow")));
  EXPECT_FALSE(read("the \"unlimited\" plan").is_quoted(6));
  EXPECT_TRUE(read("> it is slow\nno").is_quoted(3));
}

TEST_F(ClauseTest, DistanceCountsWordsAndStopsAtSentences) {
  const Clauses clauses = read("aa bb cc. dd");
  EXPECT_EQ(clauses.distance(text_, 2, 6), 1);
  EXPECT_GT(clauses.distance(text_, 2, 10), 1000);
  const Clauses han = read("画面真的糊", "zh");
  EXPECT_EQ(han.distance(text_, 6, 12), 1);
}

}  // namespace
}  // namespace grumble::analyzer
