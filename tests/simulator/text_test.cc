#include "simulator/text.h"

#include <gtest/gtest.h>

namespace grumble::simulator {
namespace {

std::string folded(std::string_view text) {
  std::string words = fold_words(to_code_points(text));
  for (char& c : words) {
    if (c == kWordBreak) c = '|';
  }
  return words;
}

TEST(FoldWords, SplitsAndFolds) {
  EXPECT_EQ(folded("I like coca-cola!"), "|i|like|coca|cola|");
  EXPECT_EQ(folded("ＦÍSICA Żółć"), "|fisica|zolc|");
  EXPECT_EQ(folded("可灵1.6很贵"), "|可|灵|1|6|很|贵|");
  EXPECT_EQ(folded("wow😭no"), "|wow|😭|no|");
  EXPECT_EQ(folded("so\u2061ra"), "|sora|");
  EXPECT_EQ(folded("..."), "|");
  EXPECT_EQ(folded(""), "|");
}

TEST(FindEntities, FindsEachKindWithItsPlace) {
  const auto text =
      to_code_points("@a_b 看 https://example.com/x?y=1). #可灵 $ABC 200$ #12");
  const auto found = find_entities(text);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].kind, EntityKind::mention);
  EXPECT_EQ(found[0].value, "a_b");
  EXPECT_EQ(found[1].value, "https://example.com/x?y=1");
  EXPECT_EQ(to_utf8(text.substr(found[1].begin, found[1].end - found[1].begin)),
            found[1].value);
  EXPECT_EQ(found[2].kind, EntityKind::hashtag);
  EXPECT_EQ(found[2].value, "可灵");
  EXPECT_EQ(found[3].kind, EntityKind::cashtag);
}

TEST(FindEntities, LeavesMailAddressesAndPricesAlone) {
  EXPECT_TRUE(find_entities(to_code_points("me@example.com $200 # @")).empty());
}

TEST(WeightedLength, CountsAsTheSiteDoes) {
  const auto weigh = [](std::string_view utf8) {
    const auto text = to_code_points(utf8);
    return weighted_length(text, find_entities(text));
  };
  EXPECT_EQ(weigh("abc"), 3u);
  EXPECT_EQ(weigh("可灵"), 4u);
  EXPECT_EQ(weigh("https://example.com/a/very/long/path/indeed/so a"), 25u);
}

TEST(Escape, KnowsBothSites) {
  EXPECT_EQ(escape_markup("<a> & 'b'"), "&lt;a&gt; &amp; 'b'");
  EXPECT_EQ(escape_html("\"it's\""), "&quot;it&#39;s&quot;");
}

TEST(DerivedNames, NeverChange) {
  // Ids in stored databases depend on these two values.
  EXPECT_EQ(stable_hash("grumble"), stable_hash(std::string("grumble")));
  EXPECT_NE(stable_hash("a"), stable_hash("b"));
  EXPECT_EQ(derived_name(1, 11).size(), 11u);
  EXPECT_EQ(from_base64url(base64url("any bytes \x01")), "any bytes \x01");
}

}  // namespace
}  // namespace grumble::simulator
