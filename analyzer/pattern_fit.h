#pragma once

#include "analyzer/pattern_syntax.h"

namespace grumble::analyzer {

/// Whether an automaton that starts anew at every place can take the pattern
/// `root` in time that is linear in the text.
Fit fit_of(const Syntax& syntax, Syntax::Node root);

/// What a match of the pattern begins with, as far as its first loop: where
/// this does not stand, the pattern does not match. May be the empty pattern.
Syntax::Node beginning_of(Syntax& syntax, Syntax::Node root);

/// A guess at how often the pattern matches, per place of a text; tells "to"
/// from "watermark".
double chance_of(const Syntax& syntax, Syntax::Node root);

}  // namespace grumble::analyzer
