#include "store/copies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "store/erasure.h"
#include "store/history.h"
#include "store/reanalysis.h"
#include "store/report_queries.h"
#include "store/retention.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "store/status.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A band a word of the first four; none of fewer.
std::optional<store::Bands> bands_of(const domain::Post& post) {
  std::istringstream words(post.text);
  store::Bands bands{};
  for (size_t k = 0; k < bands.size(); ++k) {
    std::string word;
    if (!(words >> word)) return std::nullopt;
    bands[k] = static_cast<int64_t>(
        std::hash<std::string>()(post.key.platform + std::to_string(k) + word));
  }
  return bands;
}

constexpr store::BotLimits kNoBots{0, 0};

class Copies : public testing::Test {
 protected:
  Copies() {
    store::record_ruleset(database(), "rules-1", "");
    store::record_ruleset(database(), "rules-2", "");
  }

  store::Database& database() { return test_.database(); }

  /// A post so many hours after the first of them.
  static store::AnalysedPost saying(const std::string& id, int hour,
                                    const std::string& text) {
    store::AnalysedPost one = post(id, text);
    one.post.created_at += std::chrono::hours(hour);
    one.analysis.models = {"Sora"};
    one.analysis.findings = {finding("Sora", "price")};
    return one;
  }
  void land(std::vector<store::AnalysedPost> posts) {
    store::land(database(), batch(std::move(posts)));
  }
  /// The same posts, seen a day later, saying something else.
  void edit(store::AnalysedPost post, const std::string& text) {
    post.post.text = text;
    post.post.observed_at += std::chrono::hours(++age_);
    land({post});
  }
  int64_t judge(const store::BotLimits& limits = kNoBots, int limit = 500) {
    int64_t changed = 0;
    while (const auto judged =
               store::judge_some(database(), bands_of, limits, limit)) {
      changed += judged->changed;
    }
    return changed;
  }
  /// "1 none, 2 duplicate"
  std::string labels() {
    return test_.text(
        "select string_agg(post_id || ' ' || noise, ', ' order by"
        " length(post_id), post_id) from mention"
        " where ordinal = 0 and slot = (select slot from history)");
  }
  int64_t counted() {
    return test_.number(
        "select coalesce(sum(posts), 0) from report.matrix()"
        " where model = 'Sora' and category = 'price'");
  }
  std::string copy_of(const std::string& id) {
    return test_.text(
        "select coalesce(report.copy_of(platform, post_id,"
        " created_at), '') from post where post_id = '" +
        id + "'");
  }
  void expect_exact() {
    EXPECT_TRUE(store::verify_rollups(database()).faults.empty());
    store::tend_history(database());
    EXPECT_TRUE(store::verify_rollups(database()).faults.empty());
    EXPECT_EQ(test_.number("select count(*) from print_due"), 0);
    EXPECT_EQ(test_.number("select count(*) from finding f join mention m"
                           " using (platform, post_id, created_at, slot)"
                           " where m.ordinal = 0 and m.noise <> f.noise"),
              0);
  }

  TestDatabase test_;
  int age_ = 0;
};

TEST_F(Copies, TheOldestStaysInWhateverOrderTheyLand) {
  std::vector<store::AnalysedPost> posts = {saying("1", 0, "a b c d"),
                                            saying("2", 1, "a x y z"),
                                            saying("3", 2, "q x r s")};
  std::vector<size_t> order = {0, 1, 2};
  for (const bool at_once : {false, true}) {
    do {
      SCOPED_TRACE(testing::PrintToString(order));
      for (const size_t i : order) {
        land({posts[i]});
        if (!at_once) judge();
      }
      judge();
      EXPECT_EQ(labels(), "1 none, 2 duplicate, 3 duplicate");
      EXPECT_EQ(copy_of("1") + copy_of("2") + copy_of("3"), "12");
      EXPECT_EQ(counted(), 1);
      expect_exact();
      store::delete_posts(database(), {{"x", "1"}, {"x", "2"}, {"x", "3"}});
      judge();
      EXPECT_EQ(test_.number("select count(*) from post_print"), 0);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_F(Copies, ASecondRunChangesNothing) {
  const std::vector<store::AnalysedPost> posts = {saying("1", 0, "a b c d"),
                                                  saying("2", 1, "a b c d")};
  land(posts);
  EXPECT_EQ(judge(), 1);
  const std::string rows =
      "select string_agg(x, ' ' order by x) from (select post_id || xmin::text"
      " as x from post_print union all select post_id || xmin::text from"
      " mention union all select post_id || xmin::text from finding) t";
  const auto before = test_.text(rows);
  land(posts);
  EXPECT_EQ(test_.number("select count(*) from print_due"), 0)
      << "what is known changes nothing";
  EXPECT_EQ(judge(), 0);
  EXPECT_EQ(test_.text(rows), before);
  // Noted once more, as after a page that is read again.
  test_.run(
      "insert into print_due (posts, platforms, post_ids, times)"
      " select 2, array_agg(platform), array_agg(post_id),"
      "  array_agg(created_at) from post");
  EXPECT_EQ(judge(), 0);
  EXPECT_EQ(test_.text(rows), before);
}

TEST_F(Copies, OnlyOfTheLastFourWeeksAndOfOneSite) {
  auto elsewhere = saying("9", 1, "a b c d");
  elsewhere.post.key.platform = "youtube";
  land({saying("1", 0, "a b c d"), saying("2", 672, "a b c d"), elsewhere});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 duplicate, 9 none") << "to the hour";
  land({saying("3", 672 * 2 + 1, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 duplicate, 3 none, 9 none");
  expect_exact();
}

TEST_F(Copies, ShortTextsAndContextAreNone) {
  auto parent = saying("3", 0, "a b c d");
  parent.post.context_only = true;
  land({saying("1", 1, "lol lol"), saying("2", 2, "lol lol"), parent,
        saying("4", 3, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 none, 3 none, 4 none");
  // A query finds the parent.
  land({saying("3", 0, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 none, 3 none, 4 duplicate");
  expect_exact();
}

TEST_F(Copies, WhatTheRulesCallNoiseStaysSo) {
  auto seller = saying("2", 1, "a b c d");
  seller.analysis.noise = domain::Noise::promo;
  land({saying("1", 0, "a b c d"), seller});
  EXPECT_EQ(judge(), 0);
  EXPECT_EQ(labels(), "1 none, 2 promo");
  // Other rules call it nothing.
  auto page = batch({saying("2", 1, "a b c d")});
  page.posts[0].post.observed_at += std::chrono::hours(1);
  page.ruleset = "rules-2";
  store::adopt_ruleset(database(), "rules-2");
  store::land(database(), page);
  EXPECT_EQ(judge(), 1);
  EXPECT_EQ(labels(), "1 none, 2 duplicate");
  expect_exact();
}

TEST_F(Copies, TheNextTakesOverWhenTheOldestGoesOrSaysSomethingElse) {
  const auto first = saying("1", 0, "a b c d");
  land({first, saying("2", 1, "a b c d"), saying("3", 2, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 duplicate, 3 duplicate");
  edit(first, "k l m n");
  judge();
  EXPECT_EQ(labels(), "1 none, 2 none, 3 duplicate");
  store::delete_posts(database(), {{"x", "2"}});
  judge();
  EXPECT_EQ(labels(), "1 none, 3 none");
  edit(first, "a b c d");
  judge();
  EXPECT_EQ(labels(), "1 none, 3 duplicate");
  EXPECT_EQ(counted(), 1);
  expect_exact();
}

TEST_F(Copies, WhatWasErasedStillCountsAndSoHasCopies) {
  land({saying("1", 0, "a b c d"), saying("2", 1, "a b c d")});
  judge();
  store::erase_posts(database(), {{"x", "1"}, {"x", "2"}}, "suspended");
  judge();
  land({saying("3", 2, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 duplicate, 3 duplicate");
  EXPECT_EQ(test_.text("select string_agg(post_id, ' ') from post_print"
                       " where author is not null"),
            "3");
  EXPECT_EQ(counted(), 1);
  expect_exact();
}

TEST_F(Copies, EarlierVersionsOfAPostAreNoOriginals) {
  land({saying("98", 0, "a b c d")});
  judge();
  store::Batch edited = batch({saying("99", 0, "a b c e")});
  edited.edits.push_back({"x", {"98", "99"}});
  store::land(database(), edited);
  judge();
  EXPECT_EQ(labels(), "98 none, 99 none");
  EXPECT_EQ(counted(), 1);
  EXPECT_EQ(test_.number("select count(*) from post_print"), 1);
  expect_exact();
}

TEST_F(Copies, OtherRulesFindThemAsTheyAre) {
  const store::ReadText read = [](const domain::Text& text) {
    domain::Analysis analysis;
    analysis.lang = "en";
    if (text.text.ends_with("sale")) analysis.noise = domain::Noise::promo;
    analysis.models = {"Kling"};
    return analysis;
  };
  auto sold = saying("2", 1, "a b c d sale");
  land({saying("1", 0, "a b c d"), sold, saying("3", 2, "a b c d")});
  judge();
  EXPECT_EQ(labels(), "1 none, 2 duplicate, 3 duplicate");
  store::begin_reanalysis(database(), "rules-2");
  store::read_some(database(), read, 2);
  // An older one, while the newer two are read already.
  land({saying("0", -1, "a b c d")});
  judge();
  do {
    while (store::read_some(database(), read, 2)) {
    }
  } while (!store::show_reanalysis(database(), read, 10));
  EXPECT_EQ(labels(), "0 none, 1 duplicate, 2 promo, 3 duplicate");
  EXPECT_EQ(judge(), 0);
  while (store::clear_some(database())) {
  }
  expect_exact();
}

TEST_F(Copies, ABotIsWhoWritesMoreADayThanAPerson) {
  const auto write = [&](int first, int last, int day) {
    std::vector<store::AnalysedPost> posts;
    for (int id = first; id < last; ++id) {
      posts.push_back(
          saying(std::to_string(id), 24 * day, "no " + std::to_string(id)));
      posts.back().post.author_id = "busy";
    }
    land(posts);
  };
  constexpr store::BotLimits kLimits{5, 0};
  write(10, 14, 0);
  write(20, 24, 1);
  judge(kLimits);
  EXPECT_THAT(labels(), testing::Not(HasSubstr("bot")));
  write(14, 15, 0);
  judge(kLimits);
  EXPECT_EQ(labels(),
            "10 bot, 11 bot, 12 bot, 13 bot, 14 bot,"
            " 20 none, 21 none, 22 none, 23 none");
  EXPECT_EQ(counted(), 4);
  store::delete_posts(database(), {{"x", "12"}});
  judge(kLimits);
  EXPECT_THAT(labels(), testing::Not(HasSubstr("bot")));
  EXPECT_EQ(counted(), 8);
  // Thousands at once, in steps far smaller than the day.
  write(1000, 2000, 0);
  judge(kLimits, 10);
  EXPECT_EQ(test_.number("select count(*) from mention where ordinal = 0"
                         " and noise = 'bot'"),
            1004);
  expect_exact();
}

TEST_F(Copies, ABotIsWhoWritesManyCopiesADay) {
  std::vector<store::AnalysedPost> posts;
  for (int id = 1; id <= 5; ++id) {
    posts.push_back(saying(std::to_string(id), id, "a b c d"));
    posts.back().post.author_id = "spam";
  }
  posts.push_back(saying("8", 9, "I say so myself"));
  posts.back().post.author_id = "spam";
  posts.push_back(saying("9", 9, "a b c d"));
  land(posts);
  judge({100, 4});
  EXPECT_EQ(labels(), "1 bot, 2 bot, 3 bot, 4 bot, 5 bot, 8 bot, 9 duplicate");
  EXPECT_EQ(copy_of("5"), "1");
  edit(posts[4], "now for something else");
  judge({100, 4});
  EXPECT_EQ(labels(),
            "1 none, 2 duplicate, 3 duplicate, 4 duplicate, 5 none, 8 none,"
            " 9 duplicate");
  expect_exact();
}

TEST_F(Copies, AreCountedApartAndNamed) {
  auto seller = saying("3", 1, "k l m n");
  seller.analysis.noise = domain::Noise::promo;
  land({saying("1", 0, "a b c d"), saying("2", 1, "a b c d"), seller});
  judge();
  const auto totals = store::matrix(database(), {}).totals;
  EXPECT_EQ(totals.posts, 1);
  EXPECT_EQ(totals.noise, 2);
  ASSERT_EQ(totals.noise_by_kind.size(), 2U);
  EXPECT_EQ(totals.noise_by_kind[0].kind, "duplicate");
  EXPECT_EQ(totals.noise_by_kind[0].posts, 1);
  EXPECT_EQ(totals.noise_by_kind[1].kind, "promo");
  store::Filter spanish;
  spanish.langs = {"es"};
  EXPECT_TRUE(store::matrix(database(), spanish).totals.noise_by_kind.empty());
  const auto platforms = store::status(database()).platforms;
  ASSERT_EQ(platforms.size(), 1U);
  EXPECT_EQ(platforms[0].noise_by_kind.size(), 2U);
  EXPECT_EQ(test_.text("select array_to_string(report.known_categories(),"
                       " ' ')"),
            "price");
  store::Filter noise;
  noise.include_noise = true;
  const auto posts = store::posts(database(), noise);
  ASSERT_EQ(posts.size(), 3U);
  for (const auto& entry : posts) {
    EXPECT_EQ(entry.copy_of.value_or(""), entry.post.key.id == "2" ? "1" : "");
  }
}

TEST_F(Copies, GoWithTheirMonth) {
  land({saying("1", 0, "a b c d"), saying("2", 24 * 40, "a b c d")});
  judge();
  store::retain(database(), at("2025-01-01T00:00:00Z"));
  EXPECT_EQ(test_.text("select string_agg(post_id, ' ') from post_print"), "2");
  EXPECT_EQ(test_.number("select count(*) from pg_class where relname ="
                         " 'post_print_2024_12'"),
            0);
  EXPECT_TRUE(store::verify_rollups(database()).faults.empty());
}

TEST_F(Copies, OneProgramAtATimeLooksForThem) {
  land({saying("1", 0, "a b c d")});
  store::Database other(test_.url());
  {
    store::Transaction holder(other);
    holder.run(
        "select pg_advisory_xact_lock("
        "hashtextextended('grumble copies', 0))");
    EXPECT_FALSE(store::judge_some(database(), bands_of, kNoBots, 10));
  }
  EXPECT_EQ(store::judge_some(database(), bands_of, kNoBots, 10)->posts, 1);
}

/// What should be of posts, told by looking at each pair of them.
struct Model {
  struct One {
    store::AnalysedPost post;
    bool context = false;
  };
  std::map<std::string, One> posts;

  bool is_copy(const domain::Post& post) const {
    const auto bands = bands_of(post);
    if (!bands) return false;
    for (const auto& [id, other] : posts) {
      const auto theirs = bands_of(other.post.post);
      const auto apart = post.created_at - other.post.post.created_at;
      if (other.context || !theirs || apart <= std::chrono::seconds(0) ||
          apart > std::chrono::hours(672)) {
        continue;
      }
      for (size_t k = 0; k < bands->size(); ++k) {
        if ((*bands)[k] == (*theirs)[k]) return true;
      }
    }
    return false;
  }

  std::string labels(const store::BotLimits& limits) const {
    const auto day = [](const domain::Post& post) {
      return std::pair(post.author_id,
                       std::chrono::floor<std::chrono::days>(post.created_at));
    };
    std::map<decltype(day({})), store::BotLimits> days;
    for (const auto& [id, one] : posts) {
      if (one.context) continue;
      auto& count = days.try_emplace(day(one.post.post), store::BotLimits{0, 0})
                        .first->second;
      ++count.posts;
      count.copies += is_copy(one.post.post) ? 1 : 0;
    }
    std::string text;
    for (const auto& [id, one] : posts) {
      const domain::Post& post = one.post.post;
      std::string label(domain::to_string(one.post.analysis.noise));
      if (label == "none" && !one.context) {
        const auto& count = days.at(day(post));
        const bool bot =
            !post.author_id.empty() &&
            (count.posts >= limits.posts || count.copies >= limits.copies);
        label = bot ? "bot" : is_copy(post) ? "duplicate" : "none";
      }
      text += id + " " + label + "\n";
    }
    return text;
  }
};

/// Random posts of 60 days, no two of one time.
class Random {
 public:
  explicit Random(unsigned seed) : random_(seed) {}

  int any(int below) { return static_cast<int>(random_() % unsigned(below)); }

  store::AnalysedPost post(int id) {
    store::AnalysedPost one = tests::post(std::to_string(id));
    one.post.text = any(4) == 0 ? "too short" : "";
    while (one.post.text.size() < 8) {
      one.post.text += static_cast<char>('a' + any(26));
      one.post.text += ' ';
    }
    one.post.author_id = id % 9 == 0 ? "" : "u" + std::to_string(id % 2);
    one.post.created_at = at("2026-10-01T00:00:00Z") +
                          std::chrono::hours(24 * 7 * (id % 9)) +
                          std::chrono::minutes(id);
    one.post.observed_at =
        at("2026-12-24T00:00:00Z") + std::chrono::minutes(++age_);
    one.post.context_only = any(6) == 0;
    one.analysis.models = {"Sora"};
    one.analysis.findings = {finding("Sora", "price")};
    if (id % 7 == 0) one.analysis.noise = domain::Noise::promo;
    return one;
  }

 private:
  std::mt19937 random_;
  int age_ = 0;
};

class CopiesOfAHistory : public Copies,
                         public testing::WithParamInterface<unsigned> {};

TEST_P(CopiesOfAHistory, HangOnWhatIsStoredAlone) {
  constexpr store::BotLimits kLimits{7, 3};
  Random random(GetParam());
  Model model;
  for (int step = 0; step < 40; ++step) {
    if (random.any(5) == 0 && !model.posts.empty()) {
      std::vector<domain::PostKey> gone;
      for (auto i = model.posts.begin(); i != model.posts.end();) {
        if (random.any(8) == 0) {
          gone.push_back(i->second.post.post.key);
          i = model.posts.erase(i);
        } else {
          ++i;
        }
      }
      store::delete_posts(database(), gone);
    } else {
      std::vector<store::AnalysedPost> page;
      const int first = random.any(150);
      for (int id = first; id < first + 12; ++id) {
        page.push_back(random.post(id));
        const auto& one = page.back();
        auto [there, fresh] = model.posts.try_emplace(one.post.key.id);
        there->second.context =
            one.post.context_only && (fresh || there->second.context);
        there->second.post = one;
      }
      land(page);
    }
    if (random.any(3) == 0) {
      store::judge_some(database(), bands_of, kLimits, 1 + random.any(40));
    }
  }
  judge(kLimits, 30);
  EXPECT_EQ(test_.text("select string_agg(post_id || ' ' || noise || E'\\n',"
                       " '' order by post_id) from mention"
                       " where ordinal = 0"),
            model.labels(kLimits));
  EXPECT_THAT(model.labels(kLimits),
              testing::AllOf(HasSubstr("bot"), HasSubstr("duplicate")));
  expect_exact();
}

INSTANTIATE_TEST_SUITE_P(Seeds, CopiesOfAHistory, testing::Range(0U, 4U));

TEST_F(Copies, AreRightWhoeverLandsMeanwhile) {
  constexpr store::BotLimits kLimits{7, 4};
  Model model;
  std::vector<std::vector<store::AnalysedPost>> pages(2);
  Random random(99);
  for (int id = 0; id < 600; ++id) {
    auto& page = pages[static_cast<size_t>(id % 2)];
    page.push_back(random.post(id));
    page.back().post.context_only = false;
    model.posts[std::to_string(id)] = {page.back(), false};
  }
  std::vector<std::thread> landings;
  std::atomic<int> left = 2;
  for (const auto& page : pages) {
    landings.emplace_back([&, posts = page] {
      store::Database own(test_.url());
      for (size_t i = 0; i < posts.size(); i += 20) {
        const auto begin = posts.begin() + static_cast<std::ptrdiff_t>(i);
        for (;;) {
          try {
            store::land(own, batch({begin, begin + 20}));
            break;
          } catch (const store::DatabaseError& error) {
            if (!error.sqlstate().starts_with("40")) throw;
          }
        }
      }
      --left;
    });
  }
  while (left > 0) {
    try {
      store::judge_some(database(), bands_of, kLimits, 50);
    } catch (const store::DatabaseError& error) {
      EXPECT_TRUE(error.sqlstate().starts_with("40")) << error.what();
    }
  }
  for (auto& landing : landings) landing.join();
  judge(kLimits, 50);
  EXPECT_EQ(test_.text("select string_agg(post_id || ' ' || noise || E'\\n',"
                       " '' order by post_id) from mention"
                       " where ordinal = 0"),
            model.labels(kLimits));
  expect_exact();
}

/// Pages of the database that a question touches, its plan made before.
int64_t pages_touched(TestDatabase& test, const std::string& question) {
  const std::string key = "\"Shared Hit Blocks\": ";
  std::string plan;
  for (int i = 0; i < 2; ++i) {
    plan = test.text("explain (analyze, buffers, format json) " + question);
  }
  const size_t at = plan.find(key);
  const size_t read = plan.find("\"Shared Read Blocks\": ", at);
  return std::stoll(plan.substr(at + key.size())) +
         std::stoll(plan.substr(read + key.size() + 1));
}

TEST_F(Copies, EqualTextsAreNoMoreWorkThanTwo) {
  store::Transaction(database()).run("select 1");
  test_.run(
      "select ensure_months(0::smallint, array['2026-09-15Z'::timestamptz,"
      " '2026-10-15Z']);"
      " insert into post_print (platform, post_id, created_at, band_1, band_2,"
      "  band_3, band_4)"
      " select 'x', i, case when i % 2 = 0 then '2026-10-01Z'::timestamptz"
      "  else '2026-10-01Z'::timestamptz + interval '1 second' * (30000 - i)"
      "  end, 1, 2, 3, 4 from generate_series(1, 60000) i");
  for (const std::string id : {"1", "2", "30000", "30001", "59999", "60000"}) {
    const std::string place =
        "from post_print p where platform = 'x'"
        " and post_id = '" +
        id + "'";
    EXPECT_LT(pages_touched(test_,
                            "select report.copy_of(platform, post_id,"
                            " created_at) " +
                                place),
              120);
    EXPECT_LT(pages_touched(test_,
                            "select (select count(*) from"
                            " next_prints(post_id, created_at,"
                            " '{1,2,3,4}')) " +
                                place),
              120);
  }
  EXPECT_EQ(test_.number("select count(*) from post_print where"
                         " report.copy_of(platform, post_id, created_at)"
                         " is null and post_id::int % 100 < 2"),
            test_.number("select count(*) from (select post_id from post_print"
                         " order by created_at, tie limit 1) o"
                         " where post_id::int % 100 < 2"))
      << "one of them is the oldest";
}

}  // namespace
}  // namespace grumble::tests
