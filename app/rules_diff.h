#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/evaluation.h"
#include "domain/finding.h"

namespace grumble::app {

/// `turned`: another polarity; `moved`: other words or another rule.
enum class ChangeKind { added, removed, turned, moved };

std::string_view to_string(ChangeKind kind);

/// What became of one finding when the rules changed.
struct Change {
  ChangeKind kind = ChangeKind::added;
  std::optional<domain::Finding> before;
  std::optional<domain::Finding> after;

  /// The finding that names model and category: the one after, or before.
  const domain::Finding& finding() const { return after ? *after : *before; }
};

/// What differs between two analyses of one text. Findings are the same when
/// model, category and polarity are; of several such the first speaks.
std::vector<Change> changes_between(const domain::Analysis& before,
                                    const domain::Analysis& after);

/// Whether a change brings the text nearer to its labels (1), farther from them
/// (-1), or neither.
int worth(const Change& change, const GoldText& gold);

}  // namespace grumble::app
