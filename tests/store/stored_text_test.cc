#include "store/stored_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/landing.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using testing::ElementsAre;

std::vector<std::string> ids(const std::vector<store::StoredText>& texts) {
  std::vector<std::string> result;
  for (const auto& text : texts) result.push_back(text.key.id);
  return result;
}

TEST(StoredTexts, WalkOverAllByPages) {
  TestDatabase test;
  store::record_ruleset(test.database(), "rules-1", "");
  store::land(test.database(), batch({post("b"), post("c"), post("a")}));
  EXPECT_THAT(ids(store::stored_texts(test.database(), domain::PostKey{}, 2)),
              ElementsAre("a", "b"));
  EXPECT_THAT(
      ids(store::stored_texts(test.database(), domain::PostKey{"x", "b"}, 2)),
      ElementsAre("c"));
}

TEST(StoredTexts, AreReadAsAtLanding) {
  TestDatabase test;
  store::record_ruleset(test.database(), "rules-1", "");
  auto asked = post("q", "which is the best?");
  asked.analysis.models = {"Vidu"};
  asked.analysis.findings = {finding("Vidu", "speed")};
  auto answer = post("r", "none of them");
  answer.post.title = "an answer";
  answer.post.references = {{domain::ReferenceKind::reply, "q"},
                            {domain::ReferenceKind::quote, "absent"}};
  store::land(test.database(), batch({asked, answer}));
  const auto texts =
      store::stored_texts(test.database(), {{"x", "r"}, {"x", "none"}});
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_EQ(texts[0].text.text, "an answer\nnone of them");
  EXPECT_EQ(texts[0].text.lang, "en");
  ASSERT_EQ(texts[0].text.context.size(), 1U);
  EXPECT_EQ(texts[0].text.context[0].kind, "reply");
  EXPECT_EQ(texts[0].text.context[0].text, "which is the best?");
  EXPECT_THAT(texts[0].text.context[0].models, ElementsAre("Vidu"));
}

}  // namespace
}  // namespace grumble::tests
