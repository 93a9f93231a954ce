#include "app/render/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <ostream>

#include "app/json.h"

namespace grumble::app {
namespace {

namespace json = boost::json;

constexpr int kSchemaVersion = 1;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

std::string plain(const Cell& cell) {
  return std::visit(
      Overloaded{
          [](std::monostate) { return std::string(); },
          [](int64_t value) { return std::to_string(value); },
          [](double value) { return fmt::format("{:.4g}", value); },
          [](bool value) { return std::string(value ? "true" : "false"); },
          [](const std::string& value) { return value; },
          [](const std::vector<std::string>& values) {
            return fmt::format("{}", fmt::join(values, " "));
          }},
      cell);
}

bool numeric(const Cell& cell) {
  return std::holds_alternative<int64_t>(cell) ||
         std::holds_alternative<double>(cell);
}

json::value to_json(const Cell& cell) {
  return std::visit(
      Overloaded{[](std::monostate) { return json::value(nullptr); },
                 [](const std::vector<std::string>& values) {
                   return json::value_from(values);
                 },
                 [](const auto& value) { return json::value(value); }},
      cell);
}

json::object to_json(const Records& records, const std::vector<Cell>& row) {
  json::object object;
  for (size_t i = 0; i < records.columns.size(); ++i) {
    object[records.columns[i]] = to_json(row[i]);
  }
  return object;
}

/// A spreadsheet takes a cell that starts like this for a formula.
bool formula(std::string_view text) {
  constexpr std::array<std::string_view, 10> kStarts = {
      "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "＠"};
  return std::any_of(
      kStarts.begin(), kStarts.end(),
      [&](std::string_view start) { return text.starts_with(start); });
}

std::string csv_field(const Cell& cell, bool safe, bool tty) {
  std::string text = plain(cell);
  if (tty) text = printable(text, true);
  if (safe && !numeric(cell) && formula(text)) text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

void write_csv(std::ostream& out, const Records& records, bool safe, bool tty) {
  const auto line = [&](const auto& fields, const auto& to_text) {
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) out << ',';
      out << to_text(fields[i]);
    }
    out << "\r\n";
  };
  line(records.columns, [](const std::string& name) { return name; });
  for (const auto& row : records.rows) {
    line(row, [&](const Cell& cell) { return csv_field(cell, safe, tty); });
  }
}

std::string pad(const std::string& text, size_t width, bool right) {
  const size_t own = display_width(text);
  const std::string space(width > own ? width - own : 0, ' ');
  return right ? space + text : text + space;
}

/// Takes width off the widest columns until the row fits.
void squeeze(std::vector<size_t>& widths, size_t total) {
  constexpr size_t kNarrowest = 8;
  size_t sum = 2 * (widths.size() - 1);
  for (const size_t width : widths) sum += width;
  while (sum > total) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowest) break;
    --*widest;
    --sum;
  }
}

void write_table(std::ostream& out, const Records& records,
                 const Terminal& terminal) {
  const size_t count = records.columns.size();
  if (count == 0) return;
  std::vector<size_t> widths;
  std::vector<bool> right(count, !records.rows.empty());
  for (const auto& name : records.columns) widths.push_back(name.size());
  std::vector<std::vector<std::string>> texts;
  for (const auto& row : records.rows) {
    auto& line = texts.emplace_back();
    for (size_t i = 0; i < count; ++i) {
      line.push_back(printable(plain(row[i])));
      widths[i] = std::max(widths[i], display_width(line.back()));
      if (!numeric(row[i]) && row[i].index() != 0) right[i] = false;
    }
  }
  if (terminal.tty) squeeze(widths, terminal.width);
  const auto write_line = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t i = 0; i < count; ++i) {
      if (i > 0) line += "  ";
      line += pad(fit(cells[i], widths[i]), widths[i], right[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  if (terminal.color) out << "\x1b[1m";
  write_line(records.columns);
  if (terminal.color) out << "\x1b[0m";
  for (const auto& line : texts) write_line(line);
}

}  // namespace

std::optional<Format> parse_format(std::string_view name) {
  if (name == "table") return Format::table;
  if (name == "csv") return Format::csv;
  if (name == "json") return Format::json;
  if (name == "ndjson") return Format::ndjson;
  return std::nullopt;
}

void write(std::ostream& out, const Records& records, Format format,
           const Terminal& terminal, bool csv_safe) {
  switch (format) {
    case Format::table:
      write_table(out, records, terminal);
      break;
    case Format::csv:
      write_csv(out, records, csv_safe, terminal.tty);
      break;
    case Format::json: {
      json::array rows;
      for (const auto& row : records.rows) {
        rows.push_back(to_json(records, row));
      }
      const json::object whole{{"schema_version", kSchemaVersion},
                               {"rows", std::move(rows)}};
      out << json_text(whole) << '\n';
      break;
    }
    case Format::ndjson:
      for (const auto& row : records.rows) {
        out << json_text(to_json(records, row)) << '\n';
      }
      break;
  }
}

}  // namespace grumble::app
