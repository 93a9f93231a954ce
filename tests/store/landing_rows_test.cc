#include "store/landing_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/store/sample.h"

namespace grumble::tests {
namespace {

using store::prepare_posts;
using store::storable;
using store::unstorable;
using testing::ElementsAre;

TEST(Unstorable, TellsNulFromBrokenUtf8) {
  EXPECT_FALSE(unstorable("plain, \xE5\x8F\xAF\xE7\x81\xB5, \xF0\x9F\x98\x80"));
  EXPECT_EQ(unstorable(std::string("ab\0", 3)), "a NUL byte at offset 2");
  for (const char* const broken :
       {"a\x80", "a\xC0\x80", "a\xE0\x80\x80", "a\xED\xA0\x80",  // surrogate
        "a\xF0\x80\x80\x80", "a\xF4\x90\x80\x80", "a\xF8", "a\xE5\x8F"}) {
    EXPECT_EQ(unstorable(broken), "bytes that are not UTF-8 at offset 1");
  }
}

TEST(Storable, EscapesOnlyWhatItMust) {
  EXPECT_EQ(storable(std::string("\xC3\xA9\0\xFF!", 5)), "\xC3\xA9\\x00\\xFF!");
}

TEST(PreparePosts, SortsAndCollapses) {
  auto older = post("2", "older");
  older.post.observed_at -= std::chrono::hours(1);
  auto context = post("2", "newest");
  context.post.context_only = true;
  const auto prepared = prepare_posts({context, post("3"), older, post("10")});
  ASSERT_EQ(prepared.posts.size(), 3U);
  EXPECT_EQ(prepared.duplicates, 1);
  EXPECT_EQ(prepared.posts[0].post.key.id, "10");
  EXPECT_EQ(prepared.posts[1].post.text, "newest");
  EXPECT_FALSE(prepared.posts[1].post.context_only);
}

// Catalogue: 52
TEST(PreparePosts, TurnsWhatCannotBeStoredIntoRejects) {
  auto bad = post("1", std::string("x\0y", 3));
  auto worse = post("2");
  worse.post.title = "\xED\xA0\x80";
  const auto prepared = prepare_posts({bad, worse, post("3")});
  ASSERT_EQ(prepared.refused.size(), 2U);
  EXPECT_EQ(prepared.refused[0].reason, "text holds a NUL byte at offset 1");
  EXPECT_EQ(prepared.refused[0].item_id, "1");
  EXPECT_EQ(prepared.refused[1].reason,
            "title holds bytes that are not UTF-8 at offset 0");
  EXPECT_EQ(prepared.posts.size(), 1U);
}

// Catalogue: 53
TEST(PreparePosts, RefusesIdsThatNoIndexHolds) {
  const std::string longest(512, 'x');
  auto longer = std::vector(5, post("2"));
  longer[0].post.key.id = longer[1].post.author_id = longer[2].post.lang =
      longer[3].post.conversation_id = longest + 'x';
  longer[4].post.references = {{domain::ReferenceKind::reply, longest + 'x'}};
  const auto prepared = prepare_posts(longer);
  EXPECT_TRUE(prepared.posts.empty());
  ASSERT_EQ(prepared.refused.size(), 5U);
  EXPECT_EQ(prepared.refused[1].reason,
            "author id has 513 bytes, more than 512");
  auto good = post(longest);
  good.post.author_id = good.post.lang = longest;
  EXPECT_EQ(prepare_posts({good}).posts.size(), 1U);
}

TEST(PreparePosts, LeavesOutCountersThatAreAbsurd) {
  auto one = post("1");
  one.post.metrics.likes = INT64_MAX;
  one.post.metrics.views = -1;
  one.post.metrics.quotes = 1'000'000'000'000;
  const auto prepared = prepare_posts({one});
  const domain::Metrics& left = prepared.posts.at(0).post.metrics;
  EXPECT_FALSE(left.likes);
  EXPECT_FALSE(left.views);
  EXPECT_EQ(left.quotes, 1'000'000'000'000);
}

TEST(PreparePosts, RefusesSpansOutsideTheText) {
  auto bad = post("1", "\xC3\xA9");
  bad.analysis.findings = {finding("Sora", "price")};
  EXPECT_THROW(prepare_posts({bad}), std::invalid_argument);
  bad.analysis.findings[0].end = 1;  // within the character
  EXPECT_THROW(prepare_posts({bad}), std::invalid_argument);
  bad.analysis.findings[0].end = 2;
  EXPECT_NO_THROW(prepare_posts({bad}));
}

TEST(PrepareAuthors, KeepsTheLastOfRepeats) {
  const auto authors =
      store::prepare_authors({{"x", "2", "b", "", {}},
                              {"x", "1", "a", "", {}},
                              {"x", "2", "c", "", {}},
                              {"x", "", "nobody", "", {}},
                              {"x", std::string(513, 'x'), "nobody", "", {}}});
  ASSERT_EQ(authors.size(), 2U);
  EXPECT_EQ(authors[0].id, "1");
  EXPECT_EQ(authors[1].handle, "c");
}

TEST(Digest, NoticesEveryField) {
  domain::Analysis analysis;
  analysis.findings = {finding("Sora", "price")};
  analysis.comparisons = {{"Kling", "Sora", "price"}};
  analysis.values = {{"price", 200, "USD", "month", 0, 4}};
  const auto same = store::digest(analysis);
  EXPECT_EQ(store::digest(analysis), same);
  const auto differs = [&](auto change) {
    domain::Analysis other = analysis;
    change(other);
    return store::digest(other) != same;
  };
  EXPECT_TRUE(differs([](auto& a) { a.lang = "en"; }));
  EXPECT_TRUE(differs([](auto& a) { a.noise = domain::Noise::promo; }));
  EXPECT_TRUE(differs([](auto& a) { a.models = {"Sora"}; }));
  EXPECT_TRUE(differs([](auto& a) { a.findings[0].model.reset(); }));
  EXPECT_TRUE(differs([](auto& a) { a.findings[0].version = "2"; }));
  EXPECT_TRUE(differs([](auto& a) { a.findings[0].category = "other"; }));
  EXPECT_TRUE(differs(
      [](auto& a) { a.findings[0].polarity = domain::Polarity::praise; }));
  EXPECT_TRUE(differs([](auto& a) { a.findings[0].end = 3; }));
  EXPECT_TRUE(differs([](auto& a) { a.findings[0].confidence = 0.8; }));
  EXPECT_TRUE(differs([](auto& a) { a.findings[0].counterpart = "Kling"; }));
  EXPECT_TRUE(differs([](auto& a) { a.comparisons[0].better = "Veo"; }));
  EXPECT_TRUE(differs([](auto& a) { a.values[0].amount = 20; }));
  EXPECT_TRUE(differs([](auto& a) { a.values.clear(); }));
}

TEST(ModelsOf, HoldsTheModelOfEveryFinding) {
  domain::Analysis analysis;
  analysis.models = {"Sora"};
  analysis.findings = {finding("Kling", "price"), finding("", "speed")};
  EXPECT_THAT(store::models_of(analysis), ElementsAre("", "Kling", "Sora"));
}

}  // namespace
}  // namespace grumble::tests
