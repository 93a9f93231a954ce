#pragma once

#include <optional>

#include "analyzer/clause.h"
#include "analyzer/rule_file.h"
#include "domain/finding.h"

namespace grumble::analyzer {

/// How the words around it turn a statement.
struct Statement {
  bool negated = false;
  bool supposed = false;
  bool resolved = false;
};

/// What the clause makes of a rule's polarity; nothing when it is no statement.
std::optional<domain::Polarity> in_clause(const RuleSource& rule,
                                          const Clause& clause, Statement said);

}  // namespace grumble::analyzer
