#include "app/journal.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>
#include <utility>

#include "app/copies.h"
#include "collector/refresh.h"
#include "collector/retry_policy.h"
#include "store/erasure.h"
#include "store/history.h"
#include "store/refresh.h"
#include "store/walks.h"

namespace grumble::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Comments of so many of a query's newest videos are looked at again.
constexpr int kKnownVideos = 50;
constexpr int kGapsAtOnce = 500;
constexpr int kDueAtOnce = 1000;
constexpr int64_t kMicrodollars = 1'000'000;
/// Of each cap, at the start of its window.
constexpr double kKeptForFresh = 0.5;
/// Longer than any request lasts: its program died.
constexpr std::chrono::seconds kOrphanAge{120};
constexpr milliseconds kLongestPause{5'000};
/// Leases are made last on the same thread.
constexpr std::chrono::seconds kRetentionSlice{5};
/// A site that is later than that has told a wrong time.
constexpr std::chrono::hours kMostAhead{6};
/// At what has landed, while pages wait to land on the same thread, and else.
constexpr milliseconds kShortLook{200};
constexpr milliseconds kLongLook{3'000};

/// Whether the same call may succeed in a while.
bool passes(const store::DatabaseError& error) {
  const std::string kind = error.sqlstate().substr(0, 2);
  // Connection, rollback, resources, operator, system: nothing about what we
  // said.
  return kind.empty() || kind == "08" || kind == "40" || kind == "53" ||
         kind == "57" || kind == "58";
}

store::GapMove as_store(const collector::Move& move) {
  return {move.gap, move.fate == collector::Fate::closed, move.reason};
}

std::vector<store::NewList> as_store(
    const std::vector<collector::Lead>& leads) {
  std::vector<store::NewList> lists;
  for (const auto& lead : leads) {
    lists.push_back({lead.list, lead.subject, lead.items, lead.mark});
  }
  return lists;
}

std::optional<store::Bounds> as_store(
    const std::optional<collector::Range>& range) {
  if (!range) return std::nullopt;
  return store::Bounds{range->lo, range->hi};
}

}  // namespace

std::vector<std::string> buckets() {
  return {"x.posts", "youtube.search", "youtube.units"};
}

std::vector<store::Cap> caps_of(const Config& config,
                                const std::string& bucket) {
  const BudgetSettings& budget = config.budget;
  if (bucket == "x.posts") {
    const auto micro = [](double usd) {
      return std::llround(usd * kMicrodollars);
    };
    return {{micro(budget.x_usd_per_day), store::Window::day, "UTC"},
            {micro(budget.x_usd_per_month), store::Window::month, "UTC"}};
  }
  const int64_t cap = bucket == "youtube.search"
                          ? budget.youtube_searches_per_day
                          : budget.youtube_units_per_day;
  return {{cap, store::Window::day, "America/Los_Angeles"}};
}

store::RetentionPolicy retention_of(const Config& config) {
  return {config.keep_posts,
          config.keep_posts_of,
          {{"youtube", config.keep_youtube}},
          config.keep_raw};
}

collector::HttpResponse answer_of(const store::StoredPage& page) {
  collector::HttpResponse answer{200, {}, page.body};
  if (page.site_clock) {
    answer.headers.emplace_back("date", collector::http_date(*page.site_clock));
  }
  return answer;
}

DatabaseJournal::DatabaseJournal(store::Database& database, Pipeline& pipeline,
                                 const Config& config)
    : database_(database), pipeline_(pipeline), config_(config) {}

DatabaseJournal::~DatabaseJournal() {
  try {
    store::release_leases(database_, holder_);
  } catch (const std::exception&) {
    // They end by themselves: their connection is gone.
  }
}

template <typename Call>
auto DatabaseJournal::patiently(Call call) -> decltype(call()) {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  const auto end = steady_clock::now() + patience_;
  for (int tries = 1;; ++tries) {
    std::string reason;
    try {
      return call();
    } catch (const store::LeaseLost& error) {
      throw collector::Taken(error.what());
    } catch (const store::DatabaseError& error) {
      if (!passes(error) || stopped_ || steady_clock::now() > end) throw;
      reason = error.what();
    }
    const double jitter = std::generate_canonical<double, 32>(random);
    const milliseconds pause =
        std::min(kLongestPause,
                 collector::retry_delay(tries, milliseconds(100), jitter));
    if (tries > 2) notice_("the database does not take it: " + reason);
    for (auto left = pause; left.count() > 0 && !stopped_;
         left -= milliseconds(50)) {
      std::this_thread::sleep_for(std::min(left, milliseconds(50)));
    }
  }
}

const store::Lease& DatabaseJournal::lease(const std::string& source) const {
  const auto held = leases_.find(source);
  if (held == leases_.end()) {
    throw collector::Taken("'" + source + "' is not held");
  }
  return held->second;
}

std::string DatabaseJournal::fingerprint(const std::string& source) const {
  return config_.sources.at(source).source.credential.fingerprint();
}

bool DatabaseJournal::hold(const std::string& source) {
  const auto held = patiently([&] {
    return store::hold_lease(database_, source, holder_, config_.lease);
  });
  if (!held) {
    leases_.erase(source);
    return false;
  }
  leases_[source] = *held;
  patiently([&] { return store::keep_worst_of_lost(database_, kOrphanAge); });
  return true;
}

void DatabaseJournal::renew_if_due() {
  if (steady_clock::now() - renewed_at_ >= config_.lease / 3) renew();
}

void DatabaseJournal::renew() {
  renewed_at_ = steady_clock::now();
  for (auto& [source, lease] : leases_) {
    try {
      const auto held =
          store::hold_lease(database_, source, holder_, config_.lease);
      // A page read under the old epoch stays fenced off.
      if (held && held->epoch == lease.epoch) continue;
      notice_("the lease of '" + source + "' is lost");
    } catch (const store::DatabaseError& error) {
      notice_(error.what());
    }
  }
}

void DatabaseJournal::retain() {
  const auto now = steady_clock::now();
  if (now < retention_at_) return;
  const auto go_on = [&] {
    return !stopped_ && steady_clock::now() < now + kRetentionSlice;
  };
  store::enforce_retention(database_, retention_of(config_), go_on);
  // What is left is done the next time.
  if (go_on()) retention_at_ = now + std::chrono::hours(24);
}

void DatabaseJournal::tidy() {
  try {
    store::tend_history(database_);
    while (!stopped_ &&
           store::delete_old_pages(database_, config_.keep_raw) > 0) {
    }
    if (!stopped_) store::scrub_pages(database_);
    while (!stopped_ && store::clear_expired(database_, "youtube",
                                             config_.keep_youtube) > 0) {
    }
    retain();
  } catch (const store::DatabaseError& error) {
    notice_(error.what());
  }
}

void DatabaseJournal::judge(bool to_the_end) {
  const auto end = steady_clock::now() +
                   (std::exchange(landed_, false) ? kShortLook : kLongLook);
  const auto go_on = [&] {
    return !stopped_ && (to_the_end || steady_clock::now() < end);
  };
  try {
    judge_landed(database_, config_.bots, go_on);
  } catch (const store::DatabaseError& error) {
    notice_(error.what());
  }
}

std::vector<collector::KeptPage> DatabaseJournal::kept_pages(
    const std::string& source) {
  std::vector<collector::KeptPage> pages;
  for (const auto& page :
       patiently([&] { return store::kept_pages(database_, source); })) {
    compare_clocks(source, page.received_at, page.site_clock);
    pages.push_back({page.id, page.gap, answer_of(page), page.received_at});
  }
  return pages;
}

void DatabaseJournal::compare_clocks(
    const std::string& source, domain::Timestamp ours,
    const std::optional<domain::Timestamp>& theirs) {
  if (!theirs) return;
  // The header has whole seconds: at least so late is it there.
  ahead_[source] = {
      std::clamp<milliseconds>(ours - *theirs, milliseconds(0), kMostAhead),
      ours};
}

void DatabaseJournal::add_due(const std::string& source,
                              collector::Round& round) {
  const SourceSettings& settings = config_.sources.at(source);
  auto due = patiently([&] {
    return store::due_posts(database_, source, settings.source.type,
                            settings.refresh, kDueAtOnce);
  });
  for (auto& post : due.posts) {
    round.due.push_back({post.kind, std::move(post.id)});
  }
  round.due_mark = std::move(due.mark);
}

collector::Round DatabaseJournal::next_round(const std::string& source,
                                             const std::string& query) {
  const auto start = patiently([&] {
    return store::next_round(database_, source, query, kKnownVideos);
  });
  collector::Round round;
  round.query = query;
  round.top = start.top;
  round.unfinished = start.unfinished;
  round.known = start.known;
  round.now = round.clock = start.now;
  // Of a clock that was set back since nothing is known.
  if (const auto ahead = ahead_.find(source);
      ahead != ahead_.end() && ahead->second.seen <= start.now) {
    round.now -= ahead->second.by;
  }
  round.since = config_.since.value_or(round.now - config_.first_span);
  if (query == collector::kRefresh) add_due(source, round);
  return round;
}

void DatabaseJournal::open(const std::string& source, const std::string& query,
                           const collector::Start& start) {
  store::NewRound round{source,
                        query,
                        start.list,
                        as_store(start.range.open),
                        as_store(start.range.unreachable),
                        start.range.top,
                        as_store(start.leads),
                        start.refreshed};
  patiently([&] {
    store::open_round(database_, lease(source), round);
    return true;
  });
}

std::vector<collector::Gap> DatabaseJournal::open_gaps(
    const std::string& source, const std::string& query) {
  return patiently(
      [&] { return store::open_gaps(database_, source, query, kGapsAtOnce); });
}

std::optional<collector::Gap> DatabaseJournal::clip(
    const collector::Gap& rest, const collector::Range& lost) {
  return patiently([&] {
    return store::clip_gap(database_, lease(rest.source), rest,
                           {lost.lo, lost.hi});
  });
}

double DatabaseJournal::had(const std::string& source,
                            const std::string& query) {
  double had = 0;
  for (const std::string& bucket : buckets()) {
    const store::Cap day = caps_of(config_, bucket).front();
    if (day.amount == 0) continue;
    const auto spent = patiently(
        [&] { return store::spent_by(database_, source, query, bucket, day); });
    had += static_cast<double>(spent) / static_cast<double>(day.amount);
  }
  return had;
}

collector::Permit DatabaseJournal::reserve(const collector::Gap& gap,
                                           const collector::Cost& worst,
                                           bool fresh) {
  store::Reservation reservation;
  reservation.bucket = worst.bucket;
  reservation.worst = worst.amount;
  reservation.source = gap.source;
  reservation.query = gap.query;
  reservation.fingerprint = fingerprint(gap.source);
  reservation.receipt = store::new_uuid();
  reservation.caps = caps_of(config_, worst.bucket);
  if (!fresh) reservation.kept_back = kKeptForFresh;
  const store::Leave leave =
      patiently([&] { return store::reserve(database_, reservation); });
  return {leave.receipt, leave.reason, leave.rest, leave.failures, leave.shut};
}

int64_t DatabaseJournal::keep(const collector::Gap& gap,
                              const collector::HttpResponse& response,
                              domain::Timestamp received_at,
                              const collector::Cost& cost,
                              const collector::Permit& permit) {
  const store::RawPage page{
      gap,         permit.receipt,
      cost.amount, response.body,
      received_at, collector::parse_http_date(response.header("date"))};
  compare_clocks(gap.source, received_at, page.site_clock);
  return patiently(
      [&] { return store::keep_page(database_, lease(gap.source), page); });
}

collector::Applied DatabaseJournal::apply(int64_t page,
                                          const collector::Gap& gap,
                                          const collector::Page& read,
                                          const collector::Move& move) {
  const auto applied = patiently([&] {
    store::Batch batch = pipeline_.batch(read, [&] { renew_if_due(); });
    batch.source = gap.source;
    batch.query = gap.query;
    return store::apply_page(database_, lease(gap.source), page, batch,
                             as_store(move), as_store(read.leads));
  });
  landed_ = true;
  const store::Landed& landed = applied.landed;
  return {{landed.inserted, landed.updated,
           landed.unchanged + landed.duplicates, landed.rejected},
          applied.gaps};
}

void DatabaseJournal::reject(const collector::KeptPage& page,
                             const std::string& reason) {
  patiently([&] {
    store::reject_page(database_, lease(page.gap.source), page.page, reason);
    return true;
  });
}

void DatabaseJournal::refuse(const collector::Refusal& refusal) {
  store::RefusedRequest refused;
  refused.gap = refusal.gap;
  refused.receipt = refusal.receipt;
  refused.charged = refusal.charged;
  refused.bucket = refusal.bucket;
  refused.fingerprint = fingerprint(refusal.gap.source);
  refused.failures = refusal.failures;
  refused.rest = refusal.rest;
  refused.reason = refusal.reason;
  if (refusal.move) refused.move = as_store(*refusal.move);
  refused.ends_walk = refusal.ends_walk;
  patiently([&] {
    store::refuse_request(database_, lease(refusal.gap.source), refused);
    return true;
  });
}

}  // namespace grumble::app
