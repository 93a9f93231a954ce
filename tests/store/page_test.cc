#include "store/page.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "store/budget.h"
#include "store/cursors.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::land_page;

class Page : public testing::Test {
 protected:
  Page() { store::record_ruleset(test_.database(), "rules-1", ""); }

  TestDatabase test_;
};

TEST_F(Page, ItemsAndCursorMoveTogether) {
  const domain::Cursor first{"x", "sora", R"({"page":1})"};
  const domain::Cursor second{"x", "sora", R"({"page":2})"};
  store::open_round(test_.database(), "x", "sora", {first}, "mark");
  const auto page = batch({post("1")});
  EXPECT_TRUE(land_page(test_.database(), page, {first, {second}, {}}));
  EXPECT_EQ(store::open_cursors(test_.database(), "x", "sora"),
            std::vector{second});
  EXPECT_EQ(test_.text("select completed_at from round"), "");
  EXPECT_TRUE(land_page(test_.database(), page, {second, {}, {}}));
  EXPECT_NE(test_.text("select completed_at from round"), "");
}

TEST_F(Page, WritesNothingForACursorThatIsGone) {
  EXPECT_FALSE(land_page(test_.database(), batch({post("1")}),
                         {{"x", "sora", "{}"}, {{"x", "sora", "n"}}, {}}));
  EXPECT_EQ(test_.number("select count(*) from post"), 0);
  EXPECT_EQ(test_.number("select count(*) from cursor"), 0);
}

TEST_F(Page, TwoProgramsLandOnePageOnce) {
  const domain::Cursor step{"x", "sora", "{}"};
  store::open_round(test_.database(), "x", "sora", {step}, "");
  const auto program = [&] {
    store::Database database(test_.url());
    return land_page(database, batch({post("1")}), {step, {}, {}}) ? 1 : 0;
  };
  auto one = std::async(std::launch::async, program);
  auto two = std::async(std::launch::async, program);
  EXPECT_EQ(one.get() + two.get(), 1);
}

TEST_F(Page, SettlesItsReceipt) {
  const auto receipt = store::reserve(
      test_.database(), {.bucket = "x.posts", .worst = 150, .caps = {{1000}}});
  const domain::Cursor step{"x", "sora", "{}"};
  store::open_round(test_.database(), "x", "sora", {step}, "");
  const store::PageMove move{step, {step}, {{*receipt, 15}}};
  land_page(test_.database(), batch({post("1")}), move);
  const auto spent = store::spent(test_.database(), "x.posts", {});
  EXPECT_EQ(spent.settled, 15);
  EXPECT_EQ(spent.reserved, 0);
  EXPECT_THROW(land_page(test_.database(), batch({post("1")}), move),
               std::invalid_argument)
      << "paid twice";
}

TEST_F(Page, LeavesItsCursorWhenItFails) {
  const domain::Cursor step{"x", "sora", "{}"};
  store::open_round(test_.database(), "x", "sora", {step}, "");
  auto page = batch({post("1")});
  page.ruleset = "never recorded";
  EXPECT_THROW(land_page(test_.database(), page, {step, {}, {}}),
               std::invalid_argument);
  EXPECT_EQ(store::open_cursors(test_.database(), "x", "sora").size(), 1U);
}

}  // namespace
}  // namespace grumble::tests
