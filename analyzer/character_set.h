#pragma once

#include <utility>
#include <vector>

#include "analyzer/syntax.h"

namespace grumble::analyzer {

/// Characters of a `[...]`, as ranges of code points.
class CharacterSet {
 public:
  void add(char32_t first, char32_t last) { ranges_.emplace_back(first, last); }
  void invert();
  bool empty() const { return ranges_.empty(); }

  /// What matches one of them, in the bytes of UTF-8.
  Syntax::Node node(Syntax& syntax) const;

 private:
  void settle();

  std::vector<std::pair<char32_t, char32_t>> ranges_;
};

}  // namespace grumble::analyzer
