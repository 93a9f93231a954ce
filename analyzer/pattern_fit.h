#pragma once

#include "analyzer/pattern_syntax.h"

namespace grumble::analyzer {

/// Whether an automaton that starts anew at every place can take the pattern
/// `root` in time that is linear in the text.
Fit fit_of(const SyntaxNode& root);

/// What a match of the pattern begins with, as far as its first loop: where
/// this does not stand, the pattern does not match. May be the empty pattern.
SyntaxNode beginning_of(const SyntaxNode& root);

/// A guess at how often the pattern matches, per place of a text; tells "to"
/// from "watermark".
double chance_of(const SyntaxNode& root);

}  // namespace grumble::analyzer
