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

  /// Whether the trouble that `word` names is over.
  bool resolved(const std::string& text, const std::string& word,
                const std::string& lang = "en") {
    const Clauses clauses = read(text, lang);
    const size_t at = text_.find(normalizer_.fold(word));
    const Span span{at, at + normalizer_.fold(word).size()};
    return clauses.resolved(text_, span, {span});
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

TEST_F(ClauseTest, ReadsWishes) {
  EXPECT_TRUE(read("i wish it did 4k").list[0].wish);
  EXPECT_TRUE(read("4kに期待", "ja").list[0].wish);
  EXPECT_FALSE(read("期待外れ", "ja").list[0].wish);
  EXPECT_FALSE(read("忠実に再現してくれる", "ja").list[0].wish);
}

TEST_F(ClauseTest, IfSupposesOnlyWhatFollowsIt) {
  const Clauses clauses = read("it is blurry if you zoom in");
  EXPECT_FALSE(clauses.supposed.holds(text_.find("blurry")));
  EXPECT_TRUE(clauses.supposed.holds(text_.find("zoom")));
  const Clauses still = read("if you pay it is still slow");
  EXPECT_FALSE(still.supposed.holds(text_.find("slow")));
  const Clauses behind = read("想省钱的话可灵便宜", "zh");
  EXPECT_TRUE(behind.supposed.holds(text_.find("钱")));
  EXPECT_FALSE(behind.supposed.holds(text_.find("便宜")));
  EXPECT_TRUE(
      read("grok imagine is slow", "en", {{0, 12}}).supposed.spans().empty());
}

TEST_F(ClauseTest, AStateIsResolvedOnlyWhereItIsSaid) {
  EXPECT_TRUE(resolved("they fixed the hands", "hands"));
  EXPECT_TRUE(resolved("手の崩れが直った", "崩れ", "ja"));
  EXPECT_FALSE(resolved("fixed the hands and the audio is terrible", "audio"));
  EXPECT_FALSE(resolved("they still have not fixed the hands", "hands"));
  EXPECT_FALSE(resolved("my credits are gone", "credits are gone"));
}

TEST_F(ClauseTest, ACommaAloneMakesNoListOfTwo) {
  const std::vector<Span> two = {{10, 14}, {16, 21}};
  EXPECT_EQ(read("cancelled sora, kling is cheap", "en", two).list.size(), 2u);
  EXPECT_EQ(read("i tested, sora, kling are slow", "en", two).list.size(), 2u);
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
