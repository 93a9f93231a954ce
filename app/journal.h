#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "app/config.h"
#include "app/pipeline.h"
#include "collector/collect.h"
#include "store/budget.h"
#include "store/database.h"
#include "store/lease.h"
#include "store/page.h"
#include "store/retention.h"

namespace grumble::app {

/// The caps of a bucket, as the configuration has them.
std::vector<store::Cap> caps_of(const Config& config,
                                const std::string& bucket);
/// Every bucket that has caps.
std::vector<std::string> buckets();

/// How long the configuration keeps what.
store::RetentionPolicy retention_of(const Config& config);

/// The answer that a page was kept of, as its source reads it.
collector::HttpResponse answer_of(const store::StoredPage& page);

/// The collector's journal over the database: leases, budget, pages, gaps.
///
/// While the database does not answer, a call waits and tries again, with the
/// page it holds in memory, until it succeeds, `patience` is over or `stop` was
/// called. Then it throws what the store threw.
class DatabaseJournal : public collector::Journal {
 public:
  using Notice = std::function<void(const std::string&)>;

  /// Borrows all of its parts.
  DatabaseJournal(store::Database& database, Pipeline& pipeline,
                  const Config& config);
  ~DatabaseJournal() override;

  /// How long a call waits for the database; for ever unless told.
  void set_patience(std::chrono::seconds patience) { patience_ = patience; }
  /// Told of waits; called on the journal's thread.
  void set_notice(Notice notice) { notice_ = std::move(notice); }
  /// Ends waiting. From any thread.
  void stop() { stopped_ = true; }
  /// Makes the leases that are held last on. Throws nothing.
  void renew();

  /// Tends the tables' history, and deletes what is older than the
  /// configuration keeps, or was erased: posts once a day, a few seconds at a
  /// time. Throws nothing.
  void tidy();

  /// Looks for near-copies and probable bots among what has landed: to the end
  /// of it, or for a moment, which is longer when no page came in since the
  /// last call. Throws nothing.
  void judge(bool to_the_end);

  bool hold(const std::string& source) override;
  std::vector<collector::KeptPage> kept_pages(
      const std::string& source) override;
  collector::Round next_round(const std::string& source,
                              const std::string& query) override;
  void open(const std::string& source, const std::string& query,
            const collector::Start& start) override;
  std::vector<collector::Gap> open_gaps(const std::string& source,
                                        const std::string& query) override;
  std::optional<collector::Gap> clip(const collector::Gap& rest,
                                     const collector::Range& lost) override;
  double had(const std::string& source, const std::string& query) override;
  collector::Permit reserve(const collector::Gap& gap,
                            const collector::Cost& worst, bool fresh) override;
  int64_t keep(const collector::Gap& gap,
               const collector::HttpResponse& response,
               domain::Timestamp received_at, const collector::Cost& cost,
               const collector::Permit& permit) override;
  collector::Applied apply(int64_t page, const collector::Gap& gap,
                           const collector::Page& read,
                           const collector::Move& move) override;
  void reject(const collector::KeptPage& page,
              const std::string& reason) override;
  void refuse(const collector::Refusal& refusal) override;

 private:
  template <typename Call>
  auto patiently(Call call) -> decltype(call());
  /// Where the journal's thread has been busy for a while.
  void renew_if_due();
  void retain();
  void compare_clocks(const std::string& source, domain::Timestamp ours,
                      const std::optional<domain::Timestamp>& theirs);
  void add_due(const std::string& source, collector::Round& round);
  const store::Lease& lease(const std::string& source) const;
  std::string fingerprint(const std::string& source) const;

  store::Database& database_;
  Pipeline& pipeline_;
  const Config& config_;
  const std::string holder_ = store::new_uuid();
  std::map<std::string, store::Lease> leases_;
  std::chrono::steady_clock::time_point renewed_at_{};
  /// By how much the database's clock ran ahead of the site's, and when by the
  /// database's that was seen last.
  struct Ahead {
    std::chrono::milliseconds by{0};
    domain::Timestamp seen;
  };
  std::map<std::string, Ahead> ahead_;  ///< by source
  /// When posts are looked at next.
  std::chrono::steady_clock::time_point retention_at_{};
  std::chrono::seconds patience_ = std::chrono::hours(24 * 365);
  Notice notice_ = [](const std::string&) {};
  bool landed_ = false;  ///< since posts were judged
  std::atomic<bool> stopped_ = false;
};

}  // namespace grumble::app
