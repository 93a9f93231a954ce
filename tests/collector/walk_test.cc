#include "collector/walk.h"

#include <gtest/gtest.h>

namespace grumble::collector {
namespace {

using namespace std::chrono_literals;

const domain::Timestamp kNow = *domain::parse_timestamp("2026-03-02T12:00:00Z");

Gap gap_of(int64_t lo, int64_t hi, const std::string& token = "") {
  Gap gap;
  gap.lo = lo;
  gap.hi = gap.asked_hi = hi;
  gap.token = token;
  return gap;
}

Move by_id(const Gap& gap, std::vector<int64_t> keys,
           const std::string& next = "") {
  return advance(gap, {Order::by_id, std::move(keys), "", next}, kNow);
}

Move by_time(const Gap& gap, std::vector<int64_t> keys,
             const std::string& digest, const std::string& next) {
  return advance(gap, {Order::by_time, std::move(keys), digest, next}, kNow);
}

TEST(OpenRange, EndsBelowWhatMayStillGetCompany) {
  const Opening opening = open_range(100, 200, 50);
  EXPECT_EQ(opening.open, (Range{100, 200}));
  EXPECT_EQ(opening.top, 199);
  EXPECT_FALSE(opening.unreachable);
  const Opening next = open_range(opening.top, 300, 50);
  EXPECT_EQ(next.open, (Range{199, 300})) << "no id lies between the two";
}

TEST(OpenRange, IsNothingWhenNoIdFits) {
  for (const int64_t until : {101, 100, 50}) {
    const Opening opening = open_range(100, until, 0);
    EXPECT_FALSE(opening.open);
    EXPECT_EQ(opening.top, 100);
  }
}

// Catalogue: 38
TEST(OpenRange, SaysWhatIsOutOfReach) {
  const Opening opening = open_range(100, 200, 150);
  EXPECT_EQ(opening.unreachable, (Range{100, 151}));
  EXPECT_EQ(opening.open, (Range{150, 200}));
  const Opening all = open_range(100, 200, 500);
  EXPECT_EQ(all.unreachable, (Range{100, 200}));
  EXPECT_FALSE(all.open);
  EXPECT_EQ(all.top, 199);
}

TEST(Clip, TakesTheOldEndAndTheToken) {
  Gap gap = gap_of(100, 200, "t");
  gap.hi = 180;
  EXPECT_EQ(clip(gap, 150), (Range{100, 151}));
  EXPECT_EQ(gap.lo, 150);
  EXPECT_EQ(gap.token, "");
  EXPECT_EQ(gap.asked_hi, 180);
  EXPECT_FALSE(clip(gap, 150));
  EXPECT_EQ(clip(gap, 900), (Range{150, 180}));
  EXPECT_TRUE((Range{gap.lo, gap.hi}.empty()));
}

TEST(Advance, ShrinksToTheLowestIdAndKeepsWhatWasAsked) {
  const Move move = by_id(gap_of(100, 200), {190, 170, 170, 150}, "t");
  EXPECT_EQ(move.fate, Fate::moved);
  EXPECT_EQ(move.gap.hi, 150);
  EXPECT_EQ(move.gap.asked_hi, 200) << "a token belongs to its request";
  EXPECT_EQ(move.gap.token, "t");
}

TEST(Advance, OnlyAMissingTokenEndsARange) {
  EXPECT_EQ(by_id(gap_of(100, 200), {190}).fate, Fate::closed);
  EXPECT_EQ(by_id(gap_of(100, 200), {}).fate, Fate::closed);
  Move move = by_id(gap_of(100, 200), {}, "t0");
  EXPECT_EQ(move.fate, Fate::moved);
  EXPECT_EQ(move.gap.hi, 200);
  for (int i = 1; i <= 20; ++i) {
    move = by_id(move.gap, {}, "t" + std::to_string(i));
  }
  EXPECT_EQ(move.gap.token, "") << "after 20 in a row, from its start";
  EXPECT_EQ(move.gap.restarts, 1);
  EXPECT_EQ(by_id(gap_of(100, 200), {101}, "t").fate, Fate::closed)
      << "no id is left";
}

// Catalogue: 43
TEST(Advance, AnUnsortedOrForeignPageMovesNothing) {
  for (const auto& keys : std::vector<std::vector<int64_t>>{
           {150, 190}, {190, 150, 151}, {100}, {200, 150}, {300}}) {
    const Move move = by_id(gap_of(100, 200), keys);
    EXPECT_EQ(move.fate, Fate::moved);
    EXPECT_EQ(move.gap.hi, 200);
    EXPECT_EQ(move.gap.restarts, 1);
    EXPECT_NE(move.reason, "");
  }
}

// Catalogue: 57
TEST(Advance, APageThatCameTooSoonMovesNothing) {
  const Gap gap = gap_of(0, 100, "t");
  const Move move = advance(gap, {Order::by_id, {90, 80}, "", "u", 7min}, kNow);
  EXPECT_EQ(move.fate, Fate::set_aside);
  EXPECT_EQ(move.gap.lo, 0);
  EXPECT_EQ(move.gap.hi, 100);
  EXPECT_EQ(move.gap.token, "");
  EXPECT_EQ(move.gap.not_before, kNow + 7min);
  // A clock that is years late is wrong.
  EXPECT_EQ(advance(gap, {Order::by_id, {90, 80}, "", "u", 50'000h}, kNow)
                .gap.not_before,
            kNow + 6h);
}

// Catalogue: 42
TEST(Advance, CirclesAreLeftAndThenSetAside) {
  Gap gap = gap_of(100, 200, "t");
  gap.hi = 150;
  Move move = by_id(gap, {190, 150}, "u");
  EXPECT_EQ(move.gap.token, "");
  EXPECT_EQ(move.gap.asked_hi, 150) << "on from the lowest that landed";
  const Move repeated = by_id(gap, {149, 140}, "t");
  EXPECT_EQ(repeated.gap.hi, 140) << "the page itself is good";
  EXPECT_EQ(repeated.gap.token, "");
  for (int i = 0; i < 3; ++i) move = refuse_token(move.gap, kNow);
  EXPECT_EQ(move.fate, Fate::set_aside);
  EXPECT_EQ(move.gap.not_before, kNow + 1min);
  for (int i = 0; i < 4; ++i) move = refuse_token(move.gap, kNow);
  EXPECT_EQ(move.gap.not_before, kNow + 2min);
  EXPECT_EQ(by_id(move.gap, {149}, "t").gap.tries, 0) << "progress forgives";
}

TEST(Advance, AWalkByTimeEndsAWholePageBelowKnownGround) {
  Move move = by_time(gap_of(100, 200), {190, 90}, "a", "t");
  EXPECT_EQ(move.fate, Fate::moved);
  EXPECT_EQ(move.gap.hi, 200);
  move = by_time(move.gap, {100, 90}, "b", "u");
  EXPECT_EQ(move.fate, Fate::closed);
}

TEST(Advance, AWalkByTimeSeesItsFirstAndItsLastPageAgain) {
  const Move first = by_time(gap_of(100, 200), {190}, "a", "t");
  const Move second = by_time(first.gap, {180}, "b", "u");
  EXPECT_EQ(by_time(second.gap, {190}, "a", "v").gap.restarts, 1);
  EXPECT_EQ(by_time(second.gap, {180}, "b", "v").gap.restarts, 1);
  EXPECT_EQ(by_time(second.gap, {170}, "c", "v").gap.restarts, 0);
}

TEST(Pick, TakesTheNewestAndEveryFourthTimeTheOldest) {
  std::vector<Gap> gaps(3);
  for (int64_t i = 0; i < 3; ++i) gaps[static_cast<size_t>(i)].id = i + 1;
  std::string order;
  for (int64_t turn = 0; turn < 8; ++turn) {
    order += std::to_string(pick(gaps, turn, kNow)->id);
  }
  EXPECT_EQ(order, "33313331");
  gaps[2].not_before = kNow + 1s;
  EXPECT_EQ(pick(gaps, 0, kNow)->id, 2);
  EXPECT_EQ(pick(gaps, 0, kNow + 1s)->id, 3);
  EXPECT_EQ(pick({}, 0, kNow), nullptr);
}

}  // namespace
}  // namespace grumble::collector
