#include "store/history.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <future>
#include <random>

#include "store/landing.h"
#include "store/report_queries.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using domain::Polarity;
using store::AnalysedPost;

/// Posts of everything that roll-ups tell apart, from a seed.
class Throng {
 public:
  explicit Throng(unsigned seed) : random_(seed) {}

  AnalysedPost post(int id) {
    AnalysedPost result = tests::post(std::to_string(id));
    auto& [one, analysis] = result;
    one.key.platform = id % 3 == 0 ? "youtube" : "x";
    one.kind = id % 3 == 0 ? domain::PostKind::comment : domain::PostKind::post;
    one.author_id = any(8) == 0 ? "" : "u" + std::to_string(any(40));
    one.created_at = at("2026-09-20T00:00:00Z") +
                     std::chrono::minutes(1440 * (id % 90) + id % 1440);
    one.observed_at = at("2026-12-24T00:00:00Z") + std::chrono::minutes(age_);
    one.context_only = any(9) == 0;
    if (any(2) == 0) one.metrics.likes = any(50);
    if (any(2) == 0) one.metrics.views = any(5000);
    analysis.lang = any(3) == 0 ? "zh" : "en";
    if (any(7) == 0) analysis.noise = domain::Noise::promo;
    for (int i = any(3); i > 0; --i) analysis.models.push_back(model());
    for (int i = any(4); i > 0; --i) {
      analysis.findings.push_back(
          finding(any(4) == 0 ? "" : model(), any(2) == 0 ? "price" : "speed",
                  any(4) == 0 ? Polarity::praise : Polarity::complaint));
    }
    if (any(6) == 0) analysis.comparisons = {{"Sora", "Kling", {}}};
    return result;
  }

  std::vector<AnalysedPost> posts(int first, int last) {
    std::vector<AnalysedPost> result;
    for (int id = first; id < last; ++id) result.push_back(post(id));
    return result;
  }

  /// Posts made from now on were seen later.
  void age() { ++age_; }
  int any(int below) { return static_cast<int>(random_() % unsigned(below)); }

 private:
  std::string model() {
    static const char* const kModels[] = {"Sora", "Kling", "Veo"};
    return kModels[any(3)];
  }

  std::mt19937 random_;
  int age_ = 0;
};

class History : public testing::Test {
 protected:
  History() {
    store::record_ruleset(test_.database(), "rules-1", "");
    store::record_ruleset(test_.database(), "rules-2", "");
  }

  void land(std::vector<AnalysedPost> posts,
            const std::string& ruleset = "rules-1") {
    auto page = batch(std::move(posts));
    page.ruleset = ruleset;
    store::land(test_.database(), page);
  }

  void expect_sums(const char* when = "") {
    const auto result = store::verify_rollups(test_.database());
    for (size_t i = 0; i < result.faults.size() && i < 5; ++i) {
      const auto& fault = result.faults[i];
      ADD_FAILURE() << fault.grain << " " << domain::to_string(fault.start)
                    << ": " << fault.kept.value_or(-1) << ", should be "
                    << fault.expected.value_or(-1) << when;
    }
  }

  /// Before the sketches are repaired, and after.
  void expect_exact() {
    EXPECT_GT(test_.number("select count(*) from rollup"), 0);
    expect_sums();
    store::tend_history(test_.database());
    expect_sums(" after repair");
    EXPECT_EQ(test_.number("select count(*) from rollup_dirty"), 0);
  }

  TestDatabase test_;
};

TEST_F(History, IsExactAfterLandingAndNoticesAForgery) {
  land(Throng(1).posts(0, 200));
  expect_exact();
  test_.run(
      "update rollup set posts = posts + 1 where ctid = (select ctid"
      " from rollup where grain = 'd' limit 1)");
  EXPECT_EQ(store::verify_rollups(test_.database()).faults.size(), 2U)
      << "the day against its rows, and the month against its days";
}

TEST_F(History, IsExactAfterEditsRefreshesAndReanalysis) {
  Throng throng(2);
  land(throng.posts(0, 150));
  throng.age();
  land(throng.posts(50, 200));
  throng.age();
  land(throng.posts(0, 100), "rules-2");
  expect_exact();
  EXPECT_EQ(test_.number("select count(*) from post"), 200);
}

TEST_F(History, IsExactWhenATimeWasAnEstimate) {
  Throng throng(3);
  auto posts = throng.posts(0, 60);
  for (auto& one : posts) one.post.approximate_time = true;
  land(posts);
  for (auto& one : posts) {
    one.post.approximate_time = false;
    one.post.created_at -= std::chrono::hours(24 * 20);
  }
  land(posts);
  expect_exact();
  EXPECT_EQ(test_.number("select count(*) from post p join post_key k"
                         " using (platform, post_id, created_at)"),
            60)
      << "one row a post, where its key says";
}

TEST_F(History, IsExactAfterDeletions) {
  Throng throng(4);
  land(throng.posts(0, 200));
  std::vector<domain::PostKey> keys;
  for (const auto& one : throng.posts(50, 120)) keys.push_back(one.post.key);
  keys.push_back({"x", "never"});
  EXPECT_EQ(store::delete_posts(test_.database(), keys), 70);
  expect_exact();
  for (const std::string table : {"post", "post_key"}) {
    EXPECT_EQ(test_.number("select count(*) from " + table), 130) << table;
  }
  EXPECT_EQ(store::delete_posts(test_.database(), keys), 0);
  land(throng.posts(0, 200));
  expect_exact();
}

TEST_F(History, IsExactAfterFourWritersAtOnce) {
  const auto writer = [&](unsigned seed) {
    store::Database database(test_.url());
    Throng throng(seed);
    for (int round = 0; round < 6; ++round) {
      const int first = throng.any(200);
      auto page = batch(throng.posts(first, first + 60));
      throng.age();
      store::land(database, page);
      if (round == 3) {
        store::delete_posts(database, {page.posts[0].post.key});
      }
    }
  };
  std::vector<std::future<void>> writers;
  for (unsigned seed = 10; seed < 14; ++seed) {
    writers.push_back(std::async(std::launch::async, writer, seed));
  }
  for (auto& one : writers) EXPECT_NO_THROW(one.get());
  expect_exact();
}

TEST_F(History, IsExactAfterItsConnectionIsKilledInTheMiddle) {
  const std::string url = test_.url();
  land(Throng(5).posts(0, 50));
  std::promise<void> opened;
  auto victim = std::async(std::launch::async, [&] {
    store::Database database(url);  // opened before the first shot
    opened.set_value();
    Throng throng(6);
    int lost = 0;
    for (int round = 0; round < 20; ++round) {
      try {
        store::land(database, batch(throng.posts(0, 120)));
      } catch (const store::DatabaseError&) {
        ++lost;
      }
      throng.age();
    }
    return lost;
  });
  opened.get_future().wait();
  while (victim.wait_for(std::chrono::milliseconds(30)) !=
         std::future_status::ready) {
    test_.run(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database()"
        "  and pid <> pg_backend_pid()");
  }
  EXPECT_GT(victim.get(), 0) << "no landing was hit";
  expect_exact();
}

/// Lands for ever; says 'b' before each landing and 'e' after it.
[[noreturn]] void land_until_killed(const std::string& url, unsigned seed,
                                    int out) {
  try {
    store::Database database(url);
    Throng throng(seed);
    while (true) {
      const auto page = batch(throng.posts(0, 150));
      if (write(out, "b", 1) != 1) break;
      store::land(database, page);
      if (write(out, "e", 1) != 1) break;
      throng.age();
    }
  } catch (const std::exception&) {
  }
  _exit(1);
}

TEST_F(History, IsExactAfterItsProcessIsKilledInTheMiddle) {
  const std::string url = test_.url();
  int in_the_middle = 0;
  for (unsigned kill_after = 1; kill_after <= 8; ++kill_after) {
    int pipes[2];
    ASSERT_EQ(pipe(pipes), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) land_until_killed(url, 30 + kill_after, pipes[1]);
    close(pipes[1]);
    // Into another statement of the landing each time.
    char said = 0;
    ASSERT_EQ(read(pipes[0], &said, 1), 1) << "the child did not connect";
    usleep(kill_after * 7000);
    ASSERT_EQ(kill(child, SIGKILL), 0);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    while (read(pipes[0], &said, 1) == 1) {
    }
    close(pipes[0]);
    if (said == 'b') ++in_the_middle;
    expect_sums();
  }
  EXPECT_GT(in_the_middle, 0) << "no landing was hit";
  // What the dead had begun lands once it is landed again.
  Throng throng(50);
  for (int age = 0; age < 100; ++age) throng.age();
  const auto posts = throng.posts(0, 150);
  land(posts);
  land(posts);
  expect_exact();
  EXPECT_EQ(test_.number("select count(*) from post"), 150);
}

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
  return all;
}

TEST_F(History, RollupsAndRowsGiveTheSameAnswers) {
  land(Throng(7).posts(0, 300));
  std::vector<store::Filter> filters(9);
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
  for (size_t i = 0; i < filters.size(); ++i) {
    const auto rows = answers(test_.database(), filters[i], "never");
    EXPECT_GT(rows.size(), 100U) << i;
    EXPECT_EQ(answers(test_.database(), filters[i], "always"), rows) << i;
  }
}

TEST_F(History, KeepsTheCountsOfMonthsThatWereDropped) {
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

TEST_F(History, DropsMonthsWhileOthersLand) {
  land(Throng(9).posts(0, 200));
  auto writer = std::async(std::launch::async, [url = test_.url()] {
    store::Database database(url);
    Throng throng(12);
    for (int round = 0; round < 6; ++round) {
      store::land(database, batch(throng.posts(0, 200)));
      throng.age();
    }
  });
  const auto kept = store::retain(test_.database(), at("2026-11-01T00:00:00Z"));
  EXPECT_NO_THROW(writer.get());
  EXPECT_EQ(kept.months, 2);
  expect_exact();
  EXPECT_EQ(test_.number("select count(*) from post where created_at <"
                         " '2026-11-01Z'"),
            0);
}

TEST_F(History, SketchesEstimateAuthors) {
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
