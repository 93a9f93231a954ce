#include "collector/stream.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <mutex>
#include <sstream>
#include <thread>

#include "collector/registry.h"
#include "collector/run_on.h"
#include "collector/sources/x_items.h"
#include "collector/sources/x_stream.h"
#include "collector/stream_inbox.h"
#include "collector/stream_patience.h"
#include "simulator/server.h"
#include "simulator/simulator.h"
#include "tests/collector/memory_journal.h"

namespace grumble::collector {
namespace {

namespace asio = boost::asio;
namespace sim = grumble::simulator;
using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

domain::Timestamp now() {
  return std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::system_clock::now());
}

/// X on loopback, where somebody says "sora" again and again.
class LiveSite {
 public:
  explicit LiveSite(const std::string& faults,
                    std::chrono::milliseconds every = 200ms, int posts = 300,
                    sim::Dialect dialect = sim::Dialect::tweet)
      : simulator_(world(every, posts), speaking(dialect), {}, script(faults)),
        server_(
            0,
            [this](const sim::Request& request) {
              const std::lock_guard lock(mutex_);
              sim::Response response = simulator_.answer(request, moment());
              visits_.push_back(request.method + ' ' +
                                sim::Target(request.target).path() + ' ' +
                                std::to_string(response.status));
              return response;
            },
            [this] { return moment(); }),
        thread_([this] { server_.run(false); }) {}
  ~LiveSite() {
    server_.stop();
    thread_.join();
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_.port());
  }
  std::vector<std::string> visits() const {
    const std::lock_guard lock(mutex_);
    return visits_;
  }
  const sim::World& world_served() const { return simulator_.world(); }

 private:
  static sim::World world(std::chrono::milliseconds every, int posts) {
    std::ostringstream text;
    for (int i = 0; i < posts; ++i) {
      text << R"({"kind":"post","by":"writer","at":")"
           << domain::to_string(now() + every * i) << R"(","text":"sora )" << i
           << "\"}\n";
    }
    std::istringstream input(text.str());
    return sim::World::read(input, "world");
  }
  static sim::XOptions speaking(sim::Dialect dialect) {
    sim::XOptions options;
    options.dialect = dialect;
    return options;
  }
  static sim::FaultScript script(const std::string& rules) {
    std::istringstream input(rules);
    return sim::read_fault_script(input, "rules", 1);
  }
  sim::Moment moment() const {
    return {now(), std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::steady_clock::now() - started_)};
  }

  const std::chrono::steady_clock::time_point started_ =
      std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  sim::Simulator simulator_;
  std::vector<std::string> visits_;
  sim::Server server_;
  std::thread thread_;
};

class LiveJournal : public MemoryJournal {
 public:
  Round next_round(const std::string& source,
                   const std::string& query) override {
    round.now = collector::now();
    return MemoryJournal::next_round(source, query);
  }
};

class StreamTest : public testing::Test {
 protected:
  StreamTest() {
    config.type = "x";
    config.credential = Secret("simulated");
    config.queries["sora"] = "sora";
    config.options["stream"] = "true";
    journal.caps["x.posts"] = 1'000'000'000;
    journal.round.top = x_first_id_of(now() - 10s);
    options.settle = 1s;
    options.silence = 30s;
    options.rules = options.margin = options.flush = options.note = 50ms;
    options.tcp_step = 20ms;
    options.http_first = options.limit_first = 100ms;
    options.longest_rest = options.refused = 100ms;
    options.now = now;
    options.notice = [this](const std::string& text) {
      const std::lock_guard lock(mutex_);
      notices_.push_back(text);
    };
  }

  std::vector<std::string> notices() const {
    const std::lock_guard lock(mutex_);
    return notices_;
  }
  bool told(const std::string& text) const {
    return testing::Value(notices(), Contains(HasSubstr(text)));
  }

  /// Until it is so, which the thread of the journal is asked; a minute at the
  /// most, and then the expectations fail.
  void follow(const LiveSite& site, const std::function<bool()>& enough,
              std::chrono::milliseconds most = 60s) {
    config.base_url = site.url();
    const auto source = make_source(config);
    asio::io_context context;
    asio::thread_pool journal_thread(1);
    HttpClient client(context.get_executor());
    asio::cancellation_signal stop;
    std::exception_ptr failure;
    bool ended = false;
    asio::co_spawn(context,
                   follow_stream(client, config, *source, "x", journal,
                                 journal_thread.get_executor(), options),
                   asio::bind_cancellation_slot(
                       stop.slot(), [&](const std::exception_ptr& error) {
                         failure = error;
                         ended = true;
                       }));
    const auto end = std::chrono::steady_clock::now() + most;
    const auto watch = [&]() -> asio::awaitable<void> {
      asio::steady_timer timer(context);
      while (!ended && std::chrono::steady_clock::now() < end) {
        std::function<bool()> ask = enough;
        const bool so =
            co_await run_on(journal_thread.get_executor(), std::move(ask));
        if (so) break;
        timer.expires_after(10ms);
        co_await timer.async_wait(asio::use_awaitable);
      }
      stop.emit(asio::cancellation_type::terminal);
    };
    asio::co_spawn(context, watch, asio::detached);
    context.run();
    if (failure) std::rethrow_exception(failure);
    EXPECT_THAT(journal.reserved, IsEmpty()) << "every leave is settled";
  }

  /// That the stream says to have seen to more than so many posts.
  bool sees_to(const LiveSite& site, int64_t posts) const {
    const auto& all = site.world_served().posts();
    return std::count_if(all.begin(), all.end(), [&](const auto& post) {
             return post.id <= journal.round.top;
           }) > posts;
  }

  /// All that was posted up to the top has landed or lies in a gap.
  void expect_covered(const LiveSite& site) {
    int64_t below = 0;
    for (const auto& post : site.world_served().posts()) {
      if (post.id > journal.round.top) continue;
      ++below;
      bool known = journal.posts.contains(std::to_string(post.id));
      for (const auto& [id, gap] : journal.gaps) {
        known = known || (post.id > gap.lo && post.id < gap.hi);
      }
      EXPECT_TRUE(known) << post.id;
    }
    EXPECT_GT(below, 5) << "the stream has seen to something";
  }

  SourceConfig config;
  StreamOptions options;
  LiveJournal journal;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> notices_;
};

TEST(XStream, RulesFollowTheQueriesAndLeaveOthersAlone) {
  const auto change =
      rule_change({{"a", "one"}, {"b", "two"}}, {{"1", "one", "a"},
                                                 {"2", "old", "b"},
                                                 {"3", "gone", "c"},
                                                 {"4", "theirs", ""}});
  ASSERT_THAT(change.add, SizeIs(1));
  EXPECT_EQ(change.add[0].value, "two");
  EXPECT_THAT(change.remove, SizeIs(2));
  EXPECT_THAT(change.foreign, SizeIs(1));
}

TEST(XStream, RulesThatAreRefusedAreNamedWhateverTheStatus) {
  const std::string body =
      R"({"errors":[{"value":"a (","details":["no end","of it"],)"
      R"("title":"UnprocessableEntity"}],"meta":{}})";
  for (const int status : {200, 201, 400}) {
    const auto refused = read_x_rule_errors({status, {}, body}, now());
    ASSERT_THAT(refused, SizeIs(1));
    EXPECT_EQ(refused.at("a ("), "no end; of it");
  }
  EXPECT_THAT(read_x_rule_errors({201, {}, R"({"meta":{}})"}, now()),
              IsEmpty());
  EXPECT_THROW(read_x_rule_errors({400, {}, R"({"errors":[{}]})"}, now()),
               SourceError);
}

TEST(XStream, OnlyOtherConnectionsAreEnded) {
  EXPECT_TRUE(x_counts_others(
      {429, {}, R"({"connection_issue":"TooManyConnections"})"}));
  EXPECT_FALSE(x_counts_others({429, {}, R"({"title":"Too Many Requests"})"}));
  EXPECT_FALSE(x_counts_others({503, {}, "trouble"}));
}

TEST(StreamInbox, HoldsSoMuchAndNoMore) {
  StreamInbox inbox;
  inbox.take(
      "{\"data\":{\"id\":\"1\"}}\r\n\r\n{\"errors\":[{\"disconnect_"
      "type\":\"SlowReader\"}]}\r\n{\"da",
      now());
  ASSERT_THAT(inbox.lines, SizeIs(1));
  EXPECT_EQ(inbox.notice, "SlowReader");
  EXPECT_EQ(inbox.rest, "{\"da");
  EXPECT_EQ(inbox.pop(), "{\"data\":{\"id\":\"1\"}}");
  EXPECT_EQ(inbox.bytes, 0u);
  const std::string endless(StreamInbox::kLongest, 'x');
  EXPECT_THROW(inbox.take(endless, now()), std::runtime_error);
  const std::string line = "{\"data\":\"" + endless.substr(100) + "\"}\n";
  inbox.rest.clear();
  EXPECT_THROW(for (int i = 0; i < 20; ++i) inbox.take(line, now()),
               std::runtime_error);
  EXPECT_LT(inbox.bytes, StreamInbox::kMost + line.size());
}

TEST(StreamPatience, IsWhatXAsksFor) {
  const StreamOptions options;
  StreamPatience patience(options);
  EXPECT_EQ(patience.after_drop(), 0s) << "at once";
  EXPECT_EQ(patience.after_drop(), 250ms);
  for (int i = 0; i < 100; ++i) patience.after_drop();
  EXPECT_EQ(patience.after_drop(), 16s);
  EXPECT_EQ(patience.after_trouble(), 5s);
  EXPECT_EQ(patience.after_trouble(), 10s);
  for (int i = 0; i < 100; ++i) patience.after_trouble();
  EXPECT_EQ(patience.after_trouble(), 320s);
  EXPECT_EQ(patience.after_limit(), 60s);
  EXPECT_EQ(patience.after_limit(), 120s);
  patience.reset();
  EXPECT_EQ(patience.after_drop(), 0s);
  EXPECT_TRUE(patience.first_limit());
}

TEST_F(StreamTest, LandsWhatComesAndMovesTheTop) {
  const LiveSite site("");
  follow(site, [&] { return sees_to(site, 5) && journal.posts.size() > 5; });
  EXPECT_GT(journal.posts.size(), 5u);
  expect_covered(site);
  EXPECT_THAT(journal.gaps, SizeIs(1)) << "what was before the stream";
  EXPECT_EQ(journal.spent["x.posts"],
            static_cast<int64_t>(journal.posts.size()) * 5'000)
      << "each delivery without its author";
}

// Catalogue: 19
TEST_F(StreamTest, WhatADropMissesIsAGap) {
  const LiveSite site(R"({"fault":"stream-drop","times":30,"ms":2000})");
  follow(site, [&] { return sees_to(site, 5) && journal.gaps.size() >= 2; });
  expect_covered(site);
  EXPECT_GE(journal.gaps.size(), 2u);
}

// Catalogue: 19
TEST_F(StreamTest, SilenceIsADrop) {
  options.silence = 800ms;
  const LiveSite site(R"({"fault":"stream-silence","times":30,"ms":2000})");
  follow(site, [&] { return sees_to(site, 5) && journal.gaps.size() >= 2; });
  expect_covered(site);
  EXPECT_GE(journal.gaps.size(), 2u);
  EXPECT_THAT(notices(), Contains(HasSubstr("nothing came")));
}

TEST_F(StreamTest, APhantomIsEnded) {
  const LiveSite site(
      "{\"fault\":\"phantom\",\"times\":1,\"seconds\":600}\n"
      "{\"fault\":\"stream-drop\",\"times\":1,\"ms\":1200}");
  const std::string ended = "DELETE /2/connections/all 200";
  follow(site, [&] {
    return sees_to(site, 5) && testing::Value(site.visits(), Contains(ended));
  });
  EXPECT_THAT(site.visits(), Contains("GET /2/tweets/search/stream 429"));
  EXPECT_THAT(site.visits(), Contains(ended));
  expect_covered(site);
}

TEST_F(StreamTest, ABadRuleIsNamedAndLeftToSearch) {
  config.queries["bad"] = "sora (";
  const LiveSite site("");
  follow(site, [&] { return !journal.posts.empty(); });
  EXPECT_THAT(notices(), Contains(HasSubstr("no rule for 'bad'")));
  EXPECT_THAT(journal.posts, Not(IsEmpty()));
}

TEST_F(StreamTest, AClosedEndpointLeavesTheSearchesAlone) {
  const LiveSite site(
      R"({"fault":"refuse","path":"/2/tweets/search/stream","status":403,)"
      R"("reason":"client-forbidden"})");
  follow(site, [&] { return told("403"); });
  EXPECT_THAT(notices(), Contains(HasSubstr("403")));
  EXPECT_THAT(journal.shut, IsEmpty());
}

// Catalogue: 27
TEST_F(StreamTest, AnEmptyAccountIsAskedOnce) {
  const LiveSite site(R"({"fault":"refuse","path":"/2/","status":402,)"
                      R"("reason":"credits-depleted"})");
  // And then for some time more.
  int times = 0;
  follow(site,
         [&] { return journal.shut.contains("x.posts") && ++times > 50; });
  EXPECT_THAT(site.visits(), SizeIs(1));
  EXPECT_TRUE(journal.shut.contains("x.posts"));
}

TEST_F(StreamTest, TheNewerDialectStreamsInTheOlderWords) {
  config.options["dialect"] = "post";
  const LiveSite site("", 200ms, 300, sim::Dialect::post);
  follow(site, [&] { return journal.posts.size() > 3; });
  EXPECT_THAT(site.visits(), Contains("GET /2/tweets/search/stream 200"));
  EXPECT_GT(journal.posts.size(), 3u);
}

TEST_F(StreamTest, ABurstIsBookedLandingByLanding) {
  options.flush = 1s;
  const LiveSite site("", 5ms, 10'000);
  const size_t many = 3 * kStreamPosts;
  follow(site, [&] { return sees_to(site, 5) && journal.posts.size() > many; });
  EXPECT_GT(journal.posts.size(), many);
  EXPECT_GE(journal.pages.size() * kStreamPosts, journal.posts.size());
  expect_covered(site);
}

TEST_F(StreamTest, NothingIsReadThatMayNotBePaidFor) {
  journal.caps["x.posts"] = 0;
  const LiveSite site("");
  follow(
      site, [] { return false; }, 500ms);
  EXPECT_THAT(site.visits(), IsEmpty());
}

}  // namespace
}  // namespace grumble::collector
