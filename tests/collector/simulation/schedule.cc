#include "tests/collector/simulation/schedule.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "tests/collector/simulation/checks.h"
#include "tests/collector/simulation/instance.h"

namespace grumble::collector::simulation {
namespace {

/// Half of the schedules meet everything at once, the others a few things.
Weather weather_of(Random& random) {
  const bool storm = random.chance(0.5);
  const auto some = [&](double most) {
    if (!storm && random.chance(0.6)) return 0.0;
    return most * static_cast<double>(random.between(1, 100)) / 100;
  };
  Weather weather;
  weather.lost_answer = some(0.15);
  weather.refused_token = some(0.3);
  weather.short_page = some(0.5);
  weather.empty_page = some(0.2);
  weather.loop = some(0.1);
  weather.shuffle = some(0.1);
  weather.limited = some(0.1);
  weather.broken = some(0.1);
  weather.no_credits = random.chance(0.1) ? 0.02 : 0;
  weather.crash = some(0.08);
  weather.doubt = some(0.1);
  return weather;
}

class Schedule {
 public:
  Schedule(uint64_t seed, Mutant mutant)
      : random_(seed), settings_(settings_of(random_, mutant)) {
    const int64_t end = random_.between(120, 900);
    settings_.end = end;
    // No post is later than its range needs to settle; half of that is left
    // to clocks that differ.
    const int64_t most_lag =
        settings_.behind > 0 ? settings_.settle / 2 : settings_.settle;
    site_ = std::make_unique<Site>(random_, end, most_lag, settings_.page_size,
                                   settings_.memory, settings_.behind);
    end_ = end;
    for (int i = 0; i < 2; ++i) {
      instances_.emplace_back(i, settings_, random_, *site_, model_);
    }
  }

  Outcome run() {
    const Weather weather = weather_of(random_);
    const int64_t most_steps = random_.between(50, 1'200);
    while (now_ < end_ && steps_ < most_steps && violation_.empty()) {
      step(weather, static_cast<size_t>(random_.between(0, both_ ? 1 : 0)));
      if (random_.chance(0.02)) both_ = !both_;
      // Now and then everybody sleeps: leases run out, ranges grow old.
      if (random_.chance(0.01)) now_ += random_.between(1, end_ / 3);
    }
    now_ = std::max(now_, end_ + settings_.settle + settings_.behind + 1);
    drain();
    Outcome outcome;
    outcome.violation = violation_;
    outcome.posts = static_cast<int64_t>(model_.posts.size());
    outcome.billed = site_->billed();
    outcome.steps = steps_;
    outcome.crashes = crashes_;
    return outcome;
  }

 private:
  static Settings settings_of(Random& random, Mutant mutant) {
    Settings settings;
    settings.mutant = mutant;
    settings.page_size = static_cast<int>(random.between(2, 9));
    settings.settle = random.between(2, 30);
    settings.page_limit = static_cast<int>(random.between(1, 12));
    settings.cap = random.chance(0.2) ? random.between(20, 150) : kNever;
    settings.memory =
        random.chance(0.3) ? random.between(200, 500) : kNever / 64;
    settings.behind = random.chance(0.3) ? random.between(1, 120) : 0;
    return settings;
  }

  void step(const Weather& weather, size_t which) {
    ++steps_;
    Instance& instance = instances_[which];
    if (random_.chance(weather.crash)) {
      ++crashes_;
      instance.crash();
    } else {
      now_ += instance.step(now_, weather);
    }
    note(check_always(model_, *site_, settings_));
    note(instance.violation());
  }

  /// Fair weather and one instance, until there is nothing left to do.
  void drain() {
    site_->pay();
    model_.breaker_until = 0;
    for (auto& instance : instances_) instance.crash();
    const Weather fair;
    int idle = 0;
    for (int i = 0; i < 5'000 && idle < 3 && violation_.empty(); ++i) {
      step(fair, 0);
      if (instances_[0].idle()) {
        ++idle;
        now_ += 7 * 3600;  // the longest time a gap may be set aside
      } else if (instances_[0].busy() && !instances_[0].naive()) {
        idle = 0;
      }
    }
    if (idle < 3) note("I15: the drain does not end");
    if (violation_.empty()) {
      note(check_at_end(model_, *site_, settings_,
                        instances_[0].excused() + instances_[1].excused()));
    }
  }

  void note(const std::string& violation) {
    if (violation_.empty()) violation_ = violation;
  }

  Random random_;
  Settings settings_;
  std::unique_ptr<Site> site_;
  Model model_;
  std::vector<Instance> instances_;
  int64_t now_ = 1;
  int64_t end_ = 0;
  int64_t steps_ = 0;
  int64_t crashes_ = 0;
  bool both_ = false;
  std::string violation_;
};

}  // namespace

const std::vector<MutantName>& mutants() {
  static const std::vector<MutantName> kMutants{
      {Mutant::max_id_each_page, "max-id-each-page"},
      {Mutant::max_id_at_run_end, "max-id-at-run-end"},
      {Mutant::max_id_at_bottom, "max-id-at-bottom"},
      {Mutant::no_settling, "no-settling"},
      {Mutant::stops_at_empty_page, "stops-at-empty-page"},
      {Mutant::trusts_any_order, "trusts-any-order"},
      {Mutant::closes_on_refusal, "closes-on-refusal"},
      {Mutant::gap_before_posts, "gap-before-posts"},
      {Mutant::no_fence, "no-fence"},
      {Mutant::forgets_clipping, "forgets-clipping"},
      {Mutant::spends_unreserved, "spends-unreserved"},
      {Mutant::frees_unknown, "frees-unknown"},
      {Mutant::forgets_breaker, "forgets-breaker"},
      {Mutant::forgets_site_clock, "forgets-site-clock"},
  };
  return kMutants;
}

Outcome run_schedule(uint64_t seed, Mutant mutant) {
  return Schedule(seed, mutant).run();
}

}  // namespace grumble::collector::simulation
