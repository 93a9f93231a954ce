#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grumble::collector {

/// The text with every invalid sequence replaced by U+FFFD. Emoji, joiners and
/// right-to-left marks are valid and stay.
std::string valid_utf8(std::string_view bytes);

/// JSON from strangers made fit for a parser: byte order mark removed, invalid
/// UTF-8 and lone surrogate escapes replaced by U+FFFD.
std::string fit_json(std::string_view bytes);

/// The text with U+2400, the picture of NUL, in the place of each NUL.
std::string without_nul(std::string_view text);

/// Undoes `&amp;`, `&lt;`, `&gt;`, `&quot;`, `&apos;` and numeric references,
/// once: `&amp;lt;` becomes `&lt;`. What is no reference stays as it is.
std::string unescape_html(std::string_view text);

/// The text a browser would show: tags removed, `<br>` as a line break,
/// references undone.
std::string text_of_html(std::string_view html);

/// Whether a text can only have come from HTML.
bool looks_like_html(std::string_view text);

/// A JSON string literal, quotes included.
std::string quoted_json(std::string_view text);

/// An X id: 1 to 19 digits without leading zero that fit in 63 bits.
std::optional<int64_t> x_id(std::string_view id);

/// 1 to 128 of the characters YouTube writes ids in.
bool is_youtube_id(std::string_view id);

/// `base`?`name`=`value`&..., percent-encoded; empty values are left out.
std::string url_with(
    std::string_view base,
    const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace grumble::collector
