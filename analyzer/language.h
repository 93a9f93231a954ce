#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace grumble::analyzer {

/// The language of a folded text by script and common words: "en", "zh", "ja",
/// "ko", "es", "pt", "fr", "de", "ru", ..., or "und" when nothing tells.
std::string_view detect_language(std::string_view folded);

/// Whether `lang` ("zh", "zh-Hans") is one of `langs`, which are primary
/// subtags. No `langs` mean every language; an empty `lang` is of every list.
bool speaks(const std::vector<std::string>& langs, std::string_view lang);

}  // namespace grumble::analyzer
