#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace grumble::app {

/// What the standard output can show. Made once, in `main`.
struct Terminal {
  bool tty = false;
  bool color = false;
  bool unicode = true;  ///< the locale's codeset is UTF-8
  size_t width = 80;    ///< columns; only meaningful on a tty
};

enum class ColorChoice { automatic, always, never };

/// Looks at file descriptor 1, NO_COLOR, TERM, COLUMNS and the locale.
Terminal detect_terminal(ColorChoice choice);

/// Makes outside text safe to print: every control character, bidirectional
/// override and invisible character becomes `\u{1B}`, bytes that are no UTF-8
/// become `\x{FF}`. Joiners inside emoji stay. A line break stays only when
/// `keep_lines`; else it becomes a space.
std::string printable(std::string_view text, bool keep_lines = false);

/// Columns that a printable text takes, by grapheme cluster: wide CJK and
/// emoji are two, combining marks none.
size_t display_width(std::string_view text);

/// The longest prefix that fits, ended with `…` when something was cut.
std::string fit(std::string_view text, size_t columns);

/// Lines of at most `columns`, broken at spaces or between CJK characters.
std::vector<std::string> wrap(std::string_view text, size_t columns);

}  // namespace grumble::app
