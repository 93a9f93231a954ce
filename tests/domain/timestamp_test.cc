#include "domain/timestamp.h"

#include <gtest/gtest.h>

namespace grumble::domain {
namespace {

TEST(Timestamp, ReadsWhatBothSitesWrite) {
  EXPECT_EQ(to_string(*parse_timestamp("2024-12-09T18:12:07.000Z")),
            "2024-12-09T18:12:07Z");
  EXPECT_EQ(to_string(*parse_timestamp("2019-11-05T03:01:02.25Z")),
            "2019-11-05T03:01:02.250Z");
  EXPECT_EQ(to_string(*parse_timestamp("2024-12-10T02:12:07+08:00")),
            "2024-12-09T18:12:07Z");
}

TEST(Timestamp, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2024-12-09", "2024-12-09T18:12:07", "2024-02-30T00:00:00Z",
        "1969-12-31T23:59:59Z", "9999-01-01T00:00:00Z", "2024-12-09T24:00:00Z",
        "2024-12-09T18:12:07Zx", "2024-12-09T18:12:07.Z"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

TEST(Timestamp, LeapSecondIsTheNextSecond) {
  EXPECT_EQ(to_string(*parse_timestamp("2016-12-31T23:59:60Z")),
            "2017-01-01T00:00:00Z");
}

TEST(Duration, ReadsOneNumberAndOneUnit) {
  EXPECT_EQ(parse_duration("7d"), std::chrono::days(7));
  EXPECT_EQ(parse_duration("2w"), std::chrono::weeks(2));
  EXPECT_EQ(parse_duration("90m"), std::chrono::minutes(90));
  for (const char* text :
       {"", "7", "d", "7d1h", "-1d", "1y", "999999999999d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace grumble::domain
