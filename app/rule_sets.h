#pragma once

#include <filesystem>
#include <string>

#include "analyzer/analyzer.h"

// Rule sets as the database keeps them: all files as one text.
namespace grumble::app {

/// The rule files of a directory, in the order of their names, each after a
/// line with its name and before an empty one.
std::string rule_text(const std::filesystem::path& rules);

/// The rule set of such a text. Throws std::runtime_error (analyzer::RuleError
/// for one of them) when this program cannot read by it, or when it is not the
/// one with this version.
analyzer::Analyzer load_rule_text(const std::string& text,
                                  const std::string& version,
                                  analyzer::Footprint footprint);

/// The part of a version that a person needs.
std::string short_version(const std::string& version);

}  // namespace grumble::app
