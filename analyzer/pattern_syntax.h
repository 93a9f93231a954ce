#pragma once

#include <string_view>

#include "analyzer/syntax.h"

namespace grumble::analyzer {

/// What a pattern is to an automaton.
enum class Fit {
  fits,
  empty,   ///< it is content with no byte
  others,  ///< it holds what is not read here, or could keep a scan from every
           ///< start from being linear in the text (a loop that starts anew at
           ///< each of its own bytes): left to RE2
};

/// Reads the part of RE2's syntax that rules are made of: literals, sets,
/// `. ^ $ \b \B \d \w \s`, groups, `|`, `? * +` and small counts. `root` is
/// what could be read, also where it does not fit; else it is empty.
Fit read_syntax(std::string_view pattern, Syntax& syntax, Syntax::Node& root);

}  // namespace grumble::analyzer
