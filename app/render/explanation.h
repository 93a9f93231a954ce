#pragma once

#include <string>

#include "analyzer/explanation.h"
#include "app/render/records.h"

namespace grumble::app {

/// How a text was read, step by step, one row a thing seen: the folded text,
/// clauses, small words, names, words of the rules that fired or were stopped,
/// those rules, comparisons, values. `text` is what the offsets point into.
Records explanation_records(const analyzer::Explanation& explanation,
                            const std::string& text);

}  // namespace grumble::app
