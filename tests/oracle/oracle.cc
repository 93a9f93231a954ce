#include "tests/oracle/oracle.h"

#include <algorithm>
#include <charconv>

namespace grumble::oracle {
namespace {

constexpr size_t kMostExamples = 20;

/// Without addresses, which sites shorten, and with single spaces.
std::string bare(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of(" \n\t", at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!word.empty() && !word.starts_with("http://") &&
        !word.starts_with("https://")) {
      out += (out.empty() ? "" : " ") + word;
    }
    at = end + 1;
  }
  return out;
}

/// Shown, or asked for in time to be there for good.
bool is_expected(const Item& item, const Terms& terms) {
  if (item.shown > 0 || item.broken > 0) return true;
  return item.wanted && !item.replaced && item.late_ms <= terms.settle_ms;
}

bool in_a_gap(const Key& key, const Facts& facts) {
  int64_t id = 0;
  const char* const end = key.second.data() + key.second.size();
  if (key.first != "x" ||
      std::from_chars(key.second.data(), end, id).ptr != end) {
    return false;
  }
  return std::any_of(
      facts.gaps.begin(), facts.gaps.end(),
      [id](const auto& gap) { return gap.first < id && id < gap.second; });
}

class Judge {
 public:
  Judge(const Truth& truth, const Facts& facts, const Terms& terms)
      : truth_(truth), facts_(facts), terms_(terms) {}

  Verdict run() {
    for (const auto& [key, item] : truth_.items) weigh(key, item);
    for (const auto& [key, stored] : facts_.posts) {
      if (!truth_.items.contains(key)) note(verdict_.spurious, "spurious", key);
    }
    // A reject without an id may stand for any item that lost its own.
    const int64_t unexplained = nameless_ - facts_.nameless_rejects;
    if (unexplained > 0) verdict_.lost += unexplained;
    verdict_.duplicate = facts_.duplicates;
    verdict_.open = facts_.open;
    weigh_money();
    weigh_manners();
    for (const auto& [fault, times] : truth_.fired) {
      if (times > 0) continue;
      ++verdict_.unfired;
      tell("fault '" + fault + "' never acted");
    }
    if (x_landed_ > 0) {
      verdict_.reads_per_post =
          static_cast<double>(truth_.hits) / static_cast<double>(x_landed_);
    }
    return std::move(verdict_);
  }

 private:
  void tell(std::string example) {
    if (verdict_.examples.size() < kMostExamples) {
      verdict_.examples.push_back(std::move(example));
    }
  }

  void note(int64_t& count, const char* what, const Key& key) {
    ++count;
    tell(std::string(what) + " " + key.first + " " + key.second);
  }

  void weigh(const Key& key, const Item& item) {
    const auto stored = facts_.posts.find(key);
    if (stored != facts_.posts.end()) {
      ++verdict_.landed;
      if (key.first == "x" && item.wanted) ++x_landed_;
      if (bare(stored->second.text) != bare(item.text) ||
          bare(stored->second.title) != bare(item.title)) {
        note(verdict_.altered, "altered", key);
      }
    }
    if (!is_expected(item, terms_)) return;
    ++verdict_.expected;
    if (stored != facts_.posts.end() || facts_.rejected.contains(key.second)) {
      return;
    }
    if (item.shown == 0 && item.broken > 0) {
      ++nameless_;
    } else if (in_a_gap(key, facts_)) {
      note(verdict_.in_gaps, "in a gap", key);
    } else {
      note(verdict_.lost, "lost", key);
    }
  }

  void weigh_money() {
    for (const auto& [bucket, billed] : truth_.billed) {
      const auto found = facts_.spent.find(bucket);
      const int64_t spent = found == facts_.spent.end() ? 0 : found->second;
      charge(billed - spent, "billed beyond the ledger in '" + bucket + "'");
    }
    for (const auto& [bucket, cap] : terms_.caps) {
      const auto found = facts_.dearest_day.find(bucket);
      if (found == facts_.dearest_day.end()) continue;
      charge(found->second - cap, "booked beyond the cap in '" + bucket + "'");
    }
  }

  /// Whether limits and final answers were heeded.
  void weigh_manners() {
    std::map<std::string, int64_t> limits;
    std::set<std::string> final_paths;
    for (const Visit& visit : truth_.visits) {
      const std::string when =
          visit.path + " at " + std::to_string(visit.at) + " ms";
      if (visit.at < limits[visit.path]) {
        ++verdict_.hasty;
        tell("before the limit's end: " + when);
      }
      if (final_paths.contains(visit.path)) {
        ++verdict_.in_vain;
        tell("after a final answer: " + when);
      }
      limits[visit.path] = std::max(limits[visit.path], visit.until);
      if (visit.status == 401 || visit.status == 402) {
        final_paths.insert(visit.path);
      }
    }
  }

  void charge(int64_t excess, const std::string& what) {
    if (excess <= 0) return;
    verdict_.overspent += excess;
    tell(std::to_string(excess) + " " + what);
  }

  const Truth& truth_;
  const Facts& facts_;
  const Terms& terms_;
  Verdict verdict_;
  int64_t nameless_ = 0;
  int64_t x_landed_ = 0;
};

}  // namespace

Verdict judge(const Truth& truth, const Facts& facts, const Terms& terms) {
  return Judge(truth, facts, terms).run();
}

}  // namespace grumble::oracle
