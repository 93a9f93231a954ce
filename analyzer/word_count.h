#pragma once

#include <string_view>

namespace grumble::analyzer {

/// How many words a folded text holds; two Han or kana count as one, and so
/// does a comma.
double count_words(std::string_view text);

}  // namespace grumble::analyzer
