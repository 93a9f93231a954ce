#include "store/compliance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/erasure.h"
#include "store/landing.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::Kept;
using testing::ElementsAre;
using testing::IsEmpty;

class Compliance : public testing::Test {
 protected:
  Compliance() {
    store::record_ruleset(test_.database(), "rules-1", "");
    auto items = batch({written("11", "5"), written("12", "3"),
                        written("13", "5"), written("14", "")});
    items.authors = {{"x", "5", "five", "Five", 1},
                     {"x", "7", "seven", "whose post was odd", 1},
                     {"youtube", "9", "nine", "Nine", 1}};
    store::land(test_.database(), items);
  }

  static store::AnalysedPost written(const std::string& id,
                                     const std::string& author) {
    auto result = post(id, "words");
    result.post.author_id = author;
    return result;
  }
  std::vector<std::string> kept(Kept about) {
    return store::kept_ids(test_.database(), "x", about, "", 10);
  }
  /// The ids of the next job, which is then noted as in `state`.
  std::string ask(Kept about, const std::string& state) {
    const auto job =
        store::plan_compliance_job(test_.database(), "x", about, 2);
    if (!job) return "over";
    store::note_compliance_job(test_.database(), job->name, state, "99");
    return store::ids_of_job(test_.database(), "x", *job);
  }

  TestDatabase test_;
};

TEST_F(Compliance, AuthorsAreThoseOfPostsAndThoseKnownByName) {
  EXPECT_THAT(kept(Kept::authors), ElementsAre("3", "5", "7"));
  EXPECT_THAT(kept(Kept::posts), ElementsAre("11", "12", "13", "14"));
  store::erase_posts(test_.database(), {{"x", "12"}}, "deleted");
  EXPECT_THAT(kept(Kept::authors), ElementsAre("5", "7"))
      << "nothing of the other is left";
  store::erase_authors(test_.database(), "x", {"5", "7"}, "deactivated");
  EXPECT_THAT(kept(Kept::authors), IsEmpty());
  EXPECT_THAT(kept(Kept::posts), ElementsAre("14"));
}

TEST_F(Compliance, APassAsksAboutEachIdOnce) {
  EXPECT_EQ(ask(Kept::authors, "applied"), "3\n5\n");
  EXPECT_EQ(ask(Kept::authors, "failed"), "7\n");
  EXPECT_EQ(ask(Kept::authors, "applied"), "7\n") << "what failed, again";
  EXPECT_FALSE(
      store::last_compliance_pass(test_.database(), "x", Kept::authors));
  EXPECT_EQ(ask(Kept::authors, ""), "over");
  EXPECT_TRUE(
      store::last_compliance_pass(test_.database(), "x", Kept::authors));
  EXPECT_EQ(ask(Kept::authors, "applied"), "3\n5\n") << "the next pass";
}

TEST_F(Compliance, PostsAndAuthorsAreAskedAboutSideBySide) {
  EXPECT_EQ(ask(Kept::posts, "created"), "11\n12\n");
  EXPECT_FALSE(
      store::open_compliance_job(test_.database(), "x", Kept::authors));
  EXPECT_EQ(ask(Kept::authors, "created"), "3\n5\n");
  const auto posts =
      store::open_compliance_job(test_.database(), "x", Kept::posts);
  ASSERT_TRUE(posts);
  EXPECT_EQ(posts->about, Kept::posts);
  EXPECT_EQ(posts->id, "99");
  EXPECT_EQ(posts->last, "12");
  EXPECT_FALSE(store::last_compliance_pass(test_.database(), "x", Kept::posts));
}

}  // namespace
}  // namespace grumble::tests
