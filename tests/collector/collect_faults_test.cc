// What a round makes of a site that answers badly: real HTTP, real faults.
#include <gmock/gmock.h>

#include <algorithm>
#include <ctime>

#include "collector/error_table.h"
#include "collector/sources/x_items.h"
#include "tests/collector/faulty_round.h"
#include "tests/collector/hostile_pages.h"
#include "tests/collector/loopback_server.h"

namespace grumble::collector {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr int64_t kPosts = 300;
const std::string kThreads = "/youtube/v3/commentThreads";

std::string refusal(int status, std::string_view reason,
                    const std::string& more = "") {
  return R"({"fault":"refuse","status":)" + std::to_string(status) +
         R"(,"reason":")" + std::string(reason) + "\"" + more + "}\n";
}

bool is_final(const ErrorRow& row) {
  return row.action != Action::retry && row.action != Action::wait &&
         row.reason != "invalidPageToken";
}

std::vector<ErrorRow> final_rows() {
  std::vector<ErrorRow> rows;
  std::copy_if(error_rows().begin(), error_rows().end(),
               std::back_inserter(rows), is_final);
  return rows;
}

class FinalAnswer : public testing::TestWithParam<ErrorRow> {};

// Catalogue: 27, 31, 32
TEST_P(FinalAnswer, IsAskedForOnce) {
  const ErrorRow& row = GetParam();
  const int status = row.first_status == 0 ? 418 : row.first_status;
  const FaultySite site(refusal(status, row.reason), 10, 2);
  FaultyRound round{std::string(row.source)};
  const RoundReport report = round.run(site.url());
  EXPECT_EQ(site.visits().size(), 1u);
  EXPECT_EQ(report.landed.inserted, 0);
  EXPECT_EQ(site.fired("refuse"), 1);
  if (row.action != Action::drop_step) {
    EXPECT_NE(report.ended, Ended::complete);
    EXPECT_THAT(report.reason, HasSubstr(std::string(row.meaning)));
  }
}

std::string row_name(const testing::TestParamInfo<ErrorRow>& info) {
  std::string name = std::string(info.param.source) + "_" +
                     std::to_string(info.param.first_status) + "_" +
                     std::string(info.param.reason);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Faults, FinalAnswer, testing::ValuesIn(final_rows()),
                         row_name);

/// Our own clocks, the journal's too, off by so much.
class RateLimit : public testing::TestWithParam<std::chrono::hours> {};

// Catalogue: 25, 56, 57
TEST_P(RateLimit, IsNeverAnsweredBeforeItsReset) {
  const FaultySite site(
      R"({"fault":"rate-limit","from":2,"every":2,"times":2,"seconds":1})");
  FaultyRound round("x");
  round.options.now =
      round.journal.now = [] { return FaultySite::now() + GetParam(); };
  EXPECT_EQ(round.run(site.url()).ended, Ended::complete);
  EXPECT_EQ(round.journal.posts.size(), kPosts);
  const auto visits = site.visits();
  int limits = 0;
  for (size_t i = 0; i + 1 < visits.size(); ++i) {
    if (visits[i].status != 429) continue;
    ++limits;
    EXPECT_GE(visits[i + 1].at.time_since_epoch(),
              std::chrono::seconds(visits[i].limit_ends));
  }
  EXPECT_EQ(limits, 2);
}

INSTANTIATE_TEST_SUITE_P(Clocks, RateLimit,
                         testing::Values(0h, 1h, -1h, 24h * 3650, -24h * 3650));

// Catalogue: 26
TEST(CollectFaults, ALimitThatNobodyTellsOfEndsTheRound) {
  for (const char* kind : {"rate-limit-bare", "rate-limit-remaining"}) {
    const FaultySite site(R"({"fault":")" + std::string(kind) + "\"}");
    FaultyRound round("x");
    round.options.longest_wait = 4min;
    EXPECT_EQ(round.run(site.url()).ended, Ended::refused);
    EXPECT_EQ(site.visits().size(), 1u) << kind;
  }
}

/// Faults after which everything must have landed, each post once.
struct Passing {
  const char* name;
  const char* rules;
  const char* fault;
  int64_t rejected = 0;
  int64_t missing = 0;
};

class PassingFault : public testing::TestWithParam<Passing> {};

// Catalogue: 19, 20, 23, 24, 41, 43, 44, 50, 51
TEST_P(PassingFault, LosesNothing) {
  const Passing& fault = GetParam();
  const FaultySite site(fault.rules);
  FaultyRound round("x");
  RoundReport report;
  int64_t rejected = 0;
  for (int i = 0; i < 20 && (i == 0 || report.ended != Ended::complete); ++i) {
    round.wait_until(report.not_before);
    report = round.run(site.url());
    rejected += report.landed.rejected;
  }
  EXPECT_EQ(report.ended, Ended::complete) << report.reason;
  EXPECT_EQ(round.journal.posts.size(), kPosts - fault.missing);
  EXPECT_EQ(rejected, fault.rejected);
  EXPECT_GT(site.fired(fault.fault), 0);
}

const Passing kPassing[] = {
    {"Cut", R"({"fault":"cut","bytes":1000,"to":3})", "cut"},
    {"Reset", R"({"fault":"reset","from":2,"to":3})", "reset"},
    {"Html", R"({"fault":"html","to":2})", "html"},
    {"EmptyBody", R"({"fault":"empty-body","from":2,"to":3})", "empty-body"},
    {"Burst", R"({"fault":"refuse","status":502,"from":2,"to":4})", "refuse"},
    {"Shuffle", R"({"fault":"shuffle","from":2,"to":2})", "shuffle"},
    {"Duplicate", R"({"fault":"duplicate"})", "duplicate"},
    {"PartialError", R"({"fault":"partial-error"})", "partial-error", 12},
    {"Malformed", R"({"fault":"malformed","from":2,"to":2})", "malformed", 1,
     1},
    {"TokenRefused", R"({"fault":"token-refused","times":2})", "token-refused"},
};

INSTANTIATE_TEST_SUITE_P(Faults, PassingFault, testing::ValuesIn(kPassing),
                         [](const auto& each) { return each.param.name; });

// Catalogue: 42
TEST(CollectFaults, ALoopOfTokensOrPagesEnds) {
  for (const char* kind : {"token-loop", "page-repeat"}) {
    const FaultySite site(R"({"fault":")" + std::string(kind) + "\"}", 600);
    FaultyRound round("x");
    round.run(site.url());
    // 24 pages, none of them more than twice.
    EXPECT_LE(site.visits().size(), 48u) << kind;
    EXPECT_GT(site.fired(kind), 0);
  }
}

// Catalogue: 40
TEST(CollectFaults, AnEmptyPageWithATokenIsNotTheEnd) {
  const FaultySite site(R"({"fault":"deleted","share":0.6,"run":100})", 1000);
  FaultyRound round("x");
  EXPECT_EQ(round.run(site.url()).ended, Ended::complete);
  EXPECT_GT(site.fired("empty-page"), 0);
  EXPECT_EQ(round.journal.posts.size() % 100, 0u);
  EXPECT_EQ(
      static_cast<int64_t>(round.journal.posts.size()) + site.fired("deleted"),
      1000);
}

// Catalogue: 24
TEST(CollectFaults, AnOutageIsAskedLessAndLess) {
  const FaultySite site(refusal(503, ""));
  FaultyRound round("x");
  RoundReport report;
  for (int i = 0; i < 15; ++i) {
    report = round.run(site.url());
    EXPECT_EQ(report.ended, Ended::refused);
  }
  EXPECT_EQ(site.visits().size(), 4U) << "then the page rests";
  const auto later = round.options.now() + 10min;
  size_t rounds = 0;
  while (round.options.now() < later && rounds < 100) {
    // The round and the journal read the clock one after the other.
    round.wait_until(report.not_before + 1s);
    report = round.run(site.url());
    EXPECT_EQ(site.visits().size(), 4 + ++rounds) << "then the whole site";
  }
  EXPECT_LE(site.visits().size(), 40U);
}

// Catalogue: 30, 49
TEST(CollectFaults, DisabledCommentsOfTwoVideosLeaveTheOthers) {
  const FaultySite site(refusal(403, "commentsDisabled",
                                R"(,"path":")" + kThreads + R"(","to":2)"),
                        0, 16);
  FaultyRound round("youtube");
  EXPECT_EQ(round.run(site.url()).ended, Ended::complete);
  EXPECT_EQ(visits_of(site, kThreads), 16u);
  EXPECT_EQ(round.journal.posts.size(), 16u + 14 * 40);
}

// Catalogue: 28
TEST(CollectFaults, AnEmptyQuotaStopsItsBucketAlone) {
  const FaultySite site(
      refusal(403, "quotaExceeded", R"(,"path":"/youtube/v3/search","from":2)"),
      0, 4);
  FaultyRound round("youtube");
  EXPECT_EQ(round.run(site.url()).ended, Ended::complete);
  EXPECT_EQ(visits_of(site, kThreads), 4u);
  for (const std::string& id : round.journal.posts) {
    if (id.size() == 11) round.journal.round.known.push_back(id);
  }
  round.journal.round.now += 1h;
  EXPECT_EQ(round.run(site.url()).ended, Ended::budget);
  EXPECT_EQ(visits_of(site, "/youtube/v3/search"), 2u);
  EXPECT_EQ(visits_of(site, kThreads), 8u) << "units are left";
}

// Catalogue: 29
TEST(CollectFaults, AShortLimitIsWaitedFor) {
  const FaultySite site(
      R"({"fault":"rate-limit","path":"/youtube","to":1,"seconds":1})", 0, 1);
  FaultyRound round("youtube");
  EXPECT_EQ(round.run(site.url()).ended, Ended::complete);
  EXPECT_EQ(round.journal.posts.size(), 41u);
}

// Catalogue: 63
TEST(CollectFaults, AGapRestsByTheJournalsClock) {
  FaultySite site(R"({"fault":"refuse","status":503})");
  FaultyRound round("x");
  round.options.now = [] { return FaultySite::now() + 1000h; };
  round.options.tries = 1;
  round.run(site.url());
  ASSERT_EQ(round.journal.gaps.size(), 1U);
  const Gap& gap = round.journal.gaps.begin()->second;
  ASSERT_TRUE(gap.not_before);
  EXPECT_LE(*gap.not_before, FaultySite::now() + 2min);
  round.run(site.url());
  EXPECT_EQ(visits_of(site, "/2/"), 1U) << "it rests";
}

// Catalogue: 38
TEST(CollectFaults, WhatHasGrownTooOldIsSaidToBeLost) {
  const FaultySite site("");
  FaultyRound round("x");
  const auto id_at = [](std::chrono::hours age) {
    return x_first_id_of(FaultySite::now() - age);
  };
  // Nobody has collected for two days.
  Start before;
  before.list = "posts";
  before.range.open = Range{id_at(24h * 20), id_at(48h)};
  before.range.top = before.range.open->hi - 1;
  round.journal.open("x", "all", before);
  const RoundReport report = round.run(site.url());
  EXPECT_EQ(report.ended, Ended::complete) << report.reason;
  EXPECT_TRUE(round.journal.gaps.empty());
  EXPECT_GT(report.landed.inserted, 0) << "what the site still has";
  ASSERT_EQ(round.journal.unreachable.size(), 1U);
  const Range lost = round.journal.unreachable.front();
  EXPECT_EQ(lost.lo, before.range.open->lo);
  EXPECT_GE(lost.hi, id_at(24h * 7 + 1h));
  EXPECT_LE(lost.hi, id_at(24h * 6));
}

// Catalogue: 57
TEST(CollectFaults, WhatOurClockAloneHasReachedIsAskedForAgain) {
  for (const auto ahead : {0h, 3h}) {
    const FaultySite site("");
    FaultyRound round("x");
    round.journal.round.now += ahead;
    const RoundReport report = round.run(site.url());
    EXPECT_EQ(round.journal.gaps.empty(), ahead == 0h);
    if (ahead == 0h) continue;
    EXPECT_EQ(site.visits().size(), 1U);
    EXPECT_GT(report.landed.inserted, 0) << "what was paid for lands";
    EXPECT_GE(report.not_before, FaultySite::now() + ahead - 1min);
    EXPECT_LE(report.not_before, FaultySite::now() + ahead + 1min);
  }
}

// Catalogue: 57
TEST(CollectFaults, WhatOurClockAloneHasReachedIsKnownAfterACrash) {
  const FaultySite site("");
  FaultyRound round("x");
  round.journal.round.now += 3h;
  round.journal.on_land = [] { throw std::runtime_error("killed"); };
  EXPECT_THROW(round.run(site.url()), std::runtime_error);
  ASSERT_EQ(round.journal.kept.size(), 1U);
  const KeptPage kept = round.journal.kept.front();
  round.journal.on_land = nullptr;
  round.run(site.url());
  EXPECT_EQ(site.visits().size(), 1U);
  EXPECT_FALSE(round.journal.posts.empty()) << "what was paid for lands";
  ASSERT_EQ(round.journal.gaps.size(), 1U);
  const Gap gap = round.journal.gaps.begin()->second;
  EXPECT_EQ(gap.lo, kept.gap.lo);
  EXPECT_EQ(gap.hi, kept.gap.hi);
  // The site's clock tells whole seconds; its answer was under way.
  ASSERT_TRUE(gap.not_before);
  EXPECT_GE(*gap.not_before, kept.received_at + 3h - 10min);
  EXPECT_LE(*gap.not_before, kept.received_at + 3h + 10min);
}

TEST(CollectFaults, ARoundKeepsToItsScopeAndItsPages) {
  FaultySite site("");
  FaultyRound round("x");
  round.options.pages = 1;
  RoundReport report = round.run(site.url());
  EXPECT_EQ(report.pages, 1);
  EXPECT_TRUE(report.more);
  round.options.pages = INT64_MAX;
  round.options.scope = Scope::fresh;
  report = round.run(site.url());
  EXPECT_EQ(report.pages, 0) << "what is left is old, and nothing is new";
  EXPECT_TRUE(report.more);
  EXPECT_EQ(report.ended, Ended::complete) << report.reason;
  round.options.scope = Scope::gaps;
  const int opened = round.journal.opened;
  report = round.run(site.url());
  EXPECT_FALSE(report.more);
  EXPECT_EQ(round.journal.opened, opened);
  EXPECT_EQ(round.journal.posts.size(), size_t{kPosts});
}

// What they cost in memory the whole program is asked: tests/faults.
// Catalogue: 54
TEST(CollectFaults, NoPageTakesLong) {
  for (const std::string& body : hostile_pages()) {
    LoopbackServer server([&](const std::string&) { return reply(200, body); });
    FaultyRound round("x");
    round.options.tries = 1;
    // Of this process: others may have much to do.
    const std::clock_t begin = std::clock();
    round.run(server.url(""));
    EXPECT_LT((std::clock() - begin) / CLOCKS_PER_SEC, 10)
        << body.substr(0, 40);
  }
}

}  // namespace
}  // namespace grumble::collector
