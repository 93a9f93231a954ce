#include "analyzer/matcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace grumble::analyzer {
namespace {

const std::vector<std::string> kPatterns = {
    "\\bslow\\b",        "credits?",     "水印",     "\\bno[ \\t-]+audio\\b",
    "(?:a|b)c*d",        "\\d{1,3}p\\b", "手指?",    "x",
    "\\bso\\b",          "\\b^slow",     "^\\bslow", "so$",
    "(?:ac|no)[a-z]*d?$"};

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

/// The automaton, and each atom by itself, agree whatever memory it has.
class MatcherMemory : public ::testing::TestWithParam<int64_t> {};

void expect_each_alone(const Matcher& matcher, const std::string& text,
                       Hits& hits) {
  std::vector<Span> spans;
  matcher.match(text, hits);
  for (size_t atom = 0; atom < matcher.size(); ++atom) {
    spans.clear();
    matcher.find(static_cast<int>(atom), text, 0, text.size(), spans);
    std::vector<Span> places;
    for (const RawHit& hit : hits.places(static_cast<int>(atom))) {
      places.push_back({hit.begin, hit.end});
    }
    ASSERT_EQ(places, spans)
        << matcher.pattern(static_cast<int>(atom)) << " in " << text;
    ASSERT_EQ(hits.holds[atom] != 0, !spans.empty());
  }
}

TEST_P(MatcherMemory, EqualsEachPatternAlone) {
  const Matcher matcher = matcher_with(GetParam());
  std::mt19937 random(3);
  Hits hits;
  for (int round = 0; round < 20000; ++round) {
    expect_each_alone(matcher, random_text(random), hits);
    if (HasFatalFailure()) return;
  }
}

std::string random_word(std::mt19937& random) {
  std::string word;
  for (size_t n = 3 + random() % 6; n > 0; --n) word += "abcd"[random() % 4];
  return word;
}

/// Far more patterns than the least memory has room for states.
Matcher matcher_of_words(int64_t memory) {
  std::mt19937 random(5);
  Matcher matcher;
  for (int i = 0; i < 120; ++i) {
    const bool bordered = i % 3 == 0;
    std::string pattern = bordered ? "\\b(?:" : "(?:";
    for (int n = 0; n < 12; ++n) {
      const bool loop = bordered && n % 4 == 3;
      pattern += random_word(random) + (loop ? "[a-d]*e|" : "|");
    }
    matcher.add(pattern + random_word(random) + ")\\b");
  }
  matcher.compile(memory);
  EXPECT_EQ(matcher.shape().left_to_re2, 0u);
  return matcher;
}

std::string random_words(std::mt19937& random) {
  std::string text;
  for (int n = 0; n < 12; ++n) {
    text += random_word(random) + (n % 5 == 0 ? "e " : n % 2 == 0 ? " " : "");
  }
  return text;
}

TEST_P(MatcherMemory, ManyPatternsEqualEachAlone) {
  const Matcher matcher = matcher_of_words(GetParam());
  std::mt19937 random(7);
  Hits hits;
  for (int round = 0; round < 400; ++round) {
    expect_each_alone(matcher, random_words(random), hits);
    if (HasFatalFailure()) return;
  }
  // What a scan has worked out without room comes on top until its end.
  EXPECT_LE(
      matcher.shape().bytes,
      static_cast<size_t>(std::max(GetParam(), 3 * Automaton::kLeastMemory)));
}

INSTANTIATE_TEST_SUITE_P(Sizes, MatcherMemory,
                         ::testing::Values(1, 1 << 19, 64 << 20));

TEST(Matcher, TooLittleMemoryIsSlowNotSilent) {
  const Matcher small = matcher_of_words(1);
  const Matcher large = matcher_of_words(64 << 20);
  std::mt19937 random(7);
  Hits hits;
  Hits wanted;
  size_t states = 0;
  bool forgets = false;
  for (int round = 0; round < 400; ++round) {
    const std::string text = random_words(random);
    small.match(text, hits);
    large.match(text, wanted);
    EXPECT_EQ(hits.ids, wanted.ids);
    forgets = forgets || small.shape().states < states;
    states = small.shape().states;
    EXPECT_LE(small.shape().bytes, 3 * Automaton::kLeastMemory);
  }
  EXPECT_TRUE(forgets) << "what it has no room for is begun anew";
  EXPECT_LT(small.shape().states, large.shape().states);
}

TEST(IndexTable, TruncatedGivesItsRoomBack) {
  const auto filled = [](uint32_t count) {
    IndexTable table;
    for (uint32_t i = 0; i < count; ++i) {
      table.intern(mix(7, i), i, [](uint32_t) { return false; });
    }
    return table;
  };
  IndexTable table = filled(100'000);
  table.truncate(100);
  EXPECT_EQ(table.bytes(), filled(100).bytes());
  for (uint32_t i = 0; i < 200; ++i) {
    const uint32_t found = table.intern(
        mix(7, i), i + 1000, [&](uint32_t other) { return other == i; });
    EXPECT_EQ(found, i < 100 ? i : i + 1000);
  }
}

TEST(Matcher, ForgettingEndsWhereItBegan) {
  const Matcher matcher = matcher_of_words(64 << 20);
  const size_t bytes = matcher.shape().bytes;
  const size_t states = matcher.shape().states;
  std::mt19937 random(7);
  Hits hits;
  for (int round = 0; round < 400; ++round) {
    matcher.match(random_words(random), hits);
  }
  EXPECT_GT(matcher.shape().bytes, 4 * bytes);
  matcher.forget();
  EXPECT_EQ(matcher.shape().bytes, bytes);
  EXPECT_EQ(matcher.shape().states, states);
}

/// Threads that build one automaton, and forget it where it has little memory.
class MatcherThreads : public ::testing::TestWithParam<int64_t> {};

INSTANTIATE_TEST_SUITE_P(Sizes, MatcherThreads, ::testing::Values(1, 64 << 20));

TEST_P(MatcherThreads, AnswerAlike) {
  const Matcher shared = matcher_of_words(GetParam());
  const Matcher alone = matcher_of_words(64 << 20);
  std::vector<std::string> texts;
  std::vector<std::vector<int>> wanted;
  std::mt19937 random(9);
  Hits hits;
  for (int i = 0; i < 300; ++i) {
    texts.push_back(random_words(random));
    alone.match(texts.back(), hits);
    wanted.push_back(hits.ids);
  }
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Hits own;
      for (size_t i = 0; i < texts.size(); ++i) {
        const size_t at = (i + t * texts.size() / 4) % texts.size();
        shared.match(texts[at], own);
        wrong += own.ids != wanted[at];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Matcher, WhatNoAutomatonTakesIsLeftToRe2) {
  Matcher matcher;
  const int atom = matcher.add("(?:都|是)*好");
  const int other = matcher.add("不好");
  matcher.compile();
  EXPECT_EQ(matcher.shape().left_to_re2, 1u);
  Hits hits;
  matcher.match("都是好不好", hits);
  EXPECT_EQ(hits.ids, (std::vector<int>{atom, other}));
  ASSERT_EQ(hits.places(atom).size(), 2u);
  EXPECT_EQ(hits.places(atom)[0].end, 9u);
  matcher.match("都是好不好", 9, 12, hits);
  EXPECT_TRUE(hits.ids.empty());
}

}  // namespace
}  // namespace grumble::analyzer
