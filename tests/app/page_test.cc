#include "app/web/page.h"

#include <gtest/gtest.h>

#include "app/render/rate.h"

namespace grumble::app {
namespace {

TEST(Page, EscapesHostileText) {
  store::EvidencePost entry;
  entry.post.key = {"x", "123"};
  entry.post.text = "<script>alert(1)</script>\"'&\x1b[2J";
  entry.handle = "<img src=x>";
  domain::Finding finding;
  finding.model = "So<b>ra";
  finding.category = "price";
  finding.begin = 0;
  finding.end = 8;
  entry.findings = {finding};
  store::Filter filter;
  filter.models = {"<i>"};
  const std::string page = posts_page({entry}, filter);
  for (const char* bad : {"<script", "<img", "<b>", "<i>", "\x1b"}) {
    EXPECT_EQ(page.find(bad), std::string::npos) << bad;
  }
  EXPECT_NE(page.find("<mark>&lt;script&gt;</mark>"), std::string::npos);
}

TEST(Page, EveryCellOpensToItsPosts) {
  store::Matrix matrix;
  matrix.cells = {{"price", "Grok Imagine", 3, 3, 40, 7.5}};
  matrix.models = {{"Grok Imagine", 40, 30}};
  const std::string page = matrix_page(matrix);
  EXPECT_NE(
      page.find("href=\"/posts?model=Grok%20Imagine&amp;category=price\""),
      std::string::npos);
}

TEST(Page, ASmallRateIsNotNothing) {
  EXPECT_EQ(rate_text(0.4), "<1");
  EXPECT_EQ(rate_text(0.0), "0");
  EXPECT_EQ(rate_text(12.5001), "13");
  store::Matrix matrix;
  matrix.cells = {{"price", "Sora", 1, 1, 250, 0.4}};
  matrix.models = {{"Sora", 250, 200}};
  EXPECT_NE(matrix_page(matrix).find(">&lt;1</a>"), std::string::npos);
}

TEST(ParseQuery, DecodesAndIgnoresWhatIsNone) {
  const auto parameters = parse_query("model=Grok%20Imagine&a=1+2&=x&b&c=%zz");
  EXPECT_EQ(parameters.at("model"), "Grok Imagine");
  EXPECT_EQ(parameters.at("a"), "1 2");
  EXPECT_EQ(parameters.at("b"), "");
  EXPECT_EQ(parameters.at("c"), "%zz");
  EXPECT_EQ(parameters.size(), 4u);
}

}  // namespace
}  // namespace grumble::app
