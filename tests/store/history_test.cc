#include "store/history.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <future>

#include "store/landing.h"
#include "store/retention.h"
#include "store/statement.h"
#include "tests/store/throng.h"

namespace grumble::tests {
namespace {

TEST_F(History, IsExactAfterLandingAndNoticesAForgery) {
  land(Throng(1).posts(0, 200));
  expect_exact();
  test_.run(
      "update rollup set posts = posts + 1 where ctid = (select ctid"
      " from rollup where grain = 'd' and cell_id in (select cell_id"
      "  from cell where lang = '*') limit 1)");
  EXPECT_EQ(store::verify_rollups(test_.database()).faults.size(), 3U)
      << "the day against its rows, its week and all time against the day";
}

TEST_F(History, IsExactAfterEditsRefreshesAndReanalysis) {
  Throng throng(2);
  land(throng.posts(0, 150));
  throng.age();
  land(throng.posts(50, 200));
  throng.age();
  auto found_again = batch(throng.posts(80, 160));
  found_again.query = "kling";
  store::land(test_.database(), found_again);
  throng.age();
  store::adopt_ruleset(test_.database(), "rules-2");
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

TEST_F(History, CountsTheWeeksOfADatabaseThatHadNone) {
  Throng throng(15);
  land(throng.posts(0, 200));
  test_.run(
      "delete from rollup where grain = 'w' and start < '2026-11-30Z';"
      " update history set weeks_from = '2026-11-30Z'");
  throng.age();
  land(throng.posts(100, 250));
  store::delete_posts(test_.database(), {throng.post(7).post.key});
  expect_sums(" while weeks are missing");
  EXPECT_GT(test_.number("select count(*) from rollup where grain = 'w'"), 0);
  const auto weeks = [&] {
    return test_.number(
        "select count(distinct start) from rollup where grain = 'w'");
  };
  const auto before = weeks();
  expect_exact();
  EXPECT_GT(weeks(), before + 8);
  EXPECT_EQ(test_.text("select weeks_from from history"), "-infinity");
  test_.run(
      "delete from rollup where grain = 'w';"
      " update history set weeks_from = 'infinity'");
  expect_exact();
  EXPECT_GT(weeks(), before + 8);
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

}  // namespace
}  // namespace grumble::tests
