#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "analyzer/matcher.h"
#include "analyzer/pattern.h"
#include "analyzer/skeleton.h"

namespace grumble::analyzer {

/// Where a form stands in a skeleton.
struct FormMatch {
  size_t begin = 0;
  size_t end = 0;
  std::optional<size_t> a;  ///< the M that is `A`, when the form has it
  std::optional<size_t> b;  ///< likewise `B`

  /// The last M.
  size_t last() const { return std::max(a.value_or(0), b.value_or(0)); }
};

/// One pattern of a comparison: names, words and gaps in order. Immutable.
class Form {
 public:
  /// Adds its words to `words`, to be compiled when all forms are made. Throws
  /// RuleError where the pattern names neither side, or one of them twice.
  Form(const Words& source, const PatternCompiler& patterns, Matcher& words);

  bool names_both() const { return has_a_ && has_b_; }

  /// Its places, leftmost first, gaps as short as can be; the next one may
  /// begin with the name that ended the one before. `hits` are those of the
  /// words in the skeleton. Linear in skeleton and hits.
  void find(const Skeleton& skeleton, const Hits& hits,
            std::vector<FormMatch>& out) const;

 private:
  class Search;
  enum class Kind { a, b, words, gap };
  struct Piece {
    Kind kind;
    int atom = -1;  ///< of `words`
  };

  void name(Kind side, bool& has, const Place& place);

  bool has_a_ = false;
  bool has_b_ = false;
  std::vector<Piece> pieces_;
};

}  // namespace grumble::analyzer
