#include "app/render/evidence.h"

#include <gtest/gtest.h>

namespace grumble::app {
namespace {

domain::Finding span(size_t begin, size_t end) {
  domain::Finding finding;
  finding.begin = begin;
  finding.end = end;
  return finding;
}

std::string shown(const std::vector<Piece>& pieces) {
  std::string out;
  for (const auto& piece : pieces) {
    out += piece.marked ? "[" + piece.text + "]" : piece.text;
  }
  return out;
}

TEST(Mark, CutsAtSpansInAnyOrder) {
  EXPECT_EQ(shown(mark("too blurry and slow", {span(15, 19), span(4, 10)})),
            "too [blurry] and [slow]");
}

TEST(Mark, JoinsOverlappingSpans) {
  EXPECT_EQ(shown(mark("abcdef", {span(1, 4), span(2, 5), span(1, 3)})),
            "a[bcde]f");
}

TEST(Mark, IgnoresSpansOutsideTheText) {
  EXPECT_EQ(shown(mark("abc", {span(2, 9), span(1, 1)})), "abc");
  EXPECT_EQ(shown(mark("", {span(0, 1)})), "(erased)");
}

TEST(EvidenceLines, MarksAndWrapsWithoutColour) {
  Terminal terminal;
  terminal.width = 30;
  EXPECT_EQ(
      evidence_lines(mark("it is too blurry", {span(10, 16)}), terminal, 2),
      "  it is too «blurry»\n");
}

TEST(EvidenceLines, ColourIsClosedAtEachLinesEnd) {
  Terminal terminal;
  terminal.width = 30;
  terminal.color = true;
  const std::string text = "aaaa bbbb cccc dddd eeee ffff gggg";
  const auto lines =
      evidence_lines(mark(text, {span(0, text.size())}), terminal, 2);
  size_t opened = 0;
  size_t closed = 0;
  for (size_t at = 0; (at = lines.find('\x1b', at)) != std::string::npos;
       ++at) {
    (lines[at + 2] == '1' ? opened : closed) += 1;
  }
  EXPECT_EQ(opened, 2u);
  EXPECT_EQ(closed, 2u);
}

TEST(Shorten, KeepsTheMarkedWordsAndCutsBetweenCharacters) {
  domain::Finding finding;
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "海";
  finding.begin = text.size();
  text += "watermark";
  finding.end = text.size();
  for (int i = 0; i < 100'000; ++i) text += "螺";
  const auto pieces = shorten(mark(text, {finding}), 2000);
  ASSERT_EQ(pieces.size(), 3u);
  EXPECT_EQ(pieces[1].text, "watermark");
  EXPECT_TRUE(pieces[1].marked);
  EXPECT_EQ(pieces[0].text.substr(0, 6), "…海");
  EXPECT_EQ(pieces[2].text.substr(pieces[2].text.size() - 6), "螺…");
  EXPECT_LT(pieces[0].text.size() + pieces[2].text.size(), 2100u);
  EXPECT_EQ(printable(pieces[0].text), pieces[0].text);
  EXPECT_EQ(printable(pieces[2].text), pieces[2].text);
}

TEST(Shorten, AShortTextStaysAndOneOfManyMarksEnds) {
  const auto whole = shorten(mark("all of it", {}), 2000);
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0].text, "all of it");
  std::vector<Piece> many;
  for (int i = 0; i < 5000; ++i) many.push_back({"word word", i % 2 == 1});
  size_t size = 0;
  for (const auto& piece : shorten(many, 2000)) size += piece.text.size();
  EXPECT_LT(size, 2100u);
}

}  // namespace
}  // namespace grumble::app
