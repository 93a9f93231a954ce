#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/render/terminal.h"

namespace grumble::app {

/// One value of a row. Empty is "no value": blank in a table, null in JSON.
using Cell = std::variant<std::monostate, int64_t, double, bool, std::string,
                          std::vector<std::string>>;

/// The answer to a question: named columns and rows of as many cells. Every
/// command makes one; how it is written is chosen apart from it.
struct Records {
  std::vector<std::string> columns;  ///< snake_case
  std::vector<std::vector<Cell>> rows;
};

enum class Format { table, csv, json, ndjson };

/// Empty when `name` is no format.
std::optional<Format> parse_format(std::string_view name);

/// Writes the records. `table` aligns, cuts to the terminal's width on a tty
/// and makes outside text printable; `csv` is RFC 4180 and, when `csv_safe`,
/// puts `'` before cells that a spreadsheet would run; `json` is one object
/// with `schema_version` and `rows`, `ndjson` one object a line. On a
/// tty CSV shows control characters as `\u{1B}`; JSON never holds them raw.
void write(std::ostream& out, const Records& records, Format format,
           const Terminal& terminal, bool csv_safe = false);

}  // namespace grumble::app
