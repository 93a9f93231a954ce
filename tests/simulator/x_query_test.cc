#include "simulator/x_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulator/support.h"

namespace grumble::simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Indices of the small world's posts that match, oldest first.
std::vector<size_t> hits(std::string_view text) {
  static const World kWorld = testing::small_world();
  const Query query = Query::parse(text);
  std::vector<size_t> found;
  for (size_t i = 0; i < kWorld.posts().size(); ++i) {
    if (query.matches(kWorld, kWorld.posts()[i])) found.push_back(i);
  }
  return found;
}

TEST(Query, MatchesWordsNotParts) {
  EXPECT_THAT(hits("sora"), ElementsAre(0, 3, 5, 6));
  EXPECT_THAT(hits("SORA"), ElementsAre(0, 3, 5, 6));
  EXPECT_THAT(hits("sor"), IsEmpty());
  EXPECT_THAT(hits("fisica"), ElementsAre(6));
  EXPECT_THAT(hits("coca-cola"), ElementsAre(7));
  EXPECT_THAT(hits("gen-3"), ElementsAre(7));
  EXPECT_THAT(hits("launch"), IsEmpty()) << "a url's own words";
  EXPECT_THAT(hits("sandwich"), ElementsAre(5)) << "behind the cut";
}

TEST(Query, MatchesPartsOfChinese) {
  EXPECT_THAT(hits("可灵"), ElementsAre(3));
  EXPECT_THAT(hits("水印"), ElementsAre(3));
  EXPECT_THAT(hits("便宜"), ElementsAre(3));
  EXPECT_THAT(hits("😭"), ElementsAre(1));
}

TEST(Query, CombinesClauses) {
  EXPECT_THAT(hits("sora kling"), ElementsAre(5));
  EXPECT_THAT(hits("kling OR café"), ElementsAre(5, 6));
  EXPECT_THAT(hits("kling sora OR coca"), ElementsAre(5, 7))
      << "a space binds tighter than OR";
  EXPECT_THAT(hits("sora (kling OR café)"), ElementsAre(5, 6));
  EXPECT_THAT(hits("sora -kling -lang:zh"), ElementsAre(0, 6));
  EXPECT_THAT(hits("\"in my region\""), ElementsAre(0));
  EXPECT_THAT(hits("\"my in region\""), IsEmpty());
  EXPECT_THAT(hits("(sora OR #可灵) -is:retweet"), ElementsAre(0, 3, 5, 6));
}

TEST(Query, KnowsOperators) {
  EXPECT_THAT(hits("#sora"), ElementsAre(0));
  EXPECT_THAT(hits("#可灵"), ElementsAre(3));
  EXPECT_THAT(hits("$abc"), ElementsAre(7));
  EXPECT_THAT(hits("@inkfern"), ElementsAre(1));
  EXPECT_THAT(hits("from:MossGate"), ElementsAre(1, 5));
  EXPECT_THAT(hits("to:inkfern"), ElementsAre(1));
  EXPECT_THAT(hits("url:launch"), ElementsAre(0));
  EXPECT_THAT(hits("from:inkfern is:reply"), ElementsAre(2));
  EXPECT_THAT(hits("pay is:quote"), ElementsAre(4));
  EXPECT_THAT(hits("sora is:retweet"), IsEmpty());
  EXPECT_THAT(hits("sora has:links"), ElementsAre(0, 5));
  EXPECT_THAT(hits("sora has:hashtags lang:zh"), ElementsAre(3));
  EXPECT_THAT(hits("sora min_likes:50"), ElementsAre(3, 5));
  EXPECT_THAT(hits("place:paris"), IsEmpty());
  EXPECT_THAT(hits("sora -is:nullcast"), ElementsAre(0, 3, 5, 6));
}

class Refused : public ::testing::TestWithParam<const char*> {};

TEST_P(Refused, ByTheParser) {
  EXPECT_THROW(Query::parse(GetParam()), QueryError);
}

INSTANTIATE_TEST_SUITE_P(
    Query, Refused,
    ::testing::Values("", "   ", "lang:en", "is:reply", "-sora", "-is:retweet",
                      "has:links -is:retweet", "sora OR lang:en",
                      "sora OR -kling", "-(sora kling)", "sora -(a OR b)",
                      "(sora", "sora)", "()", "\"sora", "sora OR", "OR sora",
                      "sora AND kling", "sora and kling", "sora or kling",
                      "min_faves:3 sora", "min_retweets:3 sora",
                      "source:web sora", "is:nonsense sora",
                      "has:nonsense sora", "min_likes:many sora", "from:",
                      "is:nullcast sora", "-", "!!!", "point_radius:[1 2"));

}  // namespace
}  // namespace grumble::simulator
