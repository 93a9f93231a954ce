#include "tests/collector/simulation/instance.h"

#include <utility>

namespace grumble::collector::simulation {
namespace {

domain::Timestamp time_at(int64_t second) {
  return domain::Timestamp(std::chrono::seconds(second));
}

}  // namespace

bool Instance::naive() const {
  return is(Mutant::max_id_each_page) || is(Mutant::max_id_at_run_end) ||
         is(Mutant::max_id_at_bottom);
}

bool Instance::settles() const { return !naive() && !is(Mutant::no_settling); }

bool Instance::fenced() {
  if (model_.lease_epoch == epoch_) return false;
  if (!is(Mutant::no_fence)) return true;
  violation_ = "I9: written under a lease that another instance holds";
  return false;
}

void Instance::crash() {
  if (answer_) excused_ += static_cast<int64_t>(answer_->ids.size());
  answer_.reset();
  booking_.reset();
  // The connection goes with the program, and the lease with the connection.
  if (model_.lease_holder == number_ && model_.lease_epoch == epoch_) {
    model_.lease_until = 0;
  }
  if (naive()) model_.open.clear();
  breaker_until_ = 0;
  newest_ = ahead_ = 0;
  half_applied_ = false;
  stage_ = Stage::lease;
}

int64_t Instance::step(int64_t now, const Weather& weather) {
  switch (stage_) {
    case Stage::lease:
      take_lease(now);
      return 1;
    case Stage::recover:
      recover(now);
      return 0;
    case Stage::open:
      open_new_range(now);
      return 0;
    case Stage::pick:
      choose(now);
      return 0;
    case Stage::reserve:
      reserve(now);
      return 0;
    case Stage::send:
      send(now, weather);
      return random_.between(0, 3);
    case Stage::land:
      land_raw(now);
      return 0;
    case Stage::apply:
      apply(weather);
      return 0;
    case Stage::idle:
      stage_ = Stage::lease;
      return random_.between(1, settings_.interval);
  }
  return 0;
}

void Instance::take_lease(int64_t now) {
  const bool mine =
      model_.lease_holder == number_ && model_.lease_epoch == epoch_;
  if (!mine && now < model_.lease_until) {
    stage_ = Stage::idle;
    return;
  }
  if (!mine || now >= model_.lease_until) epoch_ = ++model_.lease_epoch;
  model_.lease_holder = number_;
  model_.lease_until = now + settings_.lease;
  stage_ = Stage::recover;
}

void Instance::recover(int64_t now) {
  for (Booking& booking : model_.ledger) {
    if (booking.state == Booking::State::reserved &&
        booking.booked_at + settings_.orphan <= now) {
      booking.state = Booking::State::unknown;
      if (is(Mutant::frees_unknown)) booking.worst = 0;
    }
  }
  for (RawPage& page : model_.pages) {
    if (page.applied) continue;
    if (fenced()) break;
    if (is(Mutant::forgets_site_clock)) page.answer.at = page.received_at;
    ahead_ = page.received_at - page.answer.at;
    apply_page(page);
    return;  // the next one is the next step
  }
  pages_ = 0;
  stage_ = Stage::open;
}

void Instance::open_new_range(int64_t now) {
  stage_ = Stage::pick;
  if (fenced() || now - model_.opened_at < settings_.interval) return;
  const int64_t until = first_id_of(std::min(
      now - ahead_ - (settles() ? settings_.settle : -1), settings_.end + 1));
  const int64_t reach = site_.reach(now - settings_.memory / 16);
  const Opening opening = open_range(model_.top, until, naive() ? 0 : reach);
  if (naive()) {
    model_.open.clear();
    if (opening.open) {
      model_.add_gap({std::max(model_.top, site_.reach(now) + 1), until});
    }
  } else {
    if (opening.open) model_.add_gap(*opening.open);
    if (opening.unreachable && !is(Mutant::forgets_clipping)) {
      model_.unreachable.push_back(*opening.unreachable);
    }
    model_.top = opening.top;
  }
  model_.opened_at = now;
}

void Instance::choose(int64_t now) {
  if (now >= model_.lease_until - 5) {
    stage_ = Stage::lease;  // before each request: is there time left?
    return;
  }
  const auto gaps = model_.open_gaps();
  const Gap* picked = pick(gaps, model_.turn, time_at(now));
  if (picked == nullptr || pages_ >= settings_.page_limit || fenced()) {
    end_run(picked == nullptr);
    stage_ = Stage::idle;
    return;
  }
  ++model_.turn;
  gap_ = *picked;
  const int64_t margin = settings_.memory / 32;
  if (gap_.lo <= site_.reach(now + margin)) {
    const int64_t reach = site_.reach(now + 2 * margin);
    if (const auto lost = clip(gap_, reach + 1)) {
      if (!is(Mutant::forgets_clipping)) model_.unreachable.push_back(*lost);
    }
    ++gap_.version;
    if (Range{gap_.lo, gap_.hi}.empty()) {
      model_.open.erase(gap_.id);
      return;
    }
    model_.open[gap_.id] = gap_;
  }
  stage_ = Stage::reserve;
}

void Instance::reserve(int64_t now) {
  const int64_t worst = settings_.page_size;
  const int64_t closed_until =
      is(Mutant::forgets_breaker) ? breaker_until_ : model_.breaker_until;
  if (closed_until > now || (model_.spent() + worst > settings_.cap &&
                             !is(Mutant::spends_unreserved))) {
    end_run(false);
    stage_ = Stage::idle;
    return;
  }
  if (!is(Mutant::spends_unreserved)) {
    booking_ = model_.ledger.size();
    model_.ledger.push_back({Booking::State::reserved, worst, 0, now});
  }
  permit_ = ++model_.permits;
  stage_ = Stage::send;
}

void Instance::send(int64_t now, const Weather& weather) {
  answer_ =
      site_.search(gap_.lo, gap_.asked_hi, gap_.token, now, weather, permit_);
  if (random_.chance(weather.lost_answer)) {
    excused_ += static_cast<int64_t>(answer_->ids.size());
    answer_.reset();
    if (booking_) {
      Booking& booking = model_.ledger[*booking_];
      booking.state = Booking::State::unknown;
      if (is(Mutant::frees_unknown)) booking.worst = 0;
    }
    booking_.reset();
    ++pages_;
    stage_ = Stage::pick;
    return;
  }
  if (is(Mutant::spends_unreserved)) {
    booking_ = model_.ledger.size();
    model_.ledger.push_back(
        {Booking::State::reserved, settings_.page_size, 0, now});
  }
  if (answer_->kind == Answer::Kind::page) {
    stage_ = Stage::land;
  } else {
    refused(now);
  }
}

/// No page, nothing charged: the ledger, the breaker and the gap learn of it.
void Instance::refused(int64_t now) {
  const Answer answer = *std::exchange(answer_, std::nullopt);
  Booking& booking = model_.ledger[*std::exchange(booking_, std::nullopt)];
  booking.state = Booking::State::settled;
  booking.actual = 0;
  stage_ = Stage::pick;
  ++pages_;
  if (answer.kind == Answer::Kind::limited ||
      answer.kind == Answer::Kind::no_credits) {
    const int64_t until =
        answer.kind == Answer::Kind::limited ? answer.reset : kNever;
    breaker_until_ = until;
    model_.breaker_until = std::max(model_.breaker_until, until);
    site_.told(until, model_.permits);
    return;
  }
  const auto open = model_.open.find(gap_.id);
  if (answer.kind != Answer::Kind::refused_token || fenced() ||
      open == model_.open.end() || open->second.version != gap_.version) {
    return;
  }
  if (is(Mutant::closes_on_refusal)) {
    model_.open.erase(open);
    return;
  }
  open->second = refuse_token(gap_, time_at(now)).gap;
  ++open->second.version;
}

/// T1: the page is durable and paid.
void Instance::land_raw(int64_t now) {
  stage_ = Stage::apply;
  if (fenced()) {
    crash();  // one page lost: another instance holds the source
    return;
  }
  Booking& booking = model_.ledger[*booking_];
  booking.state = Booking::State::settled;
  booking.actual = static_cast<int64_t>(answer_->ids.size());
  page_ = model_.pages.size();
  model_.pages.push_back({gap_, *answer_, now, false});
  ahead_ = now - answer_->at;
  answer_.reset();
  booking_.reset();
  ++pages_;
}

/// T2, perhaps once more because the answer to its commit was lost.
void Instance::apply(const Weather& weather) {
  if (fenced()) {
    crash();
    return;
  }
  RawPage& page = model_.pages[page_];
  if (is(Mutant::gap_before_posts) && !half_applied_) {
    move_gap(page);
    half_applied_ = true;
    return;
  }
  if (!page.applied) apply_page(page);
  half_applied_ = false;
  stage_ = random_.chance(weather.doubt) ? Stage::apply : Stage::pick;
}

void Instance::apply_page(RawPage& page) {
  page.applied = true;
  for (const int64_t id : page.answer.ids) {
    model_.posts.emplace(id, 1);
    newest_ = std::max(newest_, id);
  }
  if (!is(Mutant::gap_before_posts)) move_gap(page);
  if (is(Mutant::max_id_each_page)) model_.top = std::max(model_.top, newest_);
}

/// As the source of X sees it: half of the time to settle is left to small
/// differences.
int64_t Instance::too_soon(const RawPage& page) const {
  const int64_t end = second_of(page.gap.asked_hi);
  if (end + settings_.settle / 2 <= page.answer.at) return 0;
  return end + settings_.settle - page.answer.at;
}

Move Instance::move_of(const RawPage& page) const {
  Sight sight;
  sight.order = Order::by_id;
  sight.keys = page.answer.ids;
  sight.next_token = page.answer.next_token;
  if (settles()) sight.too_soon = std::chrono::seconds(too_soon(page));
  if (is(Mutant::trusts_any_order)) {
    std::sort(sight.keys.rbegin(), sight.keys.rend());
  }
  if (is(Mutant::stops_at_empty_page) && sight.keys.empty()) {
    sight.next_token.clear();
  }
  return advance(page.gap, sight, time_at(page.received_at));
}

void Instance::move_gap(const RawPage& page) {
  const Move move = move_of(page);
  const auto open = model_.open.find(page.gap.id);
  const bool current =
      open != model_.open.end() &&
      (open->second.version == page.gap.version || is(Mutant::no_fence));
  // What the site would not let us use is paid for again.
  const bool used =
      current && (move.fate == Fate::closed || move.gap.hi != page.gap.hi);
  for (const int64_t id : page.answer.ids) {
    if (!used || id >= page.gap.hi) ++excused_;
  }
  if (!current) return;
  if (!naive()) check_covered(open->second, move, page.answer.at);
  if (move.fate == Fate::closed) {
    model_.open.erase(open);
  } else {
    const int64_t version = open->second.version + 1;
    open->second = move.gap;
    open->second.version = version;
  }
}

/// I4: what the gap gives up was on the page, or is stored, or was not there.
void Instance::check_covered(const Gap& before, const Move& move,
                             int64_t seen_at) {
  const int64_t down_to =
      move.fate == Fate::closed ? before.lo + 1 : move.gap.hi;
  const auto& posts = site_.posts();
  auto post = std::lower_bound(
      posts.begin(), posts.end(), down_to,
      [](const SitePost& one, int64_t id) { return one.id < id; });
  for (; post != posts.end() && post->id < before.hi; ++post) {
    if (post->gone <= seen_at || model_.posts.contains(post->id)) continue;
    if (is(Mutant::gap_before_posts)) continue;  // the end will tell
    violation_ = "I4: post " + std::to_string(post->id) +
                 " was passed over and is not stored";
  }
}

/// The cursors without gap rows forget here what they did not get to.
void Instance::end_run(bool at_bottom) {
  if (is(Mutant::max_id_at_run_end) ||
      (is(Mutant::max_id_at_bottom) && at_bottom)) {
    model_.top = std::max(model_.top, newest_);
  }
  if (naive()) model_.open.clear();
}

}  // namespace grumble::collector::simulation
