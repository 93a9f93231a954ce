#include "collector/collect.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace grumble::collector {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

/// Pages in a row that were not had: the site is down, not one page of it.
constexpr int kMostFailures = 3;

/// What became of one cursor.
enum class Fate {
  landed,
  dropped,    ///< final, never a page
  forbidden,  ///< a cap stands in the way
  failed,     ///< tried enough for now
  refused,    ///< the round must end
  stopped,    ///< cancelled
};

/// Runs `work` on `executor` and comes back to the coroutine's own. Not
/// cancellable: a transaction that began is waited for.
template <typename Result>
asio::awaitable<Result> run_on(asio::any_io_executor executor,
                               std::function<Result()> work) {
  struct Call {
    explicit Call(const asio::any_io_executor& own)
        : done(own, asio::steady_timer::time_point::max()) {}
    asio::steady_timer done;
    bool finished = false;
    std::optional<Result> result;
    std::exception_ptr error;
  };
  const asio::any_io_executor own = co_await asio::this_coro::executor;
  const auto call = std::make_shared<Call>(own);
  asio::post(executor, [call, own, run = std::move(work)] {
    try {
      call->result = run();
    } catch (...) {
      call->error = std::current_exception();
    }
    asio::post(own, [call] {
      call->finished = true;
      call->done.cancel();
    });
  });
  while (!call->finished) {
    error_code ignored;
    co_await call->done.async_wait(
        asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (call->error) std::rethrow_exception(call->error);
  co_return std::move(*call->result);
}

asio::awaitable<bool> is_cancelled() {
  const asio::cancellation_state state =
      co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

class Collection {
 public:
  Collection(HttpClient& client, Pacer& pacer, const Source& source,
             std::string source_name, std::string query, Journal& journal,
             asio::any_io_executor journal_executor,
             const CollectOptions& options)
      : client_(client),
        pacer_(pacer),
        source_(source),
        source_name_(std::move(source_name)),
        query_(std::move(query)),
        journal_(journal),
        journal_executor_(std::move(journal_executor)),
        options_(options),
        random_(options.seed) {}

  asio::awaitable<RoundReport> run() {
    // From here on a cancelled wait returns instead of throwing.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await find_work();
    while (!work_.empty()) {
      if (co_await is_cancelled()) {
        end(Ended::stopped, "stopped");
        break;
      }
      const Cursor cursor = std::move(work_.front());
      work_.pop_front();
      const std::string bucket = source_.worst_cost(cursor).bucket;
      if (forbidden_.contains(bucket)) continue;
      const Fate fate = co_await collect(cursor);
      if (fate == Fate::forbidden) {
        forbidden_.insert(bucket);
        end(Ended::budget, "a cap of '" + bucket + "' is reached");
      }
      failures_ = fate == Fate::failed ? failures_ + 1 : 0;
      if (fate == Fate::refused || fate == Fate::stopped) break;
      if (failures_ >= kMostFailures) break;
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return std::move(report_);
  }

 private:
  /// What an earlier round left, else a new round.
  asio::awaitable<void> find_work() {
    std::function<std::vector<Cursor>()> find = [this] { return begin(); };
    auto cursors = co_await run_on(journal_executor_, std::move(find));
    work_.assign(cursors.begin(), cursors.end());
  }

  std::vector<Cursor> begin() {
    auto cursors = journal_.open_cursors(source_name_, query_);
    if (!cursors.empty()) return cursors;
    const Round round = journal_.next_round(source_name_, query_);
    Opening opening = source_.open(round);
    name(opening.cursors);
    journal_.open(source_name_, query_, opening);
    return opening.cursors;
  }

  void name(std::vector<Cursor>& cursors) const {
    for (Cursor& cursor : cursors) {
      cursor.source = source_name_;
      cursor.query = query_;
    }
  }

  /// The first reason of the gravest kind stays.
  void end(Ended ended, std::string reason) {
    const auto grave = [](Ended kind) {
      return kind == Ended::stopped   ? 3
             : kind == Ended::refused ? 2
             : kind == Ended::budget  ? 1
                                      : 0;
    };
    if (grave(ended) <= grave(report_.ended)) return;
    report_.ended = ended;
    report_.reason = std::move(reason);
  }

  void notice(const std::string& text) const {
    options_.notice(source_name_ + '/' + query_ + ": " + text);
  }

  asio::awaitable<Fate> collect(const Cursor& cursor) {
    for (int tries = 1;; ++tries) {
      const Cost worst = source_.worst_cost(cursor);
      std::function<std::string()> reserve = [&] {
        return journal_.reserve(cursor, worst);
      };
      const std::string receipt =
          co_await run_on(journal_executor_, std::move(reserve));
      if (receipt.empty()) co_return Fate::forbidden;
      const milliseconds turn = pacer_.turn(std::chrono::steady_clock::now());
      if (turn.count() > 0) co_await sleep(turn);
      const Answer answer = co_await ask(cursor);
      if (answer.page) {
        pacer_.retries.give_back();
        co_await land(cursor, *answer.page, receipt);
        co_return Fate::landed;
      }
      co_await give_back(cursor, receipt, answer);
      if (answer.fate) co_return *answer.fate;
      if (tries >= options_.tries || !pacer_.retries.take(answer.timed_out)) {
        end(Ended::refused, answer.reason);
        notice(answer.reason + "; given up after " + std::to_string(tries) +
               " tries");
        co_return Fate::failed;
      }
      milliseconds pause =
          retry_delay(tries, options_.backoff,
                      std::generate_canonical<double, 32>(random_));
      if (answer.wait.count() > 0) pause = answer.wait + pause / 4;
      notice(answer.reason + "; again in " + std::to_string(pause.count()) +
             " ms");
      co_await sleep(pause);
      if (co_await is_cancelled()) {
        end(Ended::stopped, "stopped");
        co_return Fate::stopped;
      }
    }
  }

  /// A page, or why there is none and what that means.
  struct Answer {
    std::optional<Page> page;
    std::optional<Fate> fate;  ///< empty: worth another try
    std::string reason;
    milliseconds wait{0};
    bool charged = true;
    bool timed_out = false;
  };

  asio::awaitable<Answer> ask(const Cursor& cursor) {
    Answer answer;
    if (co_await is_cancelled()) {
      answer.fate = Fate::stopped;
      answer.charged = false;
      end(Ended::stopped, "stopped");
      co_return answer;
    }
    try {
      HttpRequest request = source_.request(cursor);
      ++report_.requests;
      const HttpResponse response = co_await client_.get(std::move(request));
      Page page = source_.read(response, cursor, options_.now());
      name(page.next);
      answer.page = std::move(page);
    } catch (const SourceError& error) {
      judge(answer, error);
    } catch (const HttpError& error) {
      answer.reason = error.what();
      answer.timed_out = error.timed_out();
      if (error.permanent()) {
        answer.fate = Fate::refused;
        answer.charged = false;
        end(Ended::refused, answer.reason);
      }
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::operation_aborted) throw;
      answer.reason = "stopped";
      answer.fate = Fate::stopped;
      end(Ended::stopped, "stopped");
    }
    co_return answer;
  }

  void judge(Answer& answer, const SourceError& error) {
    answer.reason = error.what();
    answer.charged = error.charged();
    switch (error.action()) {
      case Action::retry:
        break;
      case Action::wait:
        answer.wait = std::max<milliseconds>(
            error.not_before() - options_.now(), milliseconds(1));
        if (answer.wait <= options_.longest_wait) break;
        answer.fate = Fate::refused;
        end(Ended::refused, answer.reason + ", not before " +
                                domain::to_string(error.not_before()));
        break;
      case Action::drop_step:
        answer.fate = Fate::dropped;
        break;
      case Action::stop_window:
        answer.fate = Fate::forbidden;
        end(Ended::budget, answer.reason + ", not before " +
                               domain::to_string(error.not_before()));
        break;
      case Action::stop_query:
      case Action::stop_source:
      case Action::stop_credential:
        answer.fate = Fate::refused;
        end(Ended::refused, answer.reason);
        break;
    }
  }

  asio::awaitable<void> land(const Cursor& cursor, const Page& page,
                             const std::string& receipt) {
    std::function<Landed()> work = [&] {
      return journal_.land(cursor, page, receipt);
    };
    const Landed landed = co_await run_on(journal_executor_, std::move(work));
    ++report_.pages;
    report_.landed.inserted += landed.inserted;
    report_.landed.updated += landed.updated;
    report_.landed.unchanged += landed.unchanged;
    report_.landed.rejected += landed.rejected;
    work_.insert(work_.end(), page.next.begin(), page.next.end());
    options_.progress(cursor, landed);
  }

  asio::awaitable<void> give_back(const Cursor& cursor,
                                  const std::string& receipt,
                                  const Answer& answer) {
    const bool drop = answer.fate == Fate::dropped;
    if (drop) notice(answer.reason);
    std::function<bool()> work = [&] {
      journal_.refuse(cursor, receipt, answer.charged);
      if (drop) journal_.drop(cursor, answer.reason);
      return true;
    };
    co_await run_on(journal_executor_, std::move(work));
  }

  static asio::awaitable<void> sleep(milliseconds pause) {
    asio::steady_timer timer(co_await asio::this_coro::executor, pause);
    error_code ignored;
    co_await timer.async_wait(
        asio::redirect_error(asio::use_awaitable, ignored));
  }

  HttpClient& client_;
  Pacer& pacer_;
  const Source& source_;
  std::string source_name_;
  std::string query_;
  Journal& journal_;
  asio::any_io_executor journal_executor_;
  const CollectOptions& options_;
  std::mt19937_64 random_;
  std::deque<Cursor> work_;
  std::set<std::string> forbidden_;  ///< buckets
  int failures_ = 0;
  RoundReport report_;
};

}  // namespace

milliseconds Pacer::turn(std::chrono::steady_clock::time_point now) {
  const auto at = std::max(now, next_);
  next_ = at + spacing_;
  return std::chrono::ceil<milliseconds>(at - now);
}

asio::awaitable<RoundReport> collect_round(
    HttpClient& client, Pacer& pacer, const Source& source,
    std::string source_name, std::string query, Journal& journal,
    asio::any_io_executor journal_executor, const CollectOptions& options) {
  Collection collection(client, pacer, source, std::move(source_name),
                        std::move(query), journal, std::move(journal_executor),
                        options);
  co_return co_await collection.run();
}

}  // namespace grumble::collector
