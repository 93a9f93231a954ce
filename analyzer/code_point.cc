#include "analyzer/code_point.h"

#include <utf8proc.h>

#include <array>
#include <cstdint>

namespace grumble::analyzer {
namespace {

uint32_t straightened(char32_t c) {
  switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x201B:
    case 0x2032:
    case 0xB4:
    case 0x60:
    case 0x2BC:
    case 0xFF07:
      return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201F:
    case 0x2033:
    case 0xFF02:
    case 0x300C:
    case 0x300D:
    case 0x300E:
    case 0x300F:
      return '"';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0xFF0D:
    case 0x2212:
      return '-';
    case 0xA0:
    case 0x2002:
    case 0x2003:
    case 0x2009:
    case 0x202F:
    case 0x3000:
      return ' ';
    case 0x2028:
    case 0x2029:
    case 0x85:
      return '\n';
    default:
      return 0;
  }
}

}  // namespace

bool is_invisible(char32_t c) {
  return c == 0xAD || c == 0x34F || c == 0x61C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F && c != 0x200D) ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
         (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF;
}

bool is_latin_mark(char32_t c) { return c >= 0x300 && c <= 0x36F; }

std::u32string fold_one(char32_t c) {
  if (is_invisible(c) || is_latin_mark(c)) return {};
  if (const uint32_t plain = straightened(c)) {
    return {static_cast<char32_t>(plain)};
  }
  std::array<utf8proc_int32_t, 32> buffer{};
  const auto n = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(c), buffer.data(), buffer.size(),
      static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                     UTF8PROC_DECOMPOSE),
      nullptr);
  if (n <= 0 || n > static_cast<utf8proc_ssize_t>(buffer.size())) return {c};
  const bool latin = buffer[0] < 0x250;
  std::u32string parts;
  for (utf8proc_ssize_t i = 0; i < n; ++i) {
    const auto part = static_cast<char32_t>(buffer[i]);
    if (latin && is_latin_mark(part)) continue;
    parts += straightened(part) ? straightened(part) : part;
  }
  if (latin || parts.size() == 1) return parts;
  // Kana with voicing marks, jamo, Cyrillic: back to one composed letter.
  auto size = utf8proc_normalize_utf32(
      reinterpret_cast<utf8proc_int32_t*>(parts.data()),
      static_cast<utf8proc_ssize_t>(parts.size()),
      static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  if (size > 0) parts.resize(static_cast<size_t>(size));
  return parts;
}

char32_t composed(char32_t first, char32_t second) {
  if (second == 0xFF9E) second = 0x3099;
  if (second == 0xFF9F) second = 0x309A;
  const bool kana = second == 0x3099 || second == 0x309A;
  const bool jamo = second >= 0x1161 && second <= 0x11C2;
  if (!kana && !jamo) return 0;
  std::array<utf8proc_int32_t, 2> pair{static_cast<utf8proc_int32_t>(first),
                                       static_cast<utf8proc_int32_t>(second)};
  const auto size = utf8proc_normalize_utf32(
      pair.data(), 2,
      static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  return size == 1 ? static_cast<char32_t>(pair[0]) : 0;
}

}  // namespace grumble::analyzer
