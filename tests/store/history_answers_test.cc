#include <gtest/gtest.h>

#include <cmath>
#include <future>

#include "store/history.h"
#include "store/landing.h"
#include "store/report_queries.h"
#include "store/statement.h"
#include "tests/store/throng.h"

namespace grumble::tests {
namespace {

using domain::Polarity;

class HistoryAnswers : public History {};

/// Everything that a question says, for comparing two ways to answer it. The
/// number of authors is left out: roll-ups estimate it.
std::string answers(store::Database& database, const store::Filter& filter,
                    const std::string& way, bool rules = true) {
  {
    store::Transaction transaction(database);
    transaction.run("set grumble.rollups = '" + way + "'");
    transaction.commit();
  }
  std::string all;
  const auto say = [&](const auto&... words) {
    ((all += words, all += ' '), ...);
    all += '\n';
  };
  const auto matrix = store::matrix(database, filter);
  for (const auto& cell : matrix.cells) {
    say(cell.category, cell.model, std::to_string(cell.posts),
        std::to_string(cell.mentions));
  }
  for (const auto& model : matrix.models) {
    say(model.model, std::to_string(model.posts));
  }
  for (const auto by :
       {store::By::all, store::By::model, store::By::category}) {
    for (const auto bucket : {store::Bucket::day, store::Bucket::week}) {
      for (const auto& point : store::trend(database, filter, bucket, by)) {
        say(point.series, domain::to_string(point.start),
            std::to_string(point.posts), std::to_string(point.mentions));
      }
    }
  }
  for (const auto dimension :
       {store::Dimension::category, store::Dimension::model,
        store::Dimension::platform, store::Dimension::lang,
        store::Dimension::rule}) {
    // Rules are not in the roll-ups.
    if (dimension == store::Dimension::rule && !rules) continue;
    for (const auto& row : store::top(database, filter, dimension)) {
      say(row.key, std::to_string(row.posts), std::to_string(row.mentions));
    }
  }
  store::Transaction transaction(database);
  const auto stated = transaction.run(
      "select kind, unit, per, amount, posts from report.stated_values($1, $2,"
      " platforms => nullif($3::text[], '{}'),"
      " langs => nullif($4::text[], '{}'))",
      store::Params(filter.since, filter.until, filter.platforms,
                    filter.langs));
  for (size_t i = 0; i < stated.size(); ++i) {
    for (size_t j = 0; j < 5; ++j) say(stated.text(i, j));
  }
  return all;
}

TEST_F(HistoryAnswers, RollupsAndRowsGiveTheSameAnswers) {
  land(Throng(7).posts(0, 300));
  std::vector<store::Filter> filters(16);
  filters[1].since = at("2026-10-03T07:11:00Z");
  filters[1].until = at("2026-12-01T13:59:00.001Z");
  filters[2].models = {"Sora"};
  filters[2].include_noise = true;
  filters[3].models = {"Sora", "Kling"};
  filters[3].categories = {"price"};
  filters[4].platforms = {"youtube"};
  filters[4].langs = {"zh", "en"};
  filters[4].include_context = true;
  filters[5].tz = "Asia/Kolkata";
  filters[6].tz = "America/Los_Angeles";
  filters[6].since = at("2026-11-20T10:30:00Z");
  filters[7].polarities = {Polarity::praise};
  filters[7].models = {"", "Kling", "Sora", "Veo"};
  filters[8].include_noise = true;
  filters[8].include_context = true;
  filters[8].langs = {"zh"};
  // Of several at once, a post that says two of them counts once.
  filters[9].models = {"Sora", "Kling"};
  filters[10].categories = {"price", "hands"};
  filters[10].since = filters[1].since;
  filters[10].until = filters[1].until;
  filters[11].polarities = {Polarity::praise, Polarity::complaint};
  filters[12].polarities = {};
  filters[12].models = {"", "Veo"};
  filters[13] = filters[10];
  filters[13].models = {"Sora", "Kling"};
  filters[13].polarities = {Polarity::praise, Polarity::complaint};
  filters[13].langs = {"zh", "en"};
  filters[13].include_context = true;
  filters[14] = filters[13];
  filters[14].langs = {};
  filters[14].platforms = {"youtube"};
  filters[14].include_noise = true;
  filters[15] = filters[13];
  filters[15].tz = "Asia/Kolkata";
  for (size_t i = 0; i < filters.size(); ++i) {
    const auto rows = answers(test_.database(), filters[i], "never");
    EXPECT_GT(rows.size(), 100U) << i;
    EXPECT_EQ(answers(test_.database(), filters[i], "always"), rows) << i;
  }
}

TEST_F(HistoryAnswers, OfPostsThatSayTooMuchForASet) {
  auto long_list = post("1");
  auto other = post("2");
  other.post.created_at += std::chrono::hours(1);
  auto noise = post("3");
  for (int i = 0; i < 40; ++i) {
    const auto model = "model " + std::to_string(i);
    for (const char* category : {"price", "speed", "hands"}) {
      long_list.analysis.findings.push_back(finding(model, category));
    }
    other.analysis.models.push_back(model);
    other.analysis.models.push_back("other " + std::to_string(i));
  }
  other.analysis.findings = {finding("model 1", "price"),
                             finding("model 2", "speed")};
  noise.analysis = long_list.analysis;
  noise.analysis.noise = domain::Noise::promo;
  land({long_list, other, noise});
  expect_exact();
  std::vector<store::Filter> filters(4);
  filters[0].models = {"model 1", "model 2"};
  filters[1].models = {"model 1", "model 2", "other 3"};
  filters[1].categories = {"price", "speed"};
  filters[1].langs = {"en"};
  filters[2] = filters[1];
  filters[2].include_noise = true;
  filters[3] = filters[1];
  filters[3].since = other.post.created_at;
  for (size_t i = 0; i < filters.size(); ++i) {
    EXPECT_EQ(answers(test_.database(), filters[i], "always"),
              answers(test_.database(), filters[i], "never"))
        << i;
  }
}

TEST_F(HistoryAnswers, AddUpWhatAPostWasShownOnce) {
  land(Throng(16).posts(0, 300));
  const auto list = [&](const std::string& rows) {
    return test_.text(
        "select string_agg(concat_ws(' ', platform, model, posts, engagement,"
        " views), '; ' order by platform, model) from " +
        rows);
  };
  EXPECT_EQ(list("report.engagement(models => '{Sora,Veo}',"
                 " categories => '{price,hands}')"),
            list("(select platform, model, count(*) as posts,"
                 "  sum(engagement) as engagement,"
                 "  sum(coalesce(views, 0)) as views"
                 " from (select distinct f.model, p.* from finding f"
                 "  join post p using (platform, post_id, created_at)"
                 "  where f.model in ('Sora', 'Veo')"
                 "   and f.category in ('price', 'hands')"
                 "   and f.polarity = 'complaint' and f.noise = 'none'"
                 "   and not f.context_only) said"
                 " group by platform, model) counted"));
}

TEST_F(HistoryAnswers, CountAStatedValueOnceAPost) {
  auto one = post("1");
  one.analysis.values = {{"price", 0.1 + 0.2, "USD", "10 clips", 0, 4},
                         {"price", 0.1 + 0.2, "USD", "10 clips", 5, 9},
                         {"resolution", 1080, "p", "", 0, 4}};
  auto two = post("2");
  two.analysis.values = {{"resolution", 1080, "p", "", 0, 4}};
  auto noise = post("3");
  noise.analysis = two.analysis;
  noise.analysis.noise = domain::Noise::promo;
  land({one, two, noise});
  const auto stated = [&] {
    return test_.text(
        "select string_agg(concat_ws('|', kind, amount, unit, per, posts), ' ')"
        " from report.stated_values()");
  };
  EXPECT_EQ(stated(),
            "resolution|1080|p||2 price|0.30000000000000004|USD|10 clips|1");
  two.post.observed_at += std::chrono::hours(1);
  two.analysis.values[0].amount = 720;
  land({two});
  EXPECT_EQ(stated(),
            "price|0.30000000000000004|USD|10 clips|1"
            " resolution|720|p||1 resolution|1080|p||1");
  expect_exact();
}

TEST_F(HistoryAnswers, KeepsTheCountsOfMonthsThatWereDropped) {
  Throng throng(8);
  const auto posts = throng.posts(0, 300);
  land(posts);
  store::Filter ever;
  ever.include_noise = true;
  const auto before = answers(test_.database(), ever, "always", false);
  const auto kept = store::retain(test_.database(), at("2026-11-07T10:00:00Z"));
  EXPECT_EQ(kept.from, at("2026-11-01T00:00:00Z"));
  EXPECT_EQ(kept.months, 2) << "September and October";
  EXPECT_GT(kept.posts, 100);
  EXPECT_EQ(test_.number("select count(*) from post"), 300 - kept.posts);
  EXPECT_EQ(test_.number("select count(*) from post_key"), 300 - kept.posts);
  EXPECT_EQ(test_.text("select to_regclass('post_2026_10')"), "");
  expect_exact();
  EXPECT_EQ(answers(test_.database(), ever, "always", false), before);
  {
    // Without being told, too.
    store::Transaction(test_.database()).run("reset grumble.rollups");
    store::Filter october;
    october.since = at("2026-10-01T00:00:00Z");
    october.until = at("2026-11-01T00:00:00Z");
    EXPECT_FALSE(store::matrix(test_.database(), october).cells.empty());
  }
  // They are not stored, and not counted, a second time.
  throng.age();
  land(posts);
  expect_exact();
  EXPECT_EQ(answers(test_.database(), ever, "always", false), before);
  const auto again =
      store::retain(test_.database(), at("2026-10-01T00:00:00Z"));
  EXPECT_EQ(again.from, kept.from);
  EXPECT_EQ(again.months + again.posts, 0);
}

TEST_F(HistoryAnswers, DropsMonthsWhileOthersLand) {
  land(Throng(9).posts(0, 200));
  auto writer = std::async(std::launch::async, [url = test_.url()] {
    store::Database database(url);
    Throng throng(12);
    for (int round = 0; round < 6; ++round) {
      persist([&] { store::land(database, batch(throng.posts(0, 200))); });
      throng.age();
    }
  });
  const auto kept = persist([&] {
    return store::retain(test_.database(), at("2026-11-01T00:00:00Z"));
  });
  EXPECT_NO_THROW(writer.get());
  EXPECT_EQ(kept.months, 2);
  expect_exact();
  EXPECT_EQ(test_.number("select count(*) from post where created_at <"
                         " '2026-11-01Z'"),
            0);
}

TEST_F(HistoryAnswers, SketchesEstimateAuthors) {
  // Ten throngs of each size: on average a tenth off, never by a half.
  for (const int authors : {1, 10, 100, 1000, 10000}) {
    double off = 0;
    for (int throng = 0; throng < 10; ++throng) {
      const auto estimate = double(test_.number(
          "select report.people(bit_or(sketch_of(author_place('x', '" +
          std::to_string(throng) + " ' || n)))) from generate_series(1, " +
          std::to_string(authors) + ") n"));
      EXPECT_NEAR(estimate, authors, 0.5 * authors) << throng;
      off += std::abs(estimate - authors) / authors / 10;
    }
    EXPECT_LT(off, 0.15) << authors;
  }
  EXPECT_EQ(test_.number("select report.people(sketch_of(null))"), 0);
}

}  // namespace
}  // namespace grumble::tests
