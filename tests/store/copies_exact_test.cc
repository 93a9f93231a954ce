// Near-copies of random histories, of many writers, and of many equal texts.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "store/erasure.h"
#include "store/reanalysis.h"
#include "store/retention.h"
#include "store/statement.h"
#include "tests/store/copies_fixture.h"

namespace grumble::tests {
namespace {

using testing::HasSubstr;

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
