#pragma once

#include <string_view>

namespace grumble::analyzer {

/// The language of a folded text by script and common words: "en", "zh", "ja",
/// "ko", "es", "pt", "fr", "de", "ru", ..., or "und" when nothing tells.
std::string_view detect_language(std::string_view folded);

}  // namespace grumble::analyzer
