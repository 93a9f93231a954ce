#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/clause.h"
#include "analyzer/pattern.h"
#include "analyzer/skeleton.h"

namespace grumble::analyzer {

/// The category of a comparison that names no aspect.
inline constexpr std::string_view kOverall = "general_quality";

/// "A is cheaper than B": who, and the words that say so.
struct HeadToHead {
  Side better;
  Side worse;
  std::string category{kOverall};  ///< kOverall when no aspect is named
  Span span;
  std::string rule;              ///< id of the comparison
  bool loser_complaint = false;  ///< the words run the loser down
  bool praises = true;           ///< false: a lower place of a ranking
};

/// Reads statements that hold one model above another. Immutable after
/// construction.
class ComparisonReader {
 public:
  ComparisonReader(const RuleFiles& files, const PatternCompiler& patterns);
  ~ComparisonReader();
  ComparisonReader(ComparisonReader&&) noexcept;

  /// What asks, wishes, supposes or quotes is no statement.
  void read(std::string_view text, const Clauses& clauses, const Cast& cast,
            std::vector<HeadToHead>& out) const;

  /// Gives back the memory that texts have asked for.
  void forget() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace grumble::analyzer
