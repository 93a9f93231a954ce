#include <gtest/gtest.h>

#include "domain/finding.h"
#include "domain/post.h"

namespace grumble::domain {
namespace {

TEST(Names, EveryWrittenNameReadsBack) {
  for (const auto polarity :
       {Polarity::complaint, Polarity::praise, Polarity::request,
        Polarity::question, Polarity::resolved}) {
    EXPECT_EQ(parse_polarity(to_string(polarity)), polarity);
  }
  for (const auto noise :
       {Noise::none, Noise::promo, Noise::prompt, Noise::news, Noise::bot,
        Noise::duplicate, Noise::homonym}) {
    EXPECT_EQ(parse_noise(to_string(noise)), noise);
  }
  for (const auto scope :
       {Scope::clause, Scope::text, Scope::context, Scope::none}) {
    EXPECT_EQ(parse_scope(to_string(scope)), scope);
  }
  EXPECT_FALSE(parse_post_kind("tweet"));
}

TEST(FullText, PutsATitleBeforeTheText) {
  Post post;
  post.text = "b";
  EXPECT_EQ(full_text(post), "b");
  post.title = "a";
  EXPECT_EQ(full_text(post), "a\nb");
  post.text.clear();
  EXPECT_EQ(full_text(post), "a");
}

}  // namespace
}  // namespace grumble::domain
