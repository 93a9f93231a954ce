#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/attribution.h"
#include "analyzer/clause.h"
#include "analyzer/pattern.h"

namespace grumble::analyzer {

/// The category of a comparison that names no aspect.
inline constexpr std::string_view kOverall = "general_quality";

/// "A is cheaper than B": models by index, the words that say so.
struct HeadToHead {
  std::vector<size_t> better;  ///< indexes of mentions
  std::vector<size_t> worse;
  std::string category;  ///< kOverall when no aspect is named
  Span span;
  std::string rule;              ///< id of the comparison
  bool loser_complaint = false;  ///< the words run the loser down
};

/// Reads statements that hold one model above another. Immutable after
/// construction.
class ComparisonReader {
 public:
  ComparisonReader(const RuleFiles& files, const PatternCompiler& patterns);
  ~ComparisonReader();
  ComparisonReader(ComparisonReader&&) noexcept;

  void read(std::string_view text, const Clauses& clauses,
            const std::vector<Mention>& mentions,
            std::vector<HeadToHead>& out) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace grumble::analyzer
