#include "app/suggestion.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace grumble::app {
namespace {

void add(std::vector<Sample>& samples, const std::string& lang, bool target,
         const std::string& text) {
  const std::string id = std::to_string(samples.size());
  samples.push_back({id, lang, text, target});
}

/// Thirty texts of the rest and ten of the target, all about everyday things.
std::vector<Sample> english() {
  std::vector<Sample> samples;
  for (int i = 0; i < 30; ++i) {
    add(samples, "en", false,
        "i made a film, number " + std::to_string(i) +
            ", and the light is nice");
  }
  for (int i = 0; i < 10; ++i) {
    add(samples, "en", true,
        "i made a film, number " + std::to_string(100 + i) +
            (i < 6 ? ", and the frame rate stutters" : ", and it is nice"));
  }
  return samples;
}

const Suggestion* find(const std::vector<Suggestion>& all,
                       const std::string& phrase) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) {
    return one.phrase == phrase;
  });
  return found == all.end() ? nullptr : &*found;
}

TEST(Suggestion, FindsThePhraseThatIsSaidMoreOftenThanInTheRest) {
  const auto all = suggest(english(), {});
  ASSERT_FALSE(all.empty());
  EXPECT_NE(all[0].phrase.find("frame rate stutters"), std::string::npos);
  EXPECT_EQ(all[0].target, 6);
  EXPECT_EQ(all[0].rest, 0);
  EXPECT_GT(all[0].z, 1.96);
  EXPECT_EQ(all[0].ids, (std::vector<std::string>{"30", "31", "32"}));
  // What everybody says is no news, and a part of a phrase is not said twice.
  EXPECT_EQ(find(all, "i made a"), nullptr);
  EXPECT_EQ(find(all, "stutters"), nullptr);
  for (size_t i = 1; i < all.size(); ++i) EXPECT_LE(all[i].z, all[i - 1].z);
}

TEST(Suggestion, ATextThatIsPastedAgainCountsOnce) {
  auto samples = english();
  for (int i = 0; i < 9; ++i) add(samples, "en", true, "buy my preset pack");
  EXPECT_EQ(find(suggest(samples, {}), "buy my preset pack"), nullptr);
}

TEST(Suggestion, ChineseIsReadByCharacters) {
  std::vector<Sample> samples;
  for (const char* subject : {"人物", "镜头", "水面", "头发", "街道", "天空"}) {
    add(samples, "zh", true, std::string(subject) + "一直掉帧,看着累");
    add(samples, "zh", false, std::string(subject) + "拍得漂亮,推荐大家试试");
    add(samples, "zh", false, std::string(subject) + "很自然,适合做短片");
  }
  const auto all = suggest(samples, {});
  ASSERT_FALSE(all.empty());
  EXPECT_TRUE(find(all, "一直掉帧") != nullptr) << all[0].phrase;
  EXPECT_EQ(all[0].lang, "zh");
}

TEST(Suggestion, GrammarNeitherBeginsNorEndsAPhrase) {
  std::vector<Sample> samples;
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    add(samples, "en", false,
        "the boat" + n + " of the lake" + n + ", the sky" + n + " of it");
  }
  for (int i = 0; i < 8; ++i) {
    const std::string n = std::to_string(i);
    add(samples, "en", true,
        "of the stutter of the pan, the take" + n + " of it");
  }
  const auto all = suggest(samples, {});
  EXPECT_NE(find(all, "stutter of the pan"), nullptr);
  for (const auto& one : all) {
    for (const std::string word : {"the", "of"}) {
      EXPECT_FALSE(one.phrase.starts_with(word + " ")) << one.phrase;
      EXPECT_FALSE(one.phrase.ends_with(" " + word)) << one.phrase;
      EXPECT_NE(one.phrase, word);
    }
  }
}

TEST(Suggestion, CharactersOfGrammarMakeNoPhraseByThemselves) {
  std::vector<Sample> samples;
  for (const char* subject : {"人物", "镜头", "水面", "头发", "街道", "天空"}) {
    add(samples, "zh", true, std::string(subject) + "的是了掉帧");
    add(samples, "zh", false, std::string("我的是他的了,他是我的") + subject);
  }
  const auto all = suggest(samples, {});
  EXPECT_EQ(find(all, "的是"), nullptr);
  EXPECT_EQ(find(all, "的是了"), nullptr);
  ASSERT_FALSE(all.empty());
  EXPECT_NE(all[0].phrase.find("掉帧"), std::string::npos);
}

TEST(Suggestion, TooFewTextsSayNothing) {
  SuggestionLimits limits;
  limits.texts = 7;
  EXPECT_TRUE(suggest(english(), limits).empty());
  EXPECT_TRUE(suggest({}, {}).empty());
}

}  // namespace
}  // namespace grumble::app
