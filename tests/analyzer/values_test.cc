#include "analyzer/values.h"

#include <gtest/gtest.h>

#include <string>

namespace grumble::analyzer {
namespace {

domain::Value only(const std::string& text) {
  const auto values = read_values(text);
  EXPECT_EQ(values.size(), 1u) << text;
  return values.empty() ? domain::Value{} : values.front();
}

TEST(Values, ReadsPrices) {
  const auto sora = only("paying $200/mo for this");
  EXPECT_EQ(sora.kind, "price");
  EXPECT_EQ(sora.amount, 200);
  EXPECT_EQ(sora.unit, "USD");
  EXPECT_EQ(sora.per, "month");
  EXPECT_EQ(std::string("paying $200/mo for this")
                .substr(sora.begin, sora.end - sora.begin),
            "$200/mo");
  EXPECT_EQ(only("1,200 credits gone").amount, 1200);
  EXPECT_EQ(only("1,200 credits gone").unit, "credits");
  EXPECT_EQ(only("60元/月太贵").per, "month");
  EXPECT_EQ(only("一个月140块").unit, "CNY");
}

TEST(Values, ReadsResolutionsDurationsAndQuotas) {
  EXPECT_EQ(only("only 720p").amount, 720);
  EXPECT_EQ(only("real 4k").amount, 2160);
  EXPECT_EQ(only("wait 20 minutes").amount, 1200);
  const auto quota = only("29 videos a day");
  EXPECT_EQ(quota.kind, "quota");
  EXPECT_EQ(quota.per, "day");
}

TEST(Values, FindsNoneWithoutANumber) {
  EXPECT_TRUE(read_values("so many credits").empty());
}

}  // namespace
}  // namespace grumble::analyzer
