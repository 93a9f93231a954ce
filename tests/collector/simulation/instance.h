#pragma once

#include <optional>
#include <string>

#include "tests/collector/simulation/model.h"

namespace grumble::collector::simulation {

struct Settings {
  Mutant mutant = Mutant::none;
  int page_size = 5;
  int64_t settle = 10;      ///< seconds; no post is later than that
  int page_limit = 10;      ///< pages a run
  int64_t cap = kNever;     ///< posts, ever
  int64_t memory = kNever;  ///< how far back the site searches
  int64_t interval = 20;    ///< between two ranges
  int64_t lease = 40;
  int64_t end = kNever;  ///< of the world: nothing comes after
  int64_t orphan = 60;   ///< a reservation older than that is unknown
  int64_t behind = 0;    ///< the site's clock
};

/// One program that collects: at each step it does one thing that cannot be
/// cut in two. What it holds beside the model is lost in a crash.
class Instance {
 public:
  Instance(int number, const Settings& settings, Random& random, Site& site,
           Model& model)
      : number_(number),
        settings_(settings),
        random_(random),
        site_(site),
        model_(model) {}

  /// How many seconds the step took.
  int64_t step(int64_t now, const Weather& weather);
  void crash();

  bool idle() const { return stage_ == Stage::idle; }
  bool busy() const { return stage_ == Stage::send; }
  /// One of the cursors that have no gap rows.
  bool naive() const;
  const std::string& violation() const { return violation_; }
  /// Posts on pages that were billed and could not be used, through no fault
  /// of ours, or at most one page a crash.
  int64_t excused() const { return excused_; }

 private:
  enum class Stage {
    lease,
    recover,
    open,
    pick,
    reserve,
    send,
    land,
    apply,
    idle
  };

  void take_lease(int64_t now);
  void recover(int64_t now);
  void open_new_range(int64_t now);
  void choose(int64_t now);
  void reserve(int64_t now);
  void send(int64_t now, const Weather& weather);
  void refused(int64_t now);
  void land_raw(int64_t now);
  void apply(const Weather& weather);
  void apply_page(RawPage& page);
  void move_gap(const RawPage& page);
  Move move_of(const RawPage& page) const;
  int64_t too_soon(const RawPage& page) const;
  void end_run(bool at_bottom);
  bool fenced();
  bool settles() const;
  bool is(Mutant mutant) const { return settings_.mutant == mutant; }
  void check_covered(const Gap& before, const Move& move, int64_t seen_at);

  int number_;
  const Settings& settings_;
  Random& random_;
  Site& site_;
  Model& model_;
  Stage stage_ = Stage::lease;
  int64_t epoch_ = 0;
  Gap gap_;
  std::optional<size_t> booking_;
  std::optional<Answer> answer_;
  size_t page_ = 0;
  int64_t permit_ = 0;
  int pages_ = 0;
  bool half_applied_ = false;
  int64_t newest_ = 0;
  int64_t ahead_ = 0;  ///< our clock, of the site's when that last answered
  int64_t breaker_until_ = 0;  ///< of the mutant that keeps it to itself
  int64_t excused_ = 0;
  std::string violation_;
};

}  // namespace grumble::collector::simulation
