#include "collector/sources/json.h"

#include <gmock/gmock.h>

#include "collector/sources/text.h"

namespace grumble::collector {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<std::string> elements_of(const std::string& bytes) {
  const JsonText text(bytes);
  const auto elements = split_array(text.view());
  if (!elements) return {"no array"};
  return {elements->begin(), elements->end()};
}

TEST(Json, CutsAnArrayWhereItsElementsEnd) {
  EXPECT_THAT(elements_of(R"( [ 1 , "a,]\"" , {"k":[1,2]} , [] ] )"),
              ElementsAre("1", R"("a,]\"")", R"({"k":[1,2]})", "[]"));
  EXPECT_THAT(elements_of("[]"), ElementsAre());
  for (const char* broken : {"", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]",
                             "[1]]", "[\"a]", "[{]", "{}", "[1}", "[1] x"}) {
    EXPECT_THAT(elements_of(broken), ElementsAre("no array")) << broken;
  }
}

TEST(Json, LooksAtNothingBehindTheMostThatIsWanted) {
  const JsonText text(std::string_view("[1,2,3,,,"));
  EXPECT_THAT(*split_array(text.view(), 3), ElementsAre("1", "2", "3"));
  EXPECT_FALSE(split_array(text.view(), 4));
}

TEST(Json, CutsAnObjectIntoItsMembers) {
  const JsonText text(
      std::string_view(R"({"a" : 1,"b\u0061":"x}","c":{"d":null}})"));
  EXPECT_THAT(*split_object(text.view()),
              ElementsAre(Pair("a", "1"), Pair("ba", "\"x}\""),
                          Pair("c", R"({"d":null})")));
  for (const char* broken :
       {"", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}",
        "{\"a\" 1}", "{\"a\":1]", "[]", "{} x"}) {
    const JsonText bad{std::string_view(broken)};
    EXPECT_FALSE(split_object(bad.view())) << broken;
  }
}

TEST(Json, AnItemHasAMegabyteAtMost) {
  JsonParser parser;
  const auto parsed = [&](size_t size) {
    const JsonText text('"' + std::string(size, 'x') + '"');
    return parser.parse(text.view()).has_value();
  };
  EXPECT_TRUE(parsed(1'000'000));
  EXPECT_FALSE(parsed(1'100'000));
}

TEST(Json, NestingIsLimited) {
  std::string deep(100'000, '[');
  deep += std::string(100'000, ']');
  const JsonText text(deep);
  JsonParser parser;
  EXPECT_FALSE(parser.parse(text.view()));
  split_array(text.view());
}

}  // namespace
}  // namespace grumble::collector
