#include "analyzer/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include "analyzer/analyzer.h"

namespace grumble::analyzer {
namespace {

class PatternTest : public ::testing::Test {
 protected:
  bool finds(const std::string& phrase, const std::string& text) {
    const Pattern pattern = compiler_.phrase({phrase, {"f.toml", 3, 7}});
    EXPECT_EQ(pattern.pieces.size(), 1u);
    return RE2::PartialMatch(normalizer_.fold(text),
                             RE2(pattern.pieces.front()));
  }

  std::string error(const std::string& phrase, bool regex = false) {
    try {
      const Words words{phrase, {"f.toml", 3, 7}};
      regex ? void(compiler_.regex(words)) : void(compiler_.phrase(words));
    } catch (const RuleError& refused) {
      return refused.what();
    }
    return "";
  }

  Normalizer normalizer_{"貴贵"};
  std::map<std::string, WordList> lists_ = {
      {"bad", {{"awful", {}}, {"烂", {}}}}, {"loop", {{"{loop}", {}}}}};
  PatternCompiler compiler_{normalizer_, lists_};
};

TEST_F(PatternTest, LatinWordsHaveBordersHanHasNone) {
  EXPECT_TRUE(finds("slow", "So SLOW!"));
  EXPECT_FALSE(finds("slow", "slowly"));
  EXPECT_TRUE(finds("太贵", "真的太貴了"));
  EXPECT_TRUE(finds("credit(s)?", "my credits"));
}

TEST_F(PatternTest, AlternativesOfBothKindsHaveNoBorder) {
  EXPECT_TRUE(finds("(#|[一五])秒", "又是五秒"));
  EXPECT_TRUE(finds("(#|[一五])秒", "又是5秒"));
  EXPECT_TRUE(finds("(ai|视频)味", "一股视频味"));
  EXPECT_TRUE(finds("画面(ok|烂)", "画面烂透"));
  EXPECT_TRUE(finds("(is|'s) slow", "it's slow"));
  EXPECT_FALSE(finds("(so|too) slow", "also slow"));
}

TEST_F(PatternTest, SpacesHyphensAndApostrophesAreLoose) {
  EXPECT_TRUE(finds("rip off", "a rip-off"));
  EXPECT_TRUE(finds("can't use", "cant use it"));
  EXPECT_TRUE(finds("너무 비싸", "너무비싸"));
  EXPECT_TRUE(finds("too expensive", "too  expensive"));
  EXPECT_FALSE(finds("too expensive", "tooexpensive"));
  EXPECT_TRUE(finds("too ?expensive", "tooexpensive"));
  EXPECT_TRUE(finds("too ?expensive", "too expensive"));
}

TEST_F(PatternTest, StarsNumbersListsAndSigns) {
  EXPECT_TRUE(finds("burn* #", "burning 300"));
  EXPECT_FALSE(finds("burn*", "sunburn"));
  EXPECT_TRUE(finds("so {bad}", "so awful"));
  EXPECT_FALSE(finds("so {bad}", "so awfully"));
  EXPECT_TRUE(finds("画面{bad}", "画面烂"));
  EXPECT_TRUE(finds("$#", "$200"));
  EXPECT_TRUE(finds("(\\$|money) back", "$ back"));
  EXPECT_TRUE(finds("c\\+\\+", "C++"));
  EXPECT_FALSE(finds("c\\+\\+", "c"));
  EXPECT_TRUE(finds("real(\\?|!)", "real?"));
  EXPECT_TRUE(finds("plan \\| pro", "plan | pro"));
  EXPECT_TRUE(finds("veo 3.1", "Veo 3.1"));
  EXPECT_FALSE(finds("veo 3.1", "Veo 3x1"));
}

TEST_F(PatternTest, StarsRepeatWordsAndExtendBrackets) {
  EXPECT_TRUE(finds("(burn|melt)* #", "melting 300"));
  EXPECT_FALSE(finds("so (burn|melt)*", "so 300"));
  EXPECT_TRUE(finds("is (so |very )*slow", "is slow"));
  EXPECT_TRUE(finds("is (so |very )*slow", "is so very slow"));
  EXPECT_FALSE(finds("is (so |very )*slow", "is sometimes slow"));
  EXPECT_FALSE(finds("is (so |very )*slow", "is so so so so slow"));
}

TEST_F(PatternTest, GapsSplitPhrases) {
  const Pattern pattern = compiler_.phrase({"eats ~ my ~6 credits", {}});
  EXPECT_EQ(pattern.pieces.size(), 3u);
  EXPECT_EQ(pattern.gaps, (std::vector<double>{3, 6}));
}

TEST_F(PatternTest, PiecesThatMayBeMissingLeaveRoomOnly) {
  const Pattern last = compiler_.phrase({"ignores ~2 (my|the)?", {}});
  EXPECT_EQ(last.pieces.size(), 1u);
  EXPECT_TRUE(last.gaps.empty());
  const Pattern first = compiler_.phrase({"(my)? ~2 prompts ~ fail", {}});
  EXPECT_EQ(first.pieces.size(), 2u);
  EXPECT_EQ(first.gaps, (std::vector<double>{3}));
  const Pattern middle = compiler_.phrase({"eats ~2 (my)? ~4 credits", {}});
  EXPECT_EQ(middle.pieces.size(), 2u);
  EXPECT_EQ(middle.gaps, (std::vector<double>{6}));
}

TEST_F(PatternTest, RefusesWithThePlace) {
  using ::testing::HasSubstr;
  using ::testing::StartsWith;
  EXPECT_THAT(error("(slow"), StartsWith("f.toml:3:7: bad pattern"));
  EXPECT_THAT(error("so {good}"), HasSubstr("no list \"good\""));
  EXPECT_THAT(error("{loop}"), HasSubstr("names itself"));
  EXPECT_THAT(error("slow ~"), HasSubstr("nothing beside"));
  EXPECT_THAT(error("(so ~ slow)"), HasSubstr("inside brackets"));
  EXPECT_THAT(error("(so)?"), HasSubstr("matches the empty text"));
  EXPECT_THAT(error("so|too slow"), HasSubstr("outside brackets"));
  EXPECT_THAT(error("^too slow"), HasSubstr("means nothing in a phrase"));
  EXPECT_THAT(error("too slow\\b"), HasSubstr("\"\\\" means nothing"));
  EXPECT_THAT(error("(so )+slow"), HasSubstr("\"+\" means nothing"));
  EXPECT_THAT(error("slow( again|$)"), HasSubstr("write \"\\$\" for"));
  EXPECT_THAT(error("a.{0,40}b", true), HasSubstr("has a gap"));
  EXPECT_THAT(error("a.*b", true), HasSubstr("has a gap"));
  EXPECT_THAT(error("[^a]+b", true), HasSubstr("has a gap"));
  EXPECT_THAT(error("Sora", true), HasSubstr("upper case"));
  EXPECT_THAT(error("a*", true), HasSubstr("empty text"));
  EXPECT_EQ(error("\\bso{1,3}\\b", true), "");
}

}  // namespace
}  // namespace grumble::analyzer
