#include "analyzer/word_count.h"

#include <algorithm>

#include "analyzer/normalize.h"

namespace grumble::analyzer {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_ascii_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' ||
         c == '_';
}

bool is_wide(char32_t c) {
  return (c >= 0x3040 && c < 0x3100) || (c >= 0x3400 && c < 0xA000) ||
         (c >= 0x20000 && c < 0x30000);
}

}  // namespace

double count_words(std::string_view text) {
  double words = 0;
  for (size_t i = 0; i < text.size();) {
    if (is_ascii(text[i])) {
      if (is_ascii_word(text[i])) {
        words += 1;
        while (i < text.size() && is_ascii_word(text[i])) ++i;
        continue;
      }
      if (text[i] == ',') words += 1;
      ++i;
      continue;
    }
    char32_t c = 0;
    const size_t size = std::max<size_t>(1, decode_utf8(text, i, c));
    if (is_wide(c)) {
      words += 0.5;
      i += size;
      continue;
    }
    if (c < 0x2000 || c >= 0xAC00) {  // a word of letters up to a space
      words += 1;
      while (i < text.size() && !is_space(text[i]) && text[i] != ',') ++i;
      continue;
    }
    i += size;
  }
  return words;
}

}  // namespace grumble::analyzer
