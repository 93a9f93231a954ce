#include "collector/collect.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <optional>
#include <set>
#include <utility>

#include "collector/refresh.h"
#include "collector/run_on.h"
#include "collector/verdict.h"
#include "domain/crash_point.h"

namespace grumble::collector {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

/// Pages in a row that were not had: the site is down, not one page of it.
constexpr int kMostFailures = 3;

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
    std::exception_ptr failure;
    try {
      co_await walk();
    } catch (const Taken& taken) {
      end(Ended::taken, taken.what());
    } catch (...) {
      failure = std::current_exception();
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (failure) std::rethrow_exception(failure);
    co_return std::move(report_);
  }

 private:
  asio::awaitable<void> walk() {
    std::function<bool()> start = [this] { return begin(); };
    if (!co_await run_on(journal_executor_, std::move(start))) {
      throw Taken("another instance collects from '" + source_name_ + "'");
    }
    int failures = 0;
    while (failures < kMostFailures) {
      if (co_await is_cancelled()) {
        end(Ended::stopped, "stopped");
        co_return;
      }
      const std::optional<Gap> gap = co_await next_gap();
      if (!gap) co_return;
      if (report_.pages >= options_.pages) {
        report_.more = true;
        co_return;
      }
      const Outcome outcome = co_await collect(*gap);
      if (outcome == Outcome::forbidden) forbid(*gap);
      failures = outcome == Outcome::failed ? failures + 1 : 0;
      if (outcome == Outcome::refused || outcome == Outcome::stopped) co_return;
    }
  }

  /// What was paid for, then what is new. False: the source is not ours.
  bool begin() {
    if (!journal_.hold(source_name_)) return false;
    domain::crash_point("CP01");
    Round round = journal_.next_round(source_name_, query_);
    offset_ = round.clock - options_.now();
    const auto kept = journal_.kept_pages(source_name_);
    for (const KeptPage& page : kept) recover(page);
    // They may have ended what the round starts from.
    if (!kept.empty()) round = journal_.next_round(source_name_, query_);
    behind_ = round.now - round.clock;
    gaps_ = journal_.open_gaps(source_name_, query_);
    for (const Gap& gap : gaps_) last_old_ = std::max(last_old_, gap.id);
    if (options_.scope != Scope::gaps) {
      journal_.open(source_name_, query_, source_.open(round));
      domain::crash_point("CP02");
      gaps_ = journal_.open_gaps(source_name_, query_);
    }
    // Where the turns left off does not matter, that they go on does.
    turn_ = gaps_.empty() ? 0 : gaps_.front().id + gaps_.front().version;
    return true;
  }

  void recover(const KeptPage& kept) {
    try {
      const Page page = source_.read(kept.response, kept.gap, kept.received_at);
      count(journal_.apply(kept.page, kept.gap, page,
                           advance(kept.gap, page.sight, kept.received_at)));
    } catch (const SourceError& error) {
      journal_.reject(kept, error.what());
    }
  }

  asio::awaitable<std::optional<Gap>> next_gap() {
    for (const bool again : {false, true}) {
      if (again) {
        std::function<std::vector<Gap>()> load = [this] {
          return journal_.open_gaps(source_name_, query_);
        };
        gaps_ = co_await run_on(journal_executor_, std::move(load));
      }
      std::erase_if(gaps_, [this](const Gap& gap) { return forbidden(gap); });
      while (const Gap* picked = pick(gaps_, turn_, now())) {
        if (options_.scope == Scope::fresh && !any_fresh()) {
          report_.more = true;
          co_return std::nullopt;
        }
        ++turn_;
        Gap gap = *picked;
        gaps_.erase(gaps_.begin() + (picked - gaps_.data()));
        const auto bound = source_.too_old(gap, now() + behind_);
        const auto lost = bound ? clip(gap, *bound) : std::nullopt;
        if (!lost) co_return gap;
        std::function<std::optional<Gap>()> record = [&] {
          return journal_.clip(gap, *lost);
        };
        auto rest = co_await run_on(journal_executor_, std::move(record));
        notice(
            "older than the site searches: a part of the walk is lost, see "
            "'grumble gaps'");
        if (rest) co_return rest;
      }
    }
    if (!gaps_.empty()) {
      const auto next = std::min_element(gaps_.begin(), gaps_.end(),
                                         [](const Gap& a, const Gap& b) {
                                           return a.not_before < b.not_before;
                                         });
      end(Ended::refused,
          std::to_string(gaps_.size()) +
              " gaps are set aside, see 'grumble gaps'",
          *next->not_before - now());
    }
    co_return std::nullopt;
  }

  bool is_fresh(const Gap& gap) const {
    return query_ != kRefresh && options_.scope != Scope::gaps &&
           gap.id > last_old_;
  }

  bool any_fresh() const {
    return std::any_of(gaps_.begin(), gaps_.end(), [this](const Gap& gap) {
      return is_fresh(gap) && !(gap.not_before && *gap.not_before > now());
    });
  }

  /// What is forbidden to the fresh is forbidden to all.
  void forbid(const Gap& gap) {
    const std::string bucket = source_.worst_cost(gap).bucket;
    report_.forbidden.insert(bucket);
    forbidden_.emplace(bucket, false);
    if (is_fresh(gap)) forbidden_.emplace(bucket, true);
  }
  bool forbidden(const Gap& gap) const {
    return forbidden_.contains({source_.worst_cost(gap).bucket, is_fresh(gap)});
  }

  /// The journal's clock.
  domain::Timestamp now() const { return options_.now() + offset_; }

  /// The first reason of the gravest kind stays.
  void end(Ended ended, std::string reason, milliseconds rest = {}) {
    if (ended <= report_.ended) return;
    report_.ended = ended;
    report_.reason = std::move(reason);
    report_.not_before = {};
    if (rest.count() == 0) return;
    if (rest >= kForever) {
      report_.reason += ", until 'grumble budget reset'";
      return;
    }
    report_.not_before = options_.now() + rest;
    report_.reason += ", not before " + domain::to_string(report_.not_before);
  }

  void notice(const std::string& text) const {
    options_.notice(source_name_ + '/' + query_ + ": " + text);
  }

  void count(const Applied& applied) {
    ++report_.pages;
    report_.landed.inserted += applied.landed.inserted;
    report_.landed.updated += applied.landed.updated;
    report_.landed.unchanged += applied.landed.unchanged;
    report_.landed.rejected += applied.landed.rejected;
    for (const Gap& open : applied.gaps) {
      if (open.query == query_) gaps_.push_back(open);
    }
  }

  double jitter() { return std::generate_canonical<double, 32>(random_); }

  /// A page, or why there is none and what that means.
  struct Answer {
    HttpResponse response;
    domain::Timestamp received_at;
    std::optional<Page> page;
    Verdict verdict;
  };

  asio::awaitable<Outcome> collect(const Gap& gap) {
    const Cost worst = source_.worst_cost(gap);
    for (int tries = 1;; ++tries) {
      std::function<Permit()> reserve = [&] {
        return journal_.reserve(gap, worst, is_fresh(gap));
      };
      const Permit permit =
          co_await run_on(journal_executor_, std::move(reserve));
      if (permit.receipt.empty()) {
        end(permit.shut ? Ended::refused : Ended::budget, permit.reason,
            permit.rest);
        co_return Outcome::forbidden;
      }
      domain::crash_point("CP03");
      const milliseconds turn = pacer_.turn(std::chrono::steady_clock::now());
      if (turn.count() > 0) co_await sleep(turn);
      Answer answer = co_await ask(gap, permit);
      if (answer.page) {
        pacer_.retries.give_back();
        co_await land(gap, answer, permit);
        co_return Outcome::landed;
      }
      Verdict& verdict = answer.verdict;
      verdict.refusal.gap = gap;
      verdict.refusal.bucket = worst.bucket;
      verdict.refusal.receipt = permit.receipt;
      const auto outcome = co_await settle(verdict, tries);
      if (outcome) co_return *outcome;
      milliseconds pause = retry_delay(tries, options_.backoff, jitter());
      if (verdict.wait.count() > 0) pause = verdict.wait + pause / 4;
      notice(verdict.refusal.reason + "; again in " +
             std::to_string(pause.count()) + " ms");
      co_await sleep(pause);
      if (co_await is_cancelled()) {
        end(Ended::stopped, "stopped");
        co_return Outcome::stopped;
      }
    }
  }

  /// Records what follows from a request without a page. Empty: it is worth
  /// another try.
  asio::awaitable<std::optional<Outcome>> settle(const Verdict& verdict,
                                                 int tries) {
    Refusal refusal = verdict.refusal;
    const bool last =
        !verdict.outcome &&
        (tries >= options_.tries || !pacer_.retries.take(verdict.timed_out));
    if (last && !refusal.move) {
      refusal.move = set_aside(refusal.gap, refusal.reason, now());
    }
    const std::string reason = refusal.reason;
    const milliseconds rest = refusal.rest;
    if (verdict.noteworthy) notice(reason);
    end(verdict.ended, reason, rest);
    std::function<bool()> work = [&] {
      journal_.refuse(refusal);
      return true;
    };
    co_await run_on(journal_executor_, std::move(work));
    if (verdict.outcome) co_return *verdict.outcome;
    if (!last && rest <= options_.longest_wait) co_return std::nullopt;
    end(Ended::refused, reason, rest);
    notice(reason + "; given up after " + std::to_string(tries) + " tries");
    co_return Outcome::failed;
  }

  asio::awaitable<Answer> ask(const Gap& gap, const Permit& permit) {
    Answer answer;
    Verdict& verdict = answer.verdict;
    if (co_await is_cancelled()) {
      stop(verdict);
      verdict.refusal.charged = false;
      co_return answer;
    }
    try {
      HttpRequest request = source_.request(gap);
      ++report_.requests;
      domain::crash_point("CP04");
      answer.response = co_await client_.send(std::move(request));
      domain::crash_point("CP07");
      answer.received_at = now();
      answer.page = source_.read(answer.response, gap, answer.received_at);
    } catch (const SourceError& error) {
      verdict = judge(error, gap, permit.failures, now(), jitter());
    } catch (const HttpError& error) {
      verdict = judge(error, permit.failures, jitter());
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::operation_aborted) throw;
      stop(verdict);
    }
    co_return answer;
  }

  static void stop(Verdict& verdict) {
    verdict.refusal.reason = "stopped";
    verdict.outcome = Outcome::stopped;
    verdict.ended = Ended::stopped;
  }

  asio::awaitable<void> land(const Gap& gap, const Answer& answer,
                             const Permit& permit) {
    const Move move = advance(gap, answer.page->sight, answer.received_at);
    std::function<Applied()> work = [&] {
      domain::crash_point("CP08");
      const int64_t page = journal_.keep(
          gap, answer.response, answer.received_at, answer.page->cost, permit);
      domain::crash_point("CP12");
      return journal_.apply(page, gap, *answer.page, move);
    };
    const Applied applied = co_await run_on(journal_executor_, std::move(work));
    domain::crash_point("CP19");
    if (move.fate == Fate::closed) domain::crash_point("CP20");
    count(applied);
    options_.progress(gap, applied.landed);
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
  milliseconds offset_{0};  ///< from our clock to the journal's
  milliseconds behind_{0};  ///< from that to the site's
  std::vector<Gap> gaps_;
  int64_t turn_ = 0;
  int64_t last_old_ = 0;  ///< gaps of a higher id are fresh
  /// Buckets, and whether what is fresh may not use them either.
  std::set<std::pair<std::string, bool>> forbidden_;
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
