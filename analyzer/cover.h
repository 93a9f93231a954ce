#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include "analyzer/matcher.h"

namespace grumble::analyzer {

/// The union of stretches of a text; each step costs a logarithm of their
/// number, so that lists of any length stay cheap.
class Cover {
 public:
  Cover() = default;
  explicit Cover(const std::vector<Span>& spans) {
    for (const Span& span : spans) add(span);
  }

  void add(Span span) {
    if (span.begin >= span.end) return;
    auto next = parts_.lower_bound(span.begin);
    if (next != parts_.begin() && std::prev(next)->second >= span.begin) --next;
    while (next != parts_.end() && next->first <= span.end) {
      span.begin = std::min(span.begin, next->first);
      span.end = std::max(span.end, next->second);
      next = parts_.erase(next);
    }
    parts_.emplace(span.begin, span.end);
  }

  bool overlaps(Span span) const {
    const auto next = parts_.lower_bound(span.end);
    return next != parts_.begin() && std::prev(next)->second > span.begin;
  }

  /// The union's parts, ascending.
  std::vector<Span> spans() const {
    std::vector<Span> all;
    for (const auto& [begin, end] : parts_) all.push_back({begin, end});
    return all;
  }

  bool holds(size_t offset) const { return overlaps({offset, offset + 1}); }

 private:
  std::map<size_t, size_t> parts_;  ///< begin to end, apart from each other
};

}  // namespace grumble::analyzer
