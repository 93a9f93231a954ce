#include "collector/collect.h"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "collector/registry.h"
#include "collector/sources/x_items.h"
#include "tests/collector/loopback_server.h"
#include "tests/collector/memory_journal.h"

namespace grumble::collector {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const domain::Timestamp kNow = *domain::parse_timestamp("2026-03-02T12:00:00Z");

/// A page of one post with that age, and the token of the next, if any.
std::string x_page(int minutes_old, const std::string& next_token) {
  const auto id = x_first_id_of(kNow - std::chrono::minutes(minutes_old));
  return R"({"data":[{"id":")" + std::to_string(id) +
         R"(","text":"t","created_at":"2026-03-02T10:00:00Z"}],"meta":{)" +
         (next_token.empty() ? "" : "\"next_token\":\"" + next_token + "\",") +
         "\"result_count\":1}}";
}

class Collect : public testing::Test {
 protected:
  Collect() {
    options.now = [] { return kNow; };
    journal.now = [this] { return options.now(); };
    options.backoff = 1ms;
    options.notice = [this](const std::string& text) {
      notices.push_back(text);
    };
    journal.round.query = "sora";
    journal.round.now = kNow;
    journal.round.since = kNow - 24h;
    journal.caps = {{"x.posts", 1'000'000'000},
                    {"youtube.search", 100},
                    {"youtube.units", 10'000}};
  }

  std::unique_ptr<Source> source(const std::string& type,
                                 const LoopbackServer& server) {
    SourceConfig config;
    config.type = type;
    config.base_url = server.url("");
    config.queries["sora"] = "sora";
    return make_source(config);
  }

  /// Runs one round; `stop` may be emitted to cancel it.
  RoundReport collect(const std::string& type, const LoopbackServer& server) {
    asio::io_context context;
    asio::thread_pool journal_thread(1);
    HttpClient client(context.get_executor());
    const auto made = source(type, server);
    Pacer pacer(spacing);
    RoundReport report;
    std::exception_ptr failure;
    asio::co_spawn(context,
                   collect_round(client, pacer, *made, type, "sora", journal,
                                 journal_thread.get_executor(), options),
                   asio::bind_cancellation_slot(
                       stop.slot(), [&](const std::exception_ptr& error,
                                        RoundReport result) {
                         failure = error;
                         report = std::move(result);
                       }));
    stop_now = [this, &context] {
      asio::post(context,
                 [this] { stop.emit(asio::cancellation_type::terminal); });
    };
    context.run();
    if (failure) std::rethrow_exception(failure);
    if (!journal.taken) {
      EXPECT_THAT(journal.reserved, IsEmpty());
    }
    return report;
  }

  /// What an earlier round found.
  void threads_of(const std::vector<std::string>& videos) {
    Start start;
    start.list = "search";
    for (const auto& video : videos) {
      start.leads.push_back({"threads", video, "", 1});
    }
    journal.open("youtube", "sora", start);
    journal.round.top.reset();
  }

  MemoryJournal journal;
  CollectOptions options;
  std::chrono::milliseconds spacing{0};
  std::vector<std::string> notices;
  asio::cancellation_signal stop;
  std::function<void()> stop_now;
};

TEST_F(Collect, WalksToTheEnd) {
  std::atomic<int> asked = 0;
  LoopbackServer server([&](const std::string&) {
    const int page = ++asked;
    return reply(200,
                 x_page(10 * page, page < 3 ? "t" + std::to_string(page) : ""));
  });
  const RoundReport report = collect("x", server);
  EXPECT_EQ(report.ended, Ended::complete);
  EXPECT_EQ(report.pages, 3);
  EXPECT_EQ(report.requests, 3);
  EXPECT_EQ(report.landed.inserted, 3);
  EXPECT_THAT(journal.gaps, IsEmpty());
  EXPECT_EQ(journal.spent["x.posts"], 15'000);
  EXPECT_THAT(server.heads().at(1), HasSubstr("next_token=t1"));
}

TEST_F(Collect, RetriesAndThenGoesOn) {
  std::atomic<int> asked = 0;
  LoopbackServer server([&](const std::string&) {
    const int page = ++asked;
    if (page == 1) return reply(503, "");
    if (page == 2) return reply(200, "<html>sign in</html>");
    if (page == 3) {
      return Reply{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
                   Reply::After::close};
    }
    return reply(200, x_page(10, ""));
  });
  const RoundReport report = collect("x", server);
  EXPECT_EQ(report.ended, Ended::complete);
  EXPECT_EQ(report.requests, 4);
  EXPECT_EQ(report.landed.inserted, 1);
  EXPECT_THAT(notices, SizeIs(3));
}

TEST_F(Collect, APageNotHadLeavesItsCursorForTheNextRound) {
  std::atomic<bool> down = true;
  LoopbackServer server([&](const std::string&) {
    return down ? reply(503, "") : reply(200, x_page(10, ""));
  });
  RoundReport report = collect("x", server);
  EXPECT_EQ(report.ended, Ended::refused);
  EXPECT_THAT(report.reason, HasSubstr("503"));
  EXPECT_EQ(report.requests, options.tries);
  EXPECT_THAT(journal.gaps, SizeIs(1));
  EXPECT_EQ(journal.spent["x.posts"], 0);
  report = collect("x", server);
  EXPECT_EQ(report.requests, 0) << "it is set aside for a minute";
  EXPECT_THAT(report.reason, HasSubstr("set aside"));
  down = false;
  options.now = [] { return kNow + 2min; };
  report = collect("x", server);
  EXPECT_EQ(report.ended, Ended::complete);
  EXPECT_THAT(journal.gaps, IsEmpty());
}

TEST_F(Collect, ATerminalAnswerIsAskedForOnce) {
  LoopbackServer server([](const std::string&) {
    return reply(402, R"({"title":"Payment Required"})");
  });
  const RoundReport report = collect("x", server);
  EXPECT_EQ(report.ended, Ended::refused);
  EXPECT_EQ(report.requests, 1);
  EXPECT_THAT(report.reason, HasSubstr("credits"));
  EXPECT_THAT(journal.gaps, SizeIs(1));
}

TEST_F(Collect, WaitsForTheRateLimit) {
  std::atomic<int> asked = 0;
  LoopbackServer server([&](const std::string&) {
    if (++asked > 1) return reply(200, x_page(10, ""));
    return reply(429, "{}",
                 "Date: Mon, 02 Mar 2026 12:00:00 UTC\r\n"
                 "x-rate-limit-reset: 1772452801\r\n");
  });
  const auto begin = std::chrono::steady_clock::now();
  options.now = journal.now = [begin] {
    return kNow + std::chrono::floor<std::chrono::milliseconds>(
                      std::chrono::steady_clock::now() - begin);
  };
  EXPECT_EQ(collect("x", server).ended, Ended::complete);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 1s);
}

TEST_F(Collect, AWaitThatIsTooLongEndsTheRound) {
  options.longest_wait = 1min;
  LoopbackServer server([](const std::string&) { return reply(429, "{}"); });
  const RoundReport report = collect("x", server);
  EXPECT_EQ(report.ended, Ended::refused);
  EXPECT_EQ(report.requests, 1);
  EXPECT_THAT(report.reason, HasSubstr("429"));
}

TEST_F(Collect, ACapEndsTheRoundWithoutARequest) {
  journal.caps["x.posts"] = 1;
  LoopbackServer server([](const std::string&) { return reply(200, "{}"); });
  const RoundReport report = collect("x", server);
  EXPECT_EQ(report.ended, Ended::budget);
  EXPECT_EQ(report.requests, 0);
  EXPECT_THAT(server.heads(), IsEmpty());
  EXPECT_THAT(journal.gaps, SizeIs(1));
}

TEST_F(Collect, OneBucketAtItsCapDoesNotStopTheOther) {
  journal.caps["youtube.search"] = 0;
  threads_of({"vid00000001", "vid00000002"});
  LoopbackServer server([](const std::string&) {
    return reply(200,
                 R"({"kind":"youtube#commentThreadListResponse","items":[]})");
  });
  const RoundReport report = collect("youtube", server);
  EXPECT_EQ(report.ended, Ended::budget);
  EXPECT_EQ(report.pages, 2);
  EXPECT_THAT(journal.gaps, SizeIs(1));
}

TEST_F(Collect, DisabledCommentsDropOneStepAlone) {
  journal.caps["youtube.search"] = 0;
  threads_of({"vid00000001", "vid00000002"});
  LoopbackServer server([](const std::string& head) {
    if (head.find("vid00000001") == std::string::npos) {
      return reply(
          200, R"({"kind":"youtube#commentThreadListResponse","items":[]})");
    }
    return reply(403,
                 R"({"error":{"errors":[{"reason":"commentsDisabled"}]}})");
  });
  const RoundReport report = collect("youtube", server);
  EXPECT_EQ(report.pages, 1);
  EXPECT_EQ(report.requests, 2);
  EXPECT_THAT(journal.dropped, ElementsAre(HasSubstr("comments are disabled")));
  EXPECT_EQ(journal.spent["youtube.units"], 2);
}

TEST_F(Collect, ManyFailedStepsInARowEndTheRound) {
  journal.caps["youtube.search"] = 0;
  for (int i = 0; i < 10; ++i) threads_of({"vid0000000" + std::to_string(i)});
  LoopbackServer server([](const std::string&) { return reply(500, ""); });
  const RoundReport report = collect("youtube", server);
  EXPECT_EQ(report.ended, Ended::refused);
  // Five failures in a row shut the bucket for everybody.
  EXPECT_EQ(report.requests, 5);
  EXPECT_TRUE(journal.shut.contains("youtube.units"));
  EXPECT_EQ(collect("youtube", server).requests, 0);
}

TEST_F(Collect, AppliesWhatWasPaidForBeforeItAsks) {
  KeptPage kept;
  kept.page = 7;
  kept.gap.id = 99;
  kept.gap.source = "x";
  kept.gap.query = "sora";
  kept.response.body = x_page(90, "");
  journal.kept = {kept};
  KeptPage damaged = kept;
  damaged.response.body = "<html>";
  damaged.response.status = 200;
  journal.kept[0].response.status = 200;
  journal.kept.push_back(damaged);
  LoopbackServer server(
      [](const std::string&) { return reply(200, x_page(10, "")); });
  const RoundReport report = collect("x", server);
  EXPECT_EQ(report.requests, 1);
  EXPECT_THAT(journal.applied, ElementsAre(7, 1));
  EXPECT_THAT(journal.posts, SizeIs(2));
  EXPECT_THAT(journal.rejected, SizeIs(1));
}

TEST_F(Collect, LeavesASourceThatAnotherInstanceHas) {
  journal.held = false;
  LoopbackServer server([](const std::string&) { return reply(500, ""); });
  const RoundReport report = collect("x", server);
  EXPECT_EQ(report.ended, Ended::taken);
  EXPECT_EQ(report.requests, 0);
  journal.held = true;
  journal.taken = true;
  LoopbackServer good(
      [](const std::string&) { return reply(200, x_page(10, "")); });
  EXPECT_EQ(collect("x", good).ended, Ended::taken);
  EXPECT_THAT(journal.posts, IsEmpty());
  journal.reserved.clear();
}

TEST_F(Collect, ARefusedTokenIsAskedForAgainWithoutIt) {
  std::atomic<int> asked = 0;
  LoopbackServer server([&](const std::string& head) {
    if (++asked == 1) return reply(200, x_page(10, "t1"));
    if (head.find("next_token") != std::string::npos) return reply(400, "{}");
    return reply(200, x_page(20, ""));
  });
  const RoundReport report = collect("x", server);
  EXPECT_EQ(report.ended, Ended::complete);
  EXPECT_EQ(report.requests, 3);
  EXPECT_THAT(journal.posts, SizeIs(2));
  EXPECT_THAT(
      server.heads().at(2),
      HasSubstr("until_id=" + std::to_string(x_first_id_of(kNow - 10min))));
}

TEST_F(Collect, StopsInMidTransfer) {
  LoopbackServer server([&](const std::string&) {
    stop_now();
    return Reply{"HTTP/1.1 200 OK\r\n", Reply::After::hang};
  });
  const RoundReport report = collect("x", server);
  EXPECT_EQ(report.ended, Ended::stopped);
  EXPECT_THAT(journal.gaps, SizeIs(1));
  // Nobody knows whether the site counted it.
  EXPECT_GT(journal.spent["x.posts"], 0);
}

TEST_F(Collect, FinishesTheLandingUnderWayBeforeItStops) {
  std::atomic<int> asked = 0;
  LoopbackServer server([&](const std::string&) {
    return reply(200, x_page(10 * ++asked, "more" + std::to_string(asked)));
  });
  journal.on_land = [this] {
    stop_now();
    std::this_thread::sleep_for(20ms);
  };
  const RoundReport report = collect("x", server);
  EXPECT_EQ(report.ended, Ended::stopped);
  EXPECT_EQ(report.pages, 1);
  EXPECT_EQ(report.requests, 1);
  EXPECT_THAT(journal.posts, SizeIs(1));
}

TEST_F(Collect, StopsWhileItWaits) {
  options.backoff = 1h;
  options.seed = 7;
  options.notice = [this](const std::string&) { stop_now(); };
  LoopbackServer server([](const std::string&) { return reply(503, ""); });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(collect("x", server).ended, Ended::stopped);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, options.backoff / 4);
}

TEST_F(Collect, ThrowsWhatTheJournalThrows) {
  LoopbackServer server(
      [](const std::string&) { return reply(200, x_page(10, "")); });
  journal.on_land = [] { throw std::runtime_error("disk full"); };
  EXPECT_THROW(collect("x", server), std::runtime_error);
}

TEST(Pacer, KeepsRequestsApartOverRounds) {
  using std::chrono::milliseconds;
  const std::chrono::steady_clock::time_point start{std::chrono::hours(1)};
  Pacer pacer(milliseconds(1000));
  EXPECT_EQ(pacer.turn(start), milliseconds(0));
  EXPECT_EQ(pacer.turn(start + milliseconds(300)), milliseconds(700));
  EXPECT_EQ(pacer.turn(start + milliseconds(1000)), milliseconds(1000));
  EXPECT_EQ(pacer.turn(start + milliseconds(9000)), milliseconds(0));
}

}  // namespace
}  // namespace grumble::collector
