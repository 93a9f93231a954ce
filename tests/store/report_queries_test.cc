#include "store/report_queries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "store/landing.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using domain::Polarity;
using store::Filter;
using testing::ElementsAre;

/// A week that can be counted by hand:
///
/// id  platform  day     author  models      findings              noise
/// 1   x         9 Dec   ann     Sora        price, price          -
/// 2   x         9 Dec   ann     Sora        price, watermark      -
/// 3   x         10 Dec  bob     Sora Kling  Sora price,           -
///                                           Kling price praise
/// 4   x         10 Dec  cyd     Sora        -                     -
/// 5   x         10 Dec  shop    Sora        price                 promo
/// 6   x         10 Dec  dan     Sora        price                 (context)
/// 7   youtube   12 Dec  eve     Kling       speed                 -
/// 8   youtube   12 Dec  -       -           price without model   -
class Report : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    test_ = new TestDatabase;
    store::record_ruleset(test_->database(), "rules-1", "");
    store::land(test_->database(), batch(week()));
    store::Batch authors = batch({});
    authors.authors = {{"x", "ann", "@ann", "Ann", 10}};
    store::land(test_->database(), authors);
  }

  static void TearDownTestSuite() {
    delete test_;
    test_ = nullptr;
  }

  static store::AnalysedPost about(const std::string& id,
                                   const std::string& day,
                                   const std::string& author,
                                   const std::vector<std::string>& models,
                                   const std::vector<domain::Finding>& found) {
    auto result = post(id, "Text " + id);
    result.post.created_at = at("2024-12-" + day + "T23:30:00Z");
    result.post.author_id = author;
    result.analysis.models = models;
    result.analysis.findings = found;
    return result;
  }

  static std::vector<store::AnalysedPost> week() {
    const auto price = finding("Sora", "price");
    std::vector<store::AnalysedPost> posts{
        about("1", "09", "ann", {"Sora"}, {price, price}),
        about("2", "09", "ann", {"Sora"},
              {price, finding("Sora", "watermark")}),
        about("3", "10", "bob", {"Sora", "Kling"},
              {price, finding("Kling", "price", Polarity::praise)}),
        about("4", "10", "cyd", {"Sora"}, {}),
        about("5", "10", "shop", {"Sora"}, {price}),
        about("6", "10", "dan", {"Sora"}, {price}),
        about("7", "12", "eve", {"Kling"}, {finding("Kling", "speed")}),
        about("8", "12", "", {}, {finding("", "price")})};
    posts[4].analysis.noise = domain::Noise::promo;
    posts[5].post.context_only = true;
    for (const size_t i : {6U, 7U}) posts[i].post.key.platform = "youtube";
    posts[0].post.metrics.likes = 5;
    posts[2].post.metrics.likes = 70;
    posts[6].post.metrics.likes = 9000;
    posts[6].analysis.lang = "zh";
    return posts;
  }

  static store::Database& database() { return test_->database(); }

  static TestDatabase* test_;
};

TestDatabase* Report::test_ = nullptr;

using Cell =
    std::tuple<std::string, std::string, int64_t, int64_t, int64_t, double>;

std::vector<Cell> cells(const store::Matrix& matrix) {
  std::vector<Cell> result;
  for (const auto& cell : matrix.cells) {
    result.emplace_back(cell.category, cell.model, cell.posts, cell.authors,
                        cell.mentions, cell.rate);
  }
  return result;
}

TEST_F(Report, MatrixCountsPostsNotFindings) {
  const auto matrix = store::matrix(database(), {});
  EXPECT_THAT(cells(matrix),
              ElementsAre(Cell("price", "", 1, 0, 1, 100.0),
                          Cell("price", "Sora", 3, 2, 4, 75.0),
                          Cell("speed", "Kling", 1, 1, 2, 50.0),
                          Cell("watermark", "Sora", 1, 1, 4, 25.0)));
  ASSERT_EQ(matrix.models.size(), 3U);
  EXPECT_EQ(matrix.models[0].model, "Sora");
  EXPECT_EQ(matrix.models[0].posts, 4);
  EXPECT_EQ(matrix.models[0].authors, 3);
  EXPECT_EQ(matrix.totals.posts, 6);
  EXPECT_EQ(matrix.totals.noise, 1);
  EXPECT_EQ(matrix.totals.context, 1);
  EXPECT_EQ(matrix.totals.oldest, at("2024-12-09T23:30:00Z"));
}

TEST_F(Report, NoiseAndContextCountOnDemand) {
  Filter filter;
  filter.include_noise = true;
  filter.include_context = true;
  filter.categories = {"price"};
  filter.models = {"Sora"};
  const auto matrix = store::matrix(database(), filter);
  EXPECT_THAT(cells(matrix),
              ElementsAre(Cell("price", "Sora", 5, 4, 6, 83.33)));
  EXPECT_EQ(matrix.totals.noise, 0);
  EXPECT_EQ(matrix.totals.posts, 8);
}

TEST_F(Report, FiltersNarrowNumeratorAndDenominator) {
  Filter filter;
  filter.since = at("2024-12-10T00:00:00Z");
  filter.until = at("2024-12-12T00:00:00Z");
  EXPECT_THAT(cells(store::matrix(database(), filter)),
              ElementsAre(Cell("price", "Sora", 1, 1, 2, 50.0)));
  filter = {};
  filter.platforms = {"youtube"};
  filter.langs = {"zh"};
  EXPECT_THAT(cells(store::matrix(database(), filter)),
              ElementsAre(Cell("speed", "Kling", 1, 1, 1, 100.0)));
  filter = {};
  filter.polarities = {Polarity::praise};
  EXPECT_THAT(cells(store::matrix(database(), filter)),
              ElementsAre(Cell("price", "Kling", 1, 1, 2, 50.0)));
  filter = {};
  filter.match = "tEXT 7";
  EXPECT_THAT(cells(store::matrix(database(), filter)),
              ElementsAre(Cell("speed", "Kling", 1, 1, 1, 100.0)));
  filter.match = "100%";
  EXPECT_TRUE(store::matrix(database(), filter).cells.empty());
}

std::vector<std::string> ids(const std::vector<store::EvidencePost>& posts) {
  std::vector<std::string> result;
  for (const auto& one : posts) result.push_back(one.post.key.id);
  return result;
}

TEST_F(Report, EveryCellOpensToItsPosts) {
  for (const auto& cell : store::matrix(database(), {}).cells) {
    Filter filter;
    filter.categories = {cell.category};
    filter.models = {cell.model};
    EXPECT_EQ(store::posts(database(), filter).size(),
              static_cast<size_t>(cell.posts))
        << cell.category << " " << cell.model;
  }
}

TEST_F(Report, EvidenceCarriesThePostAndItsFindings) {
  Filter filter;
  filter.categories = {"price"};
  filter.models = {"Sora"};
  const auto posts = store::posts(database(), filter);
  EXPECT_THAT(ids(posts), ElementsAre("3", "1", "2"));
  EXPECT_EQ(posts[0].findings.size(), 1U) << "the praise is filtered out";
  EXPECT_EQ(posts[0].findings[0], finding("Sora", "price"));
  EXPECT_EQ(posts[0].post.metrics.likes, 70);
  EXPECT_EQ(posts[0].post.created_at, at("2024-12-10T23:30:00Z"));
  EXPECT_EQ(posts[1].handle, "@ann");
  EXPECT_EQ(posts[1].findings.size(), 2U);
  filter.limit = 1;
  EXPECT_THAT(ids(store::posts(database(), filter)), ElementsAre("3"));
}

TEST_F(Report, EngagementRanksWithinEachSite) {
  EXPECT_THAT(ids(store::posts(database(), {}, store::Order::engagement)),
              ElementsAre("7", "3", "8", "1", "2"));
}

TEST_F(Report, WithoutPolarityEveryMentionIsEvidence) {
  Filter filter;
  filter.polarities = {};
  filter.models = {"Sora"};
  const auto posts = store::posts(database(), filter);
  EXPECT_THAT(ids(posts), ElementsAre("3", "4", "1", "2"));
  EXPECT_TRUE(posts[1].findings.empty());
}

TEST_F(Report, TrendFillsGapsAndCutsDaysInItsZone) {
  Filter filter;
  filter.since = at("2024-12-09T00:00:00Z");
  filter.until = at("2024-12-13T00:00:00Z");
  filter.models = {"Sora"};
  auto points =
      store::trend(database(), filter, store::Bucket::day, store::By::model);
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[0].series, "Sora");
  EXPECT_EQ(points[0].start, at("2024-12-09T00:00:00Z"));
  EXPECT_EQ(points[0].posts, 2);
  EXPECT_EQ(points[0].mentions, 2);
  EXPECT_EQ(points[1].posts, 1);
  EXPECT_EQ(points[1].mentions, 2);
  EXPECT_EQ(points[1].rate, 50.0);
  EXPECT_EQ(points[2].posts, 0);
  EXPECT_EQ(points[2].rate, 0.0);
  EXPECT_TRUE(points[0].complete);
  filter.tz = "Europe/Berlin";  // 23:30 UTC is the next day there
  points =
      store::trend(database(), filter, store::Bucket::day, store::By::model);
  ASSERT_EQ(points.size(), 5U);
  EXPECT_EQ(points[0].start, at("2024-12-08T23:00:00Z"));
  EXPECT_FALSE(points[0].complete);
  EXPECT_EQ(points[0].posts, 0);
  EXPECT_EQ(points[1].posts, 2);
}

TEST_F(Report, TrendByWeekAndCategoryFindsItsOwnBounds) {
  const auto points =
      store::trend(database(), {}, store::Bucket::week, store::By::category);
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[0].series, "price");
  EXPECT_EQ(points[0].start, at("2024-12-09T00:00:00Z")) << "a Monday";
  EXPECT_EQ(points[0].posts, 4);
  EXPECT_EQ(points[0].mentions, 6);
  EXPECT_TRUE(points[0].complete) << "all that there is";
  Filter none;
  none.platforms = {"nowhere"};
  EXPECT_TRUE(store::trend(database(), none, store::Bucket::day, store::By::all)
                  .empty());
}

TEST_F(Report, TopRanksByEachDimension) {
  const auto best = [&](store::Dimension dimension) {
    const auto rows = store::top(database(), {}, dimension);
    return rows.empty() ? std::string()
                        : rows[0].key + " " + std::to_string(rows[0].posts) +
                              "/" + std::to_string(rows[0].mentions);
  };
  EXPECT_EQ(best(store::Dimension::category), "price 4/6");
  EXPECT_EQ(best(store::Dimension::model), "Sora 3/4");
  EXPECT_EQ(best(store::Dimension::platform), "x 3/4");
  EXPECT_EQ(best(store::Dimension::lang), "en 4/5");
  EXPECT_EQ(best(store::Dimension::rule), "price.test 4/6");
}

TEST_F(Report, EvidenceFunctionShowsTheWords) {
  EXPECT_EQ(test_->text("select evidence from report.evidence("
                        "models => array['Kling'])"),
            "Text");
  const auto words = [&](const char* limited) {
    return test_->text(
        "select string_agg(concat_ws('|', post_id, category, evidence), ' '"
        " order by \"time\" desc, platform, post_id, rule, category)"
        " from report.evidence(" +
        std::string(limited) + ")");
  };
  EXPECT_EQ(words("most => 1000"), words(""));
  EXPECT_EQ(test_->text("select string_agg(distinct platform || post_id, ' ')"
                        " from report.evidence(most => 2)"),
            test_->text("select string_agg(key, ' ' order by key) from ("
                        " select distinct platform || post_id as key,"
                        "  created_at, platform, post_id"
                        " from report.finding where counted"
                        "  and polarity = 'complaint'"
                        " order by created_at desc, platform, post_id"
                        " limit 2) newest"));
  EXPECT_EQ(test_->text("select report.slice('\xE5\x8F\xAF\xE7\x81\xB5 dear',"
                        " 3, 6)"),
            "\xE7\x81\xB5");
}

}  // namespace
}  // namespace grumble::tests
