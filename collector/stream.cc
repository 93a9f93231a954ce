#include "collector/stream.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "collector/run_on.h"
#include "collector/sources/x_items.h"
#include "collector/sources/x_stream.h"
#include "collector/stream_inbox.h"
#include "collector/stream_patience.h"
#include "collector/verdict.h"

namespace grumble::collector {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using domain::Timestamp;
using std::chrono::milliseconds;

asio::awaitable<bool> is_cancelled() {
  const asio::cancellation_state state =
      co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

asio::awaitable<void> sleep(milliseconds pause) {
  asio::steady_timer timer(co_await asio::this_coro::executor, pause);
  error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

class Stream {
 public:
  Stream(HttpClient& client, const SourceConfig& config, const Source& source,
         std::string name, Journal& journal,
         asio::any_io_executor journal_executor, StreamOptions options)
      : client_(client),
        config_(config),
        source_(source),
        name_(std::move(name)),
        journal_(journal),
        journal_executor_(std::move(journal_executor)),
        options_(std::move(options)) {
    gap_.source = name_;
    gap_.list = kStream;
  }

  asio::awaitable<void> follow() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!co_await is_cancelled()) {
      milliseconds pause{0};
      try {
        pause = co_await turn();
      } catch (const Taken&) {
        permit_ = {};
        pause = options_.http_first;
      }
      if (pause.count() > 0) co_await sleep(pause);
    }
    co_await give_back();
  }

 private:
  /// Named first, as all that goes into a co_await here: gcc 12 destroys a
  /// temporary argument twice.
  template <typename Result>
  asio::awaitable<Result> journal(std::function<Result()> work) {
    return run_on(journal_executor_, std::move(work));
  }

  /// One connection, and how long to wait before the next.
  asio::awaitable<milliseconds> turn() {
    std::function<bool()> hold = [this] { return journal_.hold(name_); };
    if (!co_await journal(std::move(hold))) co_return options_.http_first;
    if (!co_await book()) {
      co_return std::clamp(rest_, options_.http_first, options_.longest_rest);
    }
    answer_ = {};
    std::optional<SourceError> refusal;
    try {
      co_await keep_rules();
      co_return co_await connect();
    } catch (const SourceError& error) {
      refusal = error;
    } catch (const HttpError& error) {
      options_.notice(error.what());
      co_return error.permanent() ? options_.longest_rest
                                  : patience_.after_drop();
    }
    co_return co_await refused(*refusal);
  }

  /// Leave for one landing of this day, unless it is there already.
  asio::awaitable<bool> book() {
    const auto today = std::chrono::floor<std::chrono::days>(options_.now());
    if (today != booked_on_) co_await give_back();
    if (!permit_.receipt.empty()) co_return true;
    booked_on_ = today;
    std::function<Permit()> reserve = [this] {
      return journal_.reserve(gap_, source_.worst_cost(gap_), true);
    };
    permit_ = co_await journal(std::move(reserve));
    if (!permit_.receipt.empty()) co_return true;
    rest_ = permit_.rest;
    if (said_ != permit_.reason) options_.notice(permit_.reason);
    said_ = permit_.reason;
    co_return false;
  }

  /// Nothing came on this leave.
  asio::awaitable<void> give_back() {
    Refusal refusal = std::exchange(because_, {});
    if (permit_.receipt.empty()) co_return;
    refusal.gap = gap_;
    refusal.bucket = source_.worst_cost(gap_).bucket;
    refusal.receipt = std::exchange(permit_, {}).receipt;
    refusal.charged = false;
    std::function<bool()> refuse = [this, refusal] {
      journal_.refuse(refusal);
      return true;
    };
    co_await journal(std::move(refuse));
  }

  asio::awaitable<void> ask(HttpRequest request) {
    answer_ = co_await client_.send(std::move(request));
  }

  /// Brings the rules in line with the queries. Those that X refuses are left
  /// to search.
  asio::awaitable<void> keep_rules() {
    HttpRequest list = x_rules(config_);
    co_await ask(std::move(list));
    const auto present = read_x_rules(answer_, options_.now());
    XRuleChange change = rule_change(config_.queries, present);
    if (!change.foreign.empty()) {
      throw SourceError(Action::wait,
                        "the stream has " +
                            std::to_string(change.foreign.size()) +
                            " rules that are not ours, such as '" +
                            change.foreign.front().value +
                            "': delete them, or use a token of another app",
                        options_.now() + options_.longest_rest, false);
    }
    covered_.clear();
    for (const auto& [query, text] : config_.queries) covered_.insert(query);
    if (!change.remove.empty()) {
      HttpRequest remove = x_delete_rules(config_, change.remove);
      co_await ask(std::move(remove));
      read_x_rule_errors(answer_, options_.now());
    }
    rules_from_ = options_.now();
    if (change.add.empty()) co_return;
    HttpRequest trial = x_add_rules(config_, change.add, true);
    co_await ask(std::move(trial));
    const auto bad = read_x_rule_errors(answer_, options_.now());
    std::erase_if(change.add, [&](const XRule& rule) {
      const auto why = bad.find(rule.value);
      if (why == bad.end()) return false;
      covered_.erase(rule.query);
      options_.notice("the stream takes no rule for '" + rule.query +
                      "': " + why->second);
      return true;
    });
    if (change.add.empty()) co_return;
    HttpRequest add = x_add_rules(config_, change.add, false);
    co_await ask(std::move(add));
    read_x_rule_errors(answer_, options_.now());
    rules_from_ = options_.now() + options_.rules;
  }

  asio::awaitable<milliseconds> connect() {
    inbox_ = {};
    inbox_.heard = options_.now();
    from_.reset();
    opened_ = false;
    ended_ = false;
    answer_ = {};
    failure_.clear();
    using namespace asio::experimental::awaitable_operators;
    co_await (listen() || land_till_it_ends());
    if (trouble_) std::rethrow_exception(std::exchange(trouble_, nullptr));
    // What came has been paid for.
    while (!inbox_.lines.empty()) co_await land();
    if (!inbox_.notice.empty()) options_.notice(inbox_.notice);
    if (answer_.status != 0 && answer_.status != 200) {
      read_x_rules(answer_, options_.now());  // throws what it means
    }
    if (!failure_.empty()) options_.notice(failure_);
    // One that ends as soon as it stands proves nothing.
    if (opened_) patience_.reset();
    if (from_ && permit_.receipt.empty()) co_return options_.http_first;
    co_return patience_.after_drop();
  }

  /// Until the line ends, however it does.
  asio::awaitable<void> listen() {
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
      HttpRequest request = source_.request(gap_);
      HttpClient::OnData hears = [this](std::string_view data) { hear(data); };
      answer_ = co_await client_.stream(std::move(request), std::move(hears),
                                        options_.silence);
    } catch (const HttpError& error) {
      failure_ = error.what();
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::operation_aborted) throw;
    }
    ended_ = true;
  }

  /// The first word says that the line stands.
  void hear(std::string_view data) {
    const Timestamp now = options_.now();
    if (!from_) from_ = std::max(now, rules_from_) + options_.margin;
    inbox_.take(data, now);
  }

  asio::awaitable<void> land_till_it_ends() {
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
      co_await land_now_and_then();
    } catch (...) {
      trouble_ = std::current_exception();
    }
  }

  /// Until there is no leave to read on, or another has the source.
  asio::awaitable<void> land_now_and_then() {
    while (!ended_) {
      if (inbox_.lines.size() < kStreamPosts) co_await sleep(options_.flush);
      // No co_await behind && or ||: gcc 12 loses its way.
      const bool cancelled = co_await is_cancelled();
      if (ended_ || cancelled) co_return;
      if (!inbox_.lines.empty()) {
        const bool more = co_await land();
        if (!more) co_return;
      }
      co_await note_top();
    }
  }

  /// Lands what one leave is for; all there is when there will be no other.
  /// False: then the stream must end.
  asio::awaitable<bool> land() {
    if (!co_await book()) {
      options_.notice(
          "the stream ends before it may be paid for: search reads "
          "what is missing");
      inbox_.lines.clear();
      inbox_.bytes = 0;
      co_return false;
    }
    const Permit permit = std::exchange(permit_, {});
    const bool more = co_await book();
    std::string body;
    for (int64_t i = 0; !inbox_.lines.empty() && (!more || i < kStreamPosts);
         ++i) {
      body += inbox_.pop() + '\n';
    }
    const Timestamp now = options_.now();
    const HttpResponse response{200, {}, std::move(body)};
    const Page page = source_.read(response, gap_, now);
    std::function<Applied()> keep = [&] {
      const int64_t kept =
          journal_.keep(gap_, response, now, page.cost, permit);
      return journal_.apply(kept, gap_, page, Move{Fate::closed, gap_, ""});
    };
    const Applied applied = co_await journal(std::move(keep));
    options_.progress(applied.landed);
    co_return more;
  }

  /// All that was posted up to `settle` before the last word has landed.
  asio::awaitable<void> note_top() {
    const Timestamp seen = inbox_.landed() - options_.settle;
    if (!from_ || seen < *from_) co_return;
    if (opened_ && seen < noted_ + options_.note) co_return;
    noted_ = seen;
    std::function<bool()> note = [this, seen] {
      for (const std::string& query : covered_) note_top(query, seen);
      return true;
    };
    co_await journal(std::move(note));
    opened_ = true;
  }

  /// What lies below the stream's beginning is a gap, once.
  void note_top(const std::string& query, Timestamp seen) {
    const Round round = journal_.next_round(name_, query);
    if (!round.top) return;  // its first search decides where it begins
    const milliseconds behind = round.now - options_.now();
    Start start;
    start.list = "posts";
    if (!opened_) {
      start.range = open_range(*round.top, x_first_id_of(*from_ + behind));
      if (start.range.open) journal_.open(name_, query, start);
    }
    start.range = {{}, {}, x_first_id_of(seen + behind) - 1};
    if (start.range.top > *round.top) journal_.open(name_, query, start);
  }

  /// X refused: when to ask again.
  asio::awaitable<milliseconds> refused(const SourceError& error) {
    options_.notice(error.what());
    const milliseconds told = error.not_before() - options_.now();
    switch (error.action()) {
      case Action::retry:
        co_return std::max(told, patience_.after_trouble());
      case Action::wait:
        // Another stream still counts as connected; ours is not: it is dead.
        if (x_counts_others(answer_) && patience_.first_limit()) {
          co_await end_streams();
          co_return patience_.after_limit();
        }
        co_return std::max(told, patience_.after_limit());
      default:
        because_ = for_all(error, told);
        co_await give_back();
        co_return std::max(told, options_.refused);
    }
  }

  /// What concerns the account or its token stops the searches too; an
  /// endpoint that is closed to it does not.
  Refusal for_all(const SourceError& error, milliseconds told) const {
    Refusal because;
    if (error.action() != Action::stop_window && answer_.status != 401 &&
        answer_.status != 402) {
      return because;
    }
    because.reason = error.what();
    because.failures = 1;
    because.rest = told.count() > 0 ? told : milliseconds(kForever);
    return because;
  }

  asio::awaitable<void> end_streams() {
    try {
      HttpRequest request = x_end_streams(config_);
      const HttpResponse answer = co_await client_.send(std::move(request));
      options_.notice("all streams of this token were ended: answer " +
                      std::to_string(answer.status));
    } catch (const HttpError& error) {
      options_.notice(error.what());
    }
  }

  HttpClient& client_;
  const SourceConfig& config_;
  const Source& source_;
  std::string name_;
  Journal& journal_;
  asio::any_io_executor journal_executor_;
  StreamOptions options_;
  Gap gap_;
  Permit permit_;
  Refusal because_;                  ///< why the next permit is given back
  std::chrono::sys_days booked_on_;  ///< in UTC, as caps are counted
  milliseconds rest_{0};
  std::string said_;               ///< about a permit, to say it once
  std::set<std::string> covered_;  ///< queries with a rule
  Timestamp rules_from_;           ///< when all rules act
  std::optional<Timestamp> from_;  ///< the connection sees all from here on
  Timestamp noted_;
  bool opened_ = false;  ///< what the connection has missed is a gap
  StreamInbox inbox_;
  bool ended_ = false;
  HttpResponse answer_;
  std::string failure_;
  StreamPatience patience_{options_};
  std::exception_ptr trouble_;
};

}  // namespace

asio::awaitable<void> follow_stream(HttpClient& client,
                                    const SourceConfig& config,
                                    const Source& source,
                                    std::string source_name, Journal& journal,
                                    asio::any_io_executor journal_executor,
                                    StreamOptions options) {
  Stream stream(client, config, source, std::move(source_name), journal,
                std::move(journal_executor), std::move(options));
  co_await stream.follow();
}

}  // namespace grumble::collector
