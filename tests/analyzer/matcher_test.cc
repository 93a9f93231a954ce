#include "analyzer/matcher.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace grumble::analyzer {
namespace {

const std::vector<std::string> kPatterns = {
    "\\bslow\\b", "credits?",     "水印",  "\\bno[ \\t-]+audio\\b",
    "(?:a|b)c*d", "\\d{1,3}p\\b", "手指?", "x",
    "\\bso\\b"};

Matcher matcher_with(int64_t memory) {
  Matcher matcher;
  for (const auto& pattern : kPatterns) matcher.add(pattern);
  matcher.compile(memory);
  return matcher;
}

std::string random_text(std::mt19937& random) {
  static const std::vector<std::string> parts = {
      "slow", "so",     " ",  "credit", "s",    "水印", "no audio",
      "no",   "-audio", "ac", "cd",     "bd",   "720p", "手",
      "指",   "x",      "\n", "\xFF",   "1080", "p "};
  std::string text;
  for (size_t n = random() % 16; n > 0; --n)
    text += parts[random() % parts.size()];
  return text;
}

TEST(Matcher, SamePatternIsOneAtom) {
  Matcher matcher;
  EXPECT_EQ(matcher.add("a"), matcher.add("a"));
  EXPECT_NE(matcher.add("a"), matcher.add("b"));
}

TEST(Matcher, FindsEveryPlaceLongestFirst) {
  Matcher matcher;
  const int atom = matcher.add("credits?");
  matcher.compile();
  std::vector<Span> spans;
  matcher.find(atom, "credit, credits", 0, 15, spans);
  EXPECT_EQ(spans, (std::vector<Span>{{0, 6}, {8, 15}}));
}

/// The set, and each atom by itself, agree whatever memory the set has.
class MatcherMemory : public ::testing::TestWithParam<int64_t> {};

TEST_P(MatcherMemory, SetEqualsEachPatternAlone) {
  const Matcher matcher = matcher_with(GetParam());
  std::mt19937 random(3);
  Hits hits;
  std::vector<Span> spans;
  for (int round = 0; round < 20000; ++round) {
    const std::string text = random_text(random);
    matcher.match(text, hits);
    for (size_t atom = 0; atom < matcher.size(); ++atom) {
      spans.clear();
      matcher.find(static_cast<int>(atom), text, 0, text.size(), spans);
      ASSERT_EQ(hits.holds[atom] != 0, !spans.empty())
          << matcher.pattern(static_cast<int>(atom)) << " in " << text;
    }
  }
}

// From each atom alone, over several automata, to one.
INSTANTIATE_TEST_SUITE_P(Sizes, MatcherMemory,
                         ::testing::Values(1, 2000, 5000, 20000, 64 << 20));

TEST(Matcher, TooLittleMemoryIsSlowNotSilent) {
  const Matcher matcher = matcher_with(1);
  EXPECT_EQ(matcher.shape().automata, 0u);
  EXPECT_FALSE(matcher.shape().has_set);
  Hits hits;
  matcher.match("so slow", hits);
  EXPECT_TRUE(hits.alone);
  EXPECT_EQ(hits.ids.size(), 2u);
}

// Patterns that no automaton takes, in a set that has no memory to compile, or
// hardly any to match: neither may read as "not there".
TEST(Matcher, ASetWithoutMemoryNeverMeansNoMatch) {
  bool refused = false;
  for (int64_t memory = 1; memory <= int64_t{1} << 22; memory *= 4) {
    Matcher matcher;
    for (int i = 0; i < 24; ++i) {
      matcher.add("(?:" + std::string(1, static_cast<char>('a' + i)) +
                  "[a-y ]{0,30}z[a-y ]{0,30}){2}q");
    }
    matcher.compile(memory);
    ASSERT_EQ(matcher.shape().left_to_re2, matcher.size());
    refused = refused || !matcher.shape().has_set;
    std::mt19937 random(11);
    Hits hits;
    std::vector<Span> spans;
    for (int round = 0; round < 20; ++round) {
      std::string text;
      for (int n = 0; n < 200; ++n) {
        text += "abcdefghijklmnopqrstuvwxyzzzqq "[random() % 31];
      }
      matcher.match(text, hits);
      for (size_t atom = 0; atom < matcher.size(); ++atom) {
        spans.clear();
        matcher.find(static_cast<int>(atom), text, 0, text.size(), spans);
        ASSERT_EQ(hits.holds[atom] != 0, !spans.empty()) << memory;
      }
    }
  }
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace grumble::analyzer
