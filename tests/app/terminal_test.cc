#include "app/render/terminal.h"

#include <gtest/gtest.h>

#include <random>

namespace grumble::app {
namespace {

TEST(Printable, ShowsWhatATerminalWouldActOn) {
  EXPECT_EQ(printable("a\x1b[31mb"), "a\\u{1B}[31mb");
  EXPECT_EQ(printable("\x1b]52;c;ZXZpbA==\x07"), "\\u{1B}]52;c;ZXZpbA==\\u{7}");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\u{9B}31m");  // C1 CSI
  EXPECT_EQ(printable("abc\xE2\x80\xAE"
                      "def"),
            "abc\\u{202E}def");  // RLO
  EXPECT_EQ(printable("a\xE2\x80\x8B"
                      "b"),
            "a\\u{200B}b");  // zero width
  EXPECT_EQ(printable("a\xFF"), "a\\x{FF}");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\u{0}b");
}

TEST(Printable, KeepsTextAndEmoji) {
  EXPECT_EQ(printable("可灵 👨‍👩‍👧 ❤️ é"),
            "可灵 👨‍👩‍👧 ❤️ é");
  EXPECT_EQ(printable("a\nb\tc"), "a b c");
  EXPECT_EQ(printable("a\r\nb", true), "a\nb");
}

TEST(Printable, NoControlByteGetsThrough) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) text += static_cast<char>(random() & 0xFF);
    const std::string safe = printable(text);
    for (size_t i = 0; i < safe.size(); ++i) {
      const auto c = static_cast<unsigned char>(safe[i]);
      ASSERT_TRUE(c >= 0x20 && c != 0x7F) << "round " << round;
      if (c == 0xC2 && i + 1 < safe.size()) {
        ASSERT_GE(static_cast<unsigned char>(safe[i + 1]), 0xA0);
      }
    }
  }
}

TEST(DisplayWidth, CountsColumnsByCluster) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("可灵"), 4u);
  EXPECT_EQ(display_width("ｶﾅ"), 2u);
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);
  EXPECT_EQ(display_width("👨‍👩‍👧"), 2u);
  EXPECT_EQ(display_width("❤️"), 2u);
  EXPECT_EQ(display_width("🇩🇪🇫🇷"), 4u);
  EXPECT_EQ(display_width("👍🏽"), 2u);
}

TEST(Fit, CutsOnClusterBorders) {
  EXPECT_EQ(fit("abcdef", 6), "abcdef");
  EXPECT_EQ(fit("abcdef", 4), "abc…");
  EXPECT_EQ(fit("可灵可灵", 4), "可…");
  EXPECT_EQ(fit("👨‍👩‍👧👨‍👩‍👧", 3),
            "👨‍👩‍👧…");
  EXPECT_EQ(fit("abc", 0), "");
}

TEST(Wrap, BreaksAtSpacesAndBetweenIdeographs) {
  EXPECT_EQ(wrap("one two three", 8),
            (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("可灵海螺", 4), (std::vector<std::string>{"可灵", "海螺"}));
  EXPECT_EQ(wrap("a\n\nb", 8), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(wrap("abcdefgh", 3),
            (std::vector<std::string>{"abc", "def", "gh"}));
  EXPECT_EQ(wrap("", 3), (std::vector<std::string>{""}));
}

}  // namespace
}  // namespace grumble::app
