#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collector/source.h"

namespace grumble::collector {

/// The open gaps of all lists.
class MemoryGaps {
 public:
  std::map<int64_t, Gap> gaps;

 protected:
  Gap add(const std::string& source, const std::string& query, Gap gap) {
    gap.id = ++last_;
    gap.source = source;
    gap.query = query;
    return gaps[gap.id] = gap;
  }
  std::vector<Gap> add(const std::string& source, const std::string& query,
                       const std::vector<Lead>& leads) {
    std::vector<Gap> added;
    for (const Lead& lead : leads) {
      Gap gap;
      gap.list = lead.list;
      gap.subject = lead.subject;
      gap.items = lead.items;
      gap.hi = gap.asked_hi = 1'800'000'000'000;
      added.push_back(add(source, query, gap));
    }
    return added;
  }
  void follow(const Gap& gap, const Move& move) {
    if (!gaps.contains(gap.id)) return;
    if (move.fate == Fate::closed) {
      gaps.erase(gap.id);
    } else {
      gaps[gap.id] = move.gap;
      ++gaps[gap.id].version;
    }
  }

 private:
  int64_t last_ = 0;
};

}  // namespace grumble::collector
