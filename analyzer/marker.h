#pragma once

#include <array>
#include <string_view>

namespace grumble::analyzer {

/// What a word of clauses.toml does to the clause that it stands in.
enum class MarkerKind {
  negation,
  negation_after,
  not_negation,
  plain,
  contrast,
  question,
  presupposing,
  wish,
  conditional,
  conditional_after,
  resolved,
  unresolved,
  sarcasm,
  prompt,
  hearsay,  ///< stands in stored rule sets; nothing reads it
  object,
  object_after
};

/// The tables of clauses.toml, in the order of MarkerKind.
inline constexpr std::array<std::string_view, 17> kMarkerNames = {
    "negation",     "negation_after",
    "not_negation", "plain",
    "contrast",     "question",
    "presupposing", "wish",
    "conditional",  "conditional_after",
    "resolved",     "unresolved",
    "sarcasm",      "prompt",
    "hearsay",      "object",
    "object_after"};

}  // namespace grumble::analyzer
