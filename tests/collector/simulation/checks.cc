#include "tests/collector/simulation/checks.h"

#include <algorithm>

namespace grumble::collector::simulation {
namespace {

bool within(int64_t id, int64_t lo, int64_t hi) { return lo < id && id < hi; }

bool in_some_gap(const Model& model, int64_t id) {
  return std::any_of(model.open.begin(), model.open.end(),
                     [id](const auto& entry) {
                       return within(id, entry.second.lo, entry.second.hi);
                     }) ||
         std::any_of(model.unreachable.begin(), model.unreachable.end(),
                     [id](const Range& range) {
                       return within(id, range.lo, range.hi);
                     });
}

/// I3: open and unreachable ranges overlap nowhere and end at the top.
std::string check_cover(const Model& model) {
  std::vector<Range> ranges = model.unreachable;
  for (const auto& [id, gap] : model.open) ranges.push_back({gap.lo, gap.hi});
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.lo < b.lo; });
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].hi - 1 > model.top) return "I3: a gap above the top";
    if (i > 0 && ranges[i - 1].hi - 1 > ranges[i].lo) {
      return "I3: gaps overlap at " + std::to_string(ranges[i].lo);
    }
  }
  return "";
}

}  // namespace

std::string check_always(const Model& model, const Site& site,
                         const Settings& settings) {
  if (!site.disobedience().empty()) return "I11: " + site.disobedience();
  const int64_t spent = model.spent();
  if (site.billed() > spent) {
    return "I7: billed " + std::to_string(site.billed()) + ", booked " +
           std::to_string(spent);
  }
  if (spent > settings.cap) return "I7: booked more than the cap";
  const bool has_gaps = settings.mutant != Mutant::max_id_each_page &&
                        settings.mutant != Mutant::max_id_at_run_end &&
                        settings.mutant != Mutant::max_id_at_bottom;
  return has_gaps ? check_cover(model) : "";
}

std::string check_at_end(const Model& model, const Site& site,
                         const Settings& settings, int64_t excused) {
  for (const RawPage& page : model.pages) {
    for (const int64_t id : page.answer.ids) {
      const auto post = model.posts.find(id);
      if (post == model.posts.end()) {
        return "I1: post " + std::to_string(id) + " was paid for and is lost";
      }
      if (post->second != 1) return "I6: not analysed exactly once";
    }
  }
  const bool whole = settings.cap == kNever;
  for (const SitePost& post : site.posts()) {
    if (post.id > model.top || post.gone != kNever) continue;
    if (model.posts.contains(post.id)) continue;
    if (!in_some_gap(model, post.id)) {
      return "I2: post " + std::to_string(post.id) +
             " is neither stored nor in a gap";
    }
  }
  if (whole && !model.open.empty()) return "I15: a gap does not close";
  for (const auto& [id, results] : model.posts) {
    const auto& posts = site.posts();
    const auto at = std::lower_bound(
        posts.begin(), posts.end(), id,
        [](const SitePost& one, int64_t key) { return one.id < key; });
    if (at == posts.end() || at->id != id) return "I5: a post of nobody";
  }
  const auto stored = static_cast<int64_t>(model.posts.size());
  if (site.billed() > stored + excused) {
    return "I8: " + std::to_string(site.billed()) + " posts paid for " +
           std::to_string(stored) + " stored and " + std::to_string(excused) +
           " that could not be used";
  }
  return "";
}

}  // namespace grumble::collector::simulation
