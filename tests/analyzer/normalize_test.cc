#include "analyzer/normalize.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace grumble::analyzer {
namespace {

class NormalizerTest : public ::testing::Test {
 protected:
  NormalizerTest() {
    normalizer_.add_vocabulary("so slow|good|trash|watermark");
  }

  /// The original's slice for the first place of `folded` in the folded text.
  std::string slice(const std::string& text, const std::string& folded) {
    Folded out;
    normalizer_.fold(text, out);
    const size_t at = out.text().find(folded);
    if (at == std::string_view::npos)
      return "not found: " + std::string(out.text());
    const size_t begin = out.original_begin(at);
    const size_t end = out.original_end(at + folded.size());
    return text.substr(begin, end - begin);
  }

  Normalizer normalizer_{"錢钱貴贵靈灵"};
};

TEST_F(NormalizerTest, FoldsCaseWidthAccentsAndHan) {
  EXPECT_EQ(normalizer_.fold("SORA Ｓｏｒａ ｿﾗ"), "sora sora ソラ");
  EXPECT_EQ(normalizer_.fold("límite Ñandú"), "limite nandu");
  EXPECT_EQ(normalizer_.fold("太貴，燒錢！"), "太贵,燒钱!");
  EXPECT_EQ(normalizer_.fold("ｶﾞｿﾞ"), "ガゾ");
}

TEST_F(NormalizerTest, DropsWhatCannotBeSeen) {
  EXPECT_EQ(normalizer_.fold("wa\u2061ter\u00ADmark\uFEFF"), "watermark");
  EXPECT_EQ(normalizer_.fold("slo\u200Dw"), "slow");
  EXPECT_EQ(normalizer_.fold("👩\u200D🎤"), "👩\u200D🎤");
}

TEST_F(NormalizerTest, StraightensQuotes) {
  EXPECT_EQ(normalizer_.fold("can’t “do”"), "can't \"do\"");
}

TEST_F(NormalizerTest, PutsKnownWordsRight) {
  EXPECT_EQ(normalizer_.fold("sooooo slooooow"), "so slow");
  EXPECT_EQ(normalizer_.fold("GOOOOD"), "good");
  EXPECT_EQ(normalizer_.fold("tr4sh w4term4rk"), "trash watermark");
  EXPECT_EQ(normalizer_.fold("hmmmm 1080p gen3 veo3"), "hmmmm 1080p gen3 veo3");
}

TEST_F(NormalizerTest, MapsBackToTheWordsAsGiven) {
  EXPECT_EQ(slice("it is SLOOOOOW today", "slow"), "SLOOOOOW");
  EXPECT_EQ(slice("no wa\u2061ter\u00ADmark!", "watermark"),
            "wa\u2061ter\u00ADmark");
  EXPECT_EQ(slice("ＳＯＲＡ 太貴了", "太贵"), "太貴");
  EXPECT_EQ(slice("x ｶﾞ y", "ガ"), "ｶﾞ");
  EXPECT_EQ(slice("\u200Bslow\u200B", "slow"), "slow");
}

TEST_F(NormalizerTest, TakesBrokenUtf8) {
  EXPECT_EQ(normalizer_.fold("a\xFF\xC3z\xE4\xB8"), "a  z  ");
  EXPECT_EQ(slice("\xFF\xFEslow\xE4", "slow"), "slow");
}

TEST_F(NormalizerTest, EndsLinesBehindTheText) {
  Folded out;
  normalizer_.fold("SLOW\u200B", out);
  out.end_line();
  EXPECT_EQ(out.text(), "slow\n");
  EXPECT_EQ(out.original_end(4), 4u);
  EXPECT_EQ(out.original_end(5), 7u);
}

bool on_border(const std::string& text, size_t at) {
  return at == text.size() ||
         (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

TEST_F(NormalizerTest, OffsetsOfRandomTextsStayOrderedAndOnBorders) {
  const std::vector<std::string> parts = {
      "so",     "ooooo", "ﬁ",  "㌔",      "貴",     "\u2061", "\u200D", "👩",
      "ｶ",      "ﾞ",     "é",  "e\u0301", "한",     "ᄒ",     "ᅡ",     "“",
      "tr4sh ", " ",     "\n", "０",      "\u00AD", "İ",      "ß",      "𝗕"};
  std::mt19937 random(7);
  Folded folded;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t n = random() % 12; n > 0; --n) {
      text += parts[random() % parts.size()];
    }
    normalizer_.fold(text, folded);
    if (round % 2 == 0) folded.end_line();
    const std::string_view out = folded.text();
    size_t last = 0;
    for (size_t at = 0; at <= out.size(); ++at) {
      if (!on_border(std::string(out), at)) continue;
      const size_t begin = folded.original_begin(at);
      const size_t end = folded.original_end(at);
      ASSERT_LE(begin, text.size()) << text;
      ASSERT_LE(end, text.size()) << text;
      ASSERT_TRUE(on_border(text, begin)) << text;
      ASSERT_TRUE(on_border(text, end)) << text;
      ASSERT_GE(begin, last) << text;
      last = begin;
    }
  }
}

TEST_F(NormalizerTest, OffsetsOfRandomBytesStayInside) {
  std::mt19937 random(11);
  Folded folded;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t n = random() % 24; n > 0; --n) {
      text += static_cast<char>(random() % 256);
    }
    normalizer_.fold(text, folded);
    for (size_t at = 0; at <= folded.text().size(); ++at) {
      ASSERT_LE(folded.original_begin(at), text.size());
      ASSERT_LE(folded.original_end(at), text.size());
    }
  }
}

}  // namespace
}  // namespace grumble::analyzer
