#include "store/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/history.h"
#include "store/landing.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using std::chrono::days;
using testing::ElementsAre;

/// A post a week of each site over 40 weeks, made and seen on the same day.
class Retention : public testing::Test {
 protected:
  static constexpr int kWeeks = 40;

  Retention() {
    store::record_ruleset(test_.database(), "rules-1", "");
    now_ = std::chrono::floor<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
    for (const std::string site : {"x", "youtube"}) land(site);
  }

  store::Landed land(const std::string& site) {
    std::vector<store::AnalysedPost> posts;
    for (int week = 0; week < kWeeks; ++week) {
      posts.push_back(post(std::to_string(week)));
      auto& one = posts.back();
      one.post.key.platform = site;
      one.post.created_at = now_ - days(7 * week) - std::chrono::hours(1);
      one.post.observed_at = one.post.created_at;
      one.analysis.models = {"Sora"};
      one.analysis.findings = {finding("Sora", "price")};
    }
    return store::land(test_.database(), batch(posts));
  }

  int64_t posts(const std::string& site) {
    return test_.number("select count(*) from post where platform = '" + site +
                        "'");
  }
  int64_t counted(const std::string& site) {
    return test_.number(
        "select coalesce(sum(posts), 0)::bigint from rollup join cell"
        " using (cell_id) where grain = 'e' and polarity = '' and model = '*'"
        " and category = '' and lang = '*' and platform = '" +
        site + "'");
  }

  static std::vector<std::string> lines(
      const std::vector<store::PastTerm>& terms) {
    std::vector<std::string> all;
    for (const auto& term : terms) {
      all.push_back(term.what + " " + term.source + " " +
                    std::to_string(term.items));
    }
    return all;
  }

  TestDatabase test_;
  domain::Timestamp now_;
};

// Catalogue: 48
TEST_F(Retention, LetsGoBySiteAndSaysSoBefore) {
  store::RetentionPolicy policy;
  policy.posts_of = {{"youtube", days(70)}};
  test_.run("update post set first_seen_at = created_at");
  policy.texts_of = {{"youtube", days(30)}};
  const std::vector<std::string> expected = {"posts youtube 30",
                                             "texts youtube 35", "answers  0"};
  EXPECT_EQ(lines(store::past_terms(test_.database(), policy)), expected);
  EXPECT_EQ(posts("youtube"), kWeeks) << "a look changes nothing";
  EXPECT_THAT(lines(store::enforce_retention(test_.database(), policy)),
              ElementsAre("posts youtube 30", "texts youtube 5", "answers  0"))
      << "posts that are gone have no texts";
  EXPECT_EQ(posts("x"), kWeeks);
  EXPECT_EQ(posts("youtube"), 10);
  EXPECT_EQ(counted("x"), kWeeks);
  EXPECT_EQ(counted("youtube"), 10) << "out of the counts too";
  EXPECT_TRUE(store::verify_rollups(test_.database()).faults.empty());
  EXPECT_THAT(lines(store::past_terms(test_.database(), policy)),
              ElementsAre("posts youtube 0", "texts youtube 0", "answers  0"));
  // What a site still shows does not come back.
  EXPECT_EQ(land("youtube").inserted, 0);
  EXPECT_EQ(posts("youtube"), 10);
  EXPECT_TRUE(store::verify_rollups(test_.database()).faults.empty());
}

TEST_F(Retention, DropsWholeMonthsAndKeepsTheirCounts) {
  store::RetentionPolicy policy;
  policy.posts = days(100);
  const auto past = store::past_terms(test_.database(), policy);
  ASSERT_EQ(past[0].what, "months");
  EXPECT_LE(past[0].before, now_ - days(100));
  EXPECT_GT(past[0].before, now_ - days(132));
  EXPECT_GT(past[0].items, 0);
  const auto gone = store::enforce_retention(test_.database(), policy);
  EXPECT_EQ(gone[0].items, past[0].items);
  EXPECT_EQ(gone[0].before, past[0].before);
  EXPECT_EQ(posts("x") + posts("youtube"), 2 * kWeeks - past[0].items);
  EXPECT_EQ(counted("x"), kWeeks);
  EXPECT_EQ(store::enforce_retention(test_.database(), policy)[0].items, 0);
  EXPECT_TRUE(store::verify_rollups(test_.database()).faults.empty());
}

TEST_F(Retention, StopsWhenItIsToldAndGoesOn) {
  store::RetentionPolicy policy;
  policy.posts_of = {{"x", days(70)}, {"youtube", days(70)}};
  int asked = 0;
  store::enforce_retention(test_.database(), policy,
                           [&] { return ++asked < 3; });
  EXPECT_EQ(posts("youtube"), kWeeks);
  store::enforce_retention(test_.database(), policy);
  EXPECT_EQ(posts("x") + posts("youtube"), 20);
}

TEST_F(Retention, TheWriterMayLetGo) {
  store::RetentionPolicy policy;
  policy.posts = days(100);
  policy.posts_of = {{"youtube", days(70)}};
  store::Database writer(test_.url_as("grumble_writer"));
  EXPECT_EQ(store::enforce_retention(writer, policy)[1].source, "youtube");
  EXPECT_EQ(posts("youtube"), 10);
}

}  // namespace
}  // namespace grumble::tests
