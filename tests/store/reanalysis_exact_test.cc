// Whatever happens while history is read anew: the roll-ups are what the rows
// add up to, and what is shown is what the new rules would have landed.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <future>

#include "store/erasure.h"
#include "store/page.h"
#include "store/report_queries.h"
#include "store/retention.h"
#include "tests/store/reanalysis_fixture.h"

namespace grumble::tests {
namespace {

using store::Database;

TEST_F(Reanalysis, WhatLandsMeanwhileIsRightUnderBoth) {
  TestDatabase undisturbed;
  record_both(undisturbed.database());
  const std::vector<std::vector<domain::Post>> landings = {
      posts_of(0, 150), posts_of(100, 220, 1), posts_of(0, 60, 2),
      posts_of(200, 260, 3)};
  land(database(), kOld, landings[0]);
  land(undisturbed.database(), kOld, landings[0]);
  store::begin_reanalysis(database(), name_of(kNew));
  for (size_t i = 1; i < landings.size(); ++i) {
    store::read_some(database(), reads_by(kNew), 37);
    land(database(), kOld, landings[i]);
    land(undisturbed.database(), kOld, landings[i]);
    expect_exact("landing " + std::to_string(i));
    EXPECT_EQ(contents(test_), contents(undisturbed));
  }
  EXPECT_GT(store::reanalysis(database())->due, 100);
  finish(database());
  expect_as_if_landed(landings);
}

TEST_F(Reanalysis, DeletionsTimesCountersAndContextMeanwhile) {
  land(database(), kOld, posts_of(0, 150));
  store::begin_reanalysis(database(), name_of(kNew));
  store::read_some(database(), reads_by(kNew), 80);
  std::vector<domain::PostKey> gone;
  for (const auto& post : posts_of(20, 60)) gone.push_back(post.key);
  EXPECT_EQ(store::delete_posts(database(), gone), 40);
  std::vector<domain::Post> later = posts_of(60, 150);
  for (auto& post : later) {
    post.observed_at += std::chrono::hours(1);
    if (post.context_only) post.context_only = false;
    *post.metrics.likes += 3;
    post.created_at -= std::chrono::hours(24 * 20);  // another month, for some
  }
  land(database(), kOld, later);
  expect_exact("meanwhile");
  finish(database());
  clear(database());
  std::vector<domain::Post> first = posts_of(0, 20);
  expect_as_if_landed({first, later});
}

TEST_F(Reanalysis, FourWritersMeanwhile) {
  land(database(), kOld, posts_of(0, 100));
  store::begin_reanalysis(database(), name_of(kNew));
  // Their posts overlap.
  const auto writer = [&](int number) {
    Database own(test_.url());
    for (int version = 1; version < 4; ++version) {
      std::vector<domain::Post> posts =
          posts_of(40 * number, 40 * number + 20 + 10 * version, version);
      try {
        persist([&] { land(own, kOld, posts); });
      } catch (const store::RulesetChanged&) {
        persist([&] { land(own, kNew, posts); });
      }
    }
  };
  std::vector<std::future<void>> writers;
  for (int number = 0; number < 4; ++number) {
    writers.push_back(std::async(std::launch::async, writer, number));
  }
  finish(database());
  for (auto& one : writers) EXPECT_NO_THROW(one.get());
  clear(database());
  std::vector<std::vector<domain::Post>> landings{posts_of(0, 100)};
  for (int number = 0; number < 4; ++number) {
    for (int version = 1; version < 4; ++version) {
      landings.push_back(
          posts_of(40 * number, 40 * number + 20 + 10 * version, version));
    }
  }
  expect_as_if_landed(landings);
}

/// Goes on with what is under way until killed or done; says 'b' first.
[[noreturn]] void work_until_killed(const std::string& url, int out) {
  try {
    Database database(url);
    if (write(out, "b", 1) != 1) _exit(1);
    finish(database);
    clear(database);
  } catch (const std::exception&) {
    _exit(1);
  }
  _exit(0);
}

// Catalogue: 1
TEST_F(Reanalysis, KilledAgainAndAgainItEndsAsUndisturbed) {
  land(database(), kOld, posts_of(0, 300));
  store::begin_reanalysis(database(), name_of(kNew));
  int killed = 0;
  for (unsigned kill_after = 0; kill_after < 40; ++kill_after) {
    int pipes[2];
    ASSERT_EQ(pipe(pipes), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) work_until_killed(test_.url(), pipes[1]);
    close(pipes[1]);
    char said = 0;
    ASSERT_EQ(read(pipes[0], &said, 1), 1) << "the child did not connect";
    close(pipes[0]);
    usleep(kill_after % 8 * 9000);
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) ++killed;
    expect_exact("killed after " + std::to_string(kill_after));
    if (!store::reanalysis(database())) break;
  }
  EXPECT_GT(killed, 2);
  if (store::reanalysis(database())) {
    finish(database());
    clear(database());
  }
  expect_as_if_landed({posts_of(0, 300)});
}

TEST_F(Reanalysis, KeepsTheCountsOfMonthsThatWereDropped) {
  land(database(), kOld, posts_of(0, 200));
  store::Filter october;
  october.since = at("2026-09-01T00:00:00Z");
  october.until = at("2026-11-01T00:00:00Z");
  const auto count = [&] {
    int64_t posts = 0;
    for (const auto& cell : store::matrix(database(), october).cells) {
      posts += cell.posts;
    }
    return posts;
  };
  const int64_t before = count();
  EXPECT_GT(before, 20);
  store::begin_reanalysis(database(), name_of(kNew));
  EXPECT_THROW(store::retain(database(), at("2026-11-01T00:00:00Z")),
               store::DatabaseError);
  store::abandon_reanalysis(database());
  clear(database());
  store::retain(database(), at("2026-11-01T00:00:00Z"));
  EXPECT_EQ(count(), before);
  store::begin_reanalysis(database(), name_of(kNew));
  finish(database());
  clear(database());
  EXPECT_EQ(count(), before) << "as the old rules read them";
  expect_exact("after retention");
  // And the rest as the new rules do.
  TestDatabase fresh;
  store::record_ruleset(fresh.database(), name_of(kNew), "new");
  land(fresh.database(), kNew, posts_of(0, 200));
  store::retain(fresh.database(), at("2026-11-01T00:00:00Z"));
  const std::string november =
      "select string_agg(line, E'\\n' order by line) from ("
      " select concat_ws(' ', r.start, (to_jsonb(c) - 'cell_id')::text,"
      "  r.posts) as line from rollup r join cell c using (cell_id)"
      " where r.grain = 'd' and r.start >= '2026-11-01Z') lines";
  EXPECT_EQ(test_.text(november), fresh.text(november));
}

TEST_F(Reanalysis, LeavesErasedPostsAsTheyWereCounted) {
  land(database(), kOld, posts_of(0, 60));
  const auto key = a_post(7).key;
  const std::string counted =
      "select coalesce(string_agg(f.category || f.polarity || f.model, ' '"
      " order by f.ordinal), '') from finding f, history h"
      " where f.slot = h.slot and f.post_id = '7'";
  // One with a finding that the new rules would not see.
  auto post = a_post(7, 5);
  auto page = batch({{post, analysis_by(kOld, post.text)}});
  page.posts[0].analysis.findings = {finding("Sora", "watermark")};
  store::land(database(), page);
  store::erase_posts(database(), {key}, "deleted");
  const std::string before = test_.text(counted);
  EXPECT_EQ(before, "watermarkcomplaintSora");
  store::begin_reanalysis(database(), name_of(kNew));
  finish(database());
  EXPECT_EQ(test_.text(counted), before);
  clear(database());
  EXPECT_EQ(test_.text(counted), before);
  expect_exact("with an erased post");
}

TEST_F(Reanalysis, ReplayedPagesAreExactAndChangeNothingTwice) {
  const std::vector<std::vector<domain::Post>> pages = {
      posts_of(0, 80), posts_of(40, 120, 1), posts_of(60, 100, 2)};
  for (const auto& page : pages) land(database(), kOld, page);
  std::vector<domain::PostKey> gone;
  for (const auto& post : posts_of(10, 20)) gone.push_back(post.key);
  store::delete_posts(database(), gone);
  store::erase_posts(database(), {a_post(70).key}, "deleted");
  store::begin_reanalysis(database(), name_of(kNew));
  finish(database());
  const auto replay = [&] {
    store::Landed sum;
    for (const auto& posts : pages) {
      store::Batch page = batch({});
      for (const auto& post : posts) {
        page.posts.push_back({post, analysis_by(kNew, post.text)});
      }
      page.ruleset = name_of(kNew);
      const auto landed = store::replay_page(database(), page);
      sum.inserted += landed.inserted;
      sum.updated += landed.updated;
    }
    return sum;
  };
  EXPECT_EQ(replay().inserted, 10) << "the deleted ones come back";
  expect_exact("replayed");
  const std::string before = contents(test_);
  const auto again = replay();
  EXPECT_EQ(again.inserted + again.updated, 0);
  EXPECT_EQ(contents(test_), before);
  EXPECT_EQ(test_.text("select text from post where post_id = '70'"), "");
  expect_exact("replayed twice");
}

}  // namespace
}  // namespace grumble::tests
