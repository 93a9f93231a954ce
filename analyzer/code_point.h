#pragma once

#include <string>

namespace grumble::analyzer {

/// Characters that show nothing, and that people put into words unseen. The
/// joiner of emoji (U+200D) is handled where its neighbours are known.
bool is_invisible(char32_t c);

/// A mark over or under a Latin letter.
bool is_latin_mark(char32_t c);

/// The folded form of one code point that needs no neighbours.
std::u32string fold_one(char32_t c);

/// Composes `first` with a following voicing mark or jamo; 0 when they do not.
char32_t composed(char32_t first, char32_t second);

}  // namespace grumble::analyzer
