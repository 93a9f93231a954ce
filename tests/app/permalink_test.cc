#include "app/permalink.h"

#include <gtest/gtest.h>

namespace grumble::app {
namespace {

domain::Post post(const char* platform, const char* id,
                  domain::PostKind kind = domain::PostKind::post) {
  domain::Post result;
  result.key = {platform, id};
  result.kind = kind;
  return result;
}

TEST(Permalink, LeadsToTheOriginal) {
  EXPECT_EQ(permalink(post("x", "1866")), "https://x.com/i/web/status/1866");
  EXPECT_EQ(permalink(post("youtube", "a-B_c", domain::PostKind::video)),
            "https://www.youtube.com/watch?v=a-B_c");
  auto comment = post("youtube", "Ug.r", domain::PostKind::comment);
  comment.conversation_id = "a-B_c";
  EXPECT_EQ(permalink(comment),
            "https://www.youtube.com/watch?v=a-B_c&lc=Ug.r");
}

TEST(Permalink, RefusesIdsThatCouldLeadElsewhere) {
  EXPECT_EQ(permalink(post("x", "1/../evil")), "");
  EXPECT_EQ(permalink(post("x", "")), "");
  EXPECT_EQ(permalink(post("elsewhere", "1")), "");
}

}  // namespace
}  // namespace grumble::app
