#include "app/render/terminal.h"

#include <fmt/format.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace grumble::app {
namespace {

struct CodePoint {
  utf8proc_int32_t value = 0;  ///< negative: no UTF-8 here
  size_t bytes = 1;
};

CodePoint decode(std::string_view text) {
  utf8proc_int32_t value = 0;
  const auto length =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (length <= 0) return {-1, 1};
  return {value, static_cast<size_t>(length)};
}

bool pictographic(utf8proc_int32_t value) {
  return utf8proc_get_property(value)->boundclass ==
         UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/// Characters that a terminal acts on, or that hide what a text says.
bool unsafe(utf8proc_int32_t value) {
  switch (utf8proc_category(value)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      return false;
  }
}

/// Splits a text into grapheme clusters.
class Clusters {
 public:
  explicit Clusters(std::string_view text) : rest_(text) {}

  struct Cluster {
    std::string_view bytes;
    size_t width = 0;
  };

  bool next(Cluster* cluster) {
    if (rest_.empty()) return false;
    utf8proc_int32_t state = 0;
    size_t length = 0;
    size_t width = 0;
    int regional = 0;
    utf8proc_int32_t previous = -1;
    while (length < rest_.size()) {
      const CodePoint point = decode(rest_.substr(length));
      const utf8proc_int32_t value = std::max(point.value, 0);
      if (previous >= 0 &&
          utf8proc_grapheme_break_stateful(previous, value, &state)) {
        break;
      }
      const int own = utf8proc_charwidth(value);
      width = std::max(width, static_cast<size_t>(std::max(own, 0)));
      if (value == 0xFE0F) width = 2;
      if (value >= 0x1F1E6 && value <= 0x1F1FF && ++regional == 2) width = 2;
      length += point.bytes;
      previous = value;
    }
    *cluster = {rest_.substr(0, length), width};
    rest_.remove_prefix(length);
    return true;
  }

 private:
  std::string_view rest_;
};

size_t terminal_width() {
  if (const char* columns = std::getenv("COLUMNS")) {
    size_t value = 0;
    const char* const end = columns + std::strlen(columns);
    if (std::from_chars(columns, end, value).ec == std::errc() && value >= 20) {
      return value;
    }
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) {
    return size.ws_col;
  }
  return 80;
}

}  // namespace

Terminal detect_terminal(ColorChoice choice) {
  Terminal terminal;
  terminal.tty = isatty(STDOUT_FILENO) == 1;
  const char* const term = std::getenv("TERM");
  const char* const no_color = std::getenv("NO_COLOR");
  const bool plain = (no_color != nullptr && *no_color != '\0') ||
                     (term != nullptr && std::string_view(term) == "dumb");
  terminal.color = choice == ColorChoice::always ||
                   (choice == ColorChoice::automatic && terminal.tty && !plain);
  terminal.unicode = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  terminal.width = terminal_width();
  return terminal;
}

std::string printable(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  bool after_emoji = false;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    const std::string_view bytes = text.substr(0, point.bytes);
    text.remove_prefix(point.bytes);
    if (point.value < 0) {
      out += fmt::format("\\x{{{:02X}}}", static_cast<unsigned char>(bytes[0]));
    } else if (point.value == '\n' || point.value == '\t') {
      out += keep_lines ? static_cast<char>(point.value) : ' ';
    } else if (point.value == '\r' && text.starts_with('\n')) {
      continue;
    } else if (point.value == 0x200D && after_emoji) {
      out += bytes;
      continue;
    } else if (unsafe(point.value)) {
      out += fmt::format("\\u{{{:X}}}", static_cast<unsigned>(point.value));
    } else {
      out += bytes;
    }
    const bool modifier = point.value == 0xFE0F ||
                          (point.value >= 0x1F3FB && point.value <= 0x1F3FF);
    after_emoji = point.value >= 0 &&
                  (pictographic(point.value) || (after_emoji && modifier));
  }
  return out;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  Clusters clusters(text);
  for (Clusters::Cluster cluster; clusters.next(&cluster);) {
    width += cluster.width;
  }
  return width;
}

std::string fit(std::string_view text, size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::string out;
  size_t width = 0;
  Clusters clusters(text);
  for (Clusters::Cluster cluster; clusters.next(&cluster);) {
    if (width + cluster.width > columns - 1) break;
    out += cluster.bytes;
    width += cluster.width;
  }
  return out + "…";
}

std::vector<std::string> wrap(std::string_view text, size_t columns) {
  std::vector<std::string> lines;
  std::string line;
  size_t width = 0;
  size_t break_at = std::string::npos;  // byte of `line` after a space
  const auto flush = [&](size_t upto) {
    std::string rest = line.substr(upto);
    line.resize(upto);
    while (!line.empty() && line.back() == ' ') line.pop_back();
    lines.push_back(std::move(line));
    line = std::move(rest);
    width = display_width(line);
    break_at = std::string::npos;
  };
  Clusters clusters(text);
  for (Clusters::Cluster cluster; clusters.next(&cluster);) {
    if (cluster.bytes == "\n" || cluster.bytes == "\r\n") {
      flush(line.size());
      continue;
    }
    if (width + cluster.width > columns && width > 0 && cluster.bytes != " ") {
      flush(break_at == std::string::npos ? line.size() : break_at);
    }
    line += cluster.bytes;
    width += cluster.width;
    if (cluster.bytes == " " || cluster.width == 2) break_at = line.size();
  }
  if (!line.empty() || lines.empty()) flush(line.size());
  return lines;
}

}  // namespace grumble::app
