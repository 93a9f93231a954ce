#include "simulator/text.h"

#include <algorithm>
#include <array>

namespace grumble::simulator {
namespace {

bool within(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

bool is_cjk(char32_t c) {
  return (within(c, 0x3040, 0x30FF) && c != 0x30FB) ||
         within(c, 0x31F0, 0x31FF) || within(c, 0x3400, 0x4DBF) ||
         within(c, 0x4E00, 0x9FFF) || within(c, 0xAC00, 0xD7AF) ||
         within(c, 0xF900, 0xFAFF) || within(c, 0xFF66, 0xFF9F) ||
         within(c, 0x20000, 0x3FFFF);
}

bool is_emoji(char32_t c) {
  return within(c, 0x1F000, 0x1FAFF) || within(c, 0x2600, 0x27BF);
}

/// Invisible or combining: part of no word, and breaks none.
bool is_ignored(char32_t c) {
  return within(c, 0x0300, 0x036F) || within(c, 0x200B, 0x200F) ||
         within(c, 0x2060, 0x2064) || within(c, 0xFE00, 0xFE0F) || c == 0xFEFF;
}

bool is_word(char32_t c) {
  if (c < 0x80) {
    return within(c, '0', '9') || within(c, 'A', 'Z') || within(c, 'a', 'z') ||
           c == '_';
  }
  if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA;
  if (c == 0xD7 || c == 0xF7 || is_emoji(c) || is_ignored(c)) return false;
  const bool punctuation =
      within(c, 0x2000, 0x206F) || within(c, 0x20A0, 0x20CF) ||
      within(c, 0x2100, 0x2BFF) || within(c, 0x3000, 0x303F) || c == 0x30FB ||
      within(c, 0xE000, 0xF8FF) || within(c, 0xFE10, 0xFE6F) ||
      within(c, 0xFF00, 0xFF0F) || within(c, 0xFF1A, 0xFF20) ||
      within(c, 0xFF3B, 0xFF40) || within(c, 0xFF5B, 0xFF65) ||
      within(c, 0xFFE0, 0xFFFF) || c >= 0xE0000;
  return !punctuation;
}

/// Lower case without diacritics, for the alphabets the world is written in.
char32_t fold(char32_t c) {
  if (within(c, 0xFF10, 0xFF5A)) c -= 0xFEE0;  // full width to ASCII
  if (within(c, 'A', 'Z')) return c + 32;
  if (within(c, 0xC0, 0xFF)) {
    static constexpr std::string_view kLatin =
        "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo/ouuuuyty";
    return static_cast<char32_t>(kLatin[c - 0xC0]);
  }
  if (within(c, 0x100, 0x17F)) {
    static constexpr std::string_view kExtended =
        "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiijjjjkkkllllllllllnn"
        "nnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
    return static_cast<char32_t>(kExtended[c - 0x100]);
  }
  if (within(c, 0x391, 0x3A9) || within(c, 0x410, 0x42F)) return c + 32;
  return c;
}

bool is_url_end_trim(char32_t c) {
  return c < 0x80 &&
         std::string_view(".,!?;:)'\"]}*").find(static_cast<char>(c)) !=
             std::string_view::npos;
}

bool starts_with(std::u32string_view text, size_t at,
                 std::u32string_view what) {
  return text.substr(at, what.size()) == what;
}

size_t url_end(std::u32string_view text, size_t at) {
  const bool scheme =
      starts_with(text, at, U"https://") || starts_with(text, at, U"http://");
  if (!scheme) return at;
  size_t end = at;
  while (end < text.size() && within(text[end], 0x21, 0x7E) &&
         text[end] != '<' && text[end] != '>' && text[end] != '"') {
    ++end;
  }
  while (end > at && is_url_end_trim(text[end - 1])) --end;
  return end;
}

size_t run_end(std::u32string_view text, size_t at, auto accepted) {
  while (at < text.size() && accepted(text[at])) ++at;
  return at;
}

bool is_ascii_word(char32_t c) { return c < 0x80 && is_word(c); }

/// The tagged word that starts with the sign at `at`, or an empty entity.
Entity tagged(std::u32string_view text, size_t at) {
  const char32_t sign = text[at];
  const char32_t before = at == 0 ? U' ' : text[at - 1];
  Entity entity;
  entity.begin = at;
  if (is_ascii_word(before) || before == '@' || before == '&') return entity;
  if (sign == '#' || sign == 0xFF03) {
    entity.kind = EntityKind::hashtag;
    entity.end = run_end(text, at + 1, is_word);
    const auto tag = text.substr(at + 1, entity.end - at - 1);
    const bool number = std::all_of(
        tag.begin(), tag.end(), [](char32_t c) { return within(c, '0', '9'); });
    if (number) entity.end = 0;
  } else if (sign == '@') {
    entity.kind = EntityKind::mention;
    entity.end = run_end(text, at + 1, is_ascii_word);
    if (entity.end - at < 2 || entity.end - at > 16) entity.end = 0;
  } else {
    entity.kind = EntityKind::cashtag;
    entity.end = run_end(text, at + 1, [](char32_t c) {
      return within(c, 'A', 'Z') || within(c, 'a', 'z');
    });
    const bool wrong_end =
        entity.end < text.size() && is_word(text[entity.end]);
    if (entity.end - at < 2 || entity.end - at > 7 || wrong_end) entity.end = 0;
  }
  if (entity.end != 0) {
    entity.value = to_utf8(text.substr(at + 1, entity.end - at - 1));
  }
  return entity;
}

std::string escape(std::string_view text, bool quotes) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"' && quotes) {
      out += "&quot;";
    } else if (c == '\'' && quotes) {
      out += "&#39;";
    } else {
      out += c;
    }
  }
  return out;
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

uint64_t mix(uint64_t value) {
  value += 0x9E3779B97F4A7C15;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

}  // namespace

std::u32string to_code_points(std::string_view utf8) {
  std::u32string out;
  out.reserve(utf8.size());
  for (size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const size_t length = lead < 0x80   ? 1
                          : lead < 0xE0 ? 2
                          : lead < 0xF0 ? 3
                                        : 4;
    char32_t c = length == 1 ? lead : lead & (0x7FU >> length);
    for (size_t k = 1; k < length && i + k < utf8.size(); ++k) {
      c = (c << 6) | (static_cast<unsigned char>(utf8[i + k]) & 0x3FU);
    }
    out += c;
    i += length;
  }
  return out;
}

std::string to_utf8(std::u32string_view code_points) {
  std::string out;
  out.reserve(code_points.size());
  for (const char32_t c : code_points) {
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xC0 | (c >> 6));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      out += static_cast<char>(0xE0 | (c >> 12));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | (c >> 18));
      out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  return out;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::string fold_words(std::u32string_view text) {
  std::u32string out(1, kWordBreak);
  for (const char32_t c : text) {
    if (is_ignored(c)) continue;
    const bool open = out.back() != static_cast<char32_t>(kWordBreak);
    if (is_cjk(c) || is_emoji(c)) {
      if (open) out += kWordBreak;
      out += c;
      out += kWordBreak;
    } else if (is_word(c)) {
      out += fold(c);
    } else if (open) {
      out += kWordBreak;
    }
  }
  if (out.back() != static_cast<char32_t>(kWordBreak)) out += kWordBreak;
  return to_utf8(out);
}

std::vector<Entity> find_entities(std::u32string_view text) {
  std::vector<Entity> entities;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = text[at];
    if (c == 'h') {
      const size_t end = url_end(text, at);
      if (end > at + 8) {
        entities.push_back(
            {EntityKind::url, at, end, to_utf8(text.substr(at, end - at))});
        at = end;
        continue;
      }
    } else if (c == '#' || c == 0xFF03 || c == '@' || c == '$') {
      Entity entity = tagged(text, at);
      if (entity.end > at) {
        at = entity.end;
        entities.push_back(std::move(entity));
        continue;
      }
    }
    ++at;
  }
  return entities;
}

size_t weighted_length(std::u32string_view text,
                       const std::vector<Entity>& entities) {
  constexpr size_t kUrlLength = 23;
  size_t total = 0;
  auto entity = entities.begin();
  for (size_t at = 0; at < text.size();) {
    while (entity != entities.end() &&
           (entity->begin < at || entity->kind != EntityKind::url)) {
      ++entity;
    }
    if (entity != entities.end() && entity->begin == at) {
      total += kUrlLength;
      at = entity->end;
      continue;
    }
    const char32_t c = text[at++];
    const bool light = c <= 0x10FF || within(c, 0x2000, 0x200D) ||
                       within(c, 0x2010, 0x201F) || within(c, 0x2032, 0x2037);
    total += light ? 1 : 2;
  }
  return total;
}

std::string escape_markup(std::string_view text) { return escape(text, false); }

std::string escape_html(std::string_view text) { return escape(text, true); }

uint64_t stable_hash(std::string_view text) {
  uint64_t value = 0xCBF29CE484222325;
  for (const char c : text) {
    value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  }
  return mix(value);
}

std::string derived_name(uint64_t seed, size_t length) {
  std::string out;
  for (size_t i = 0; i < length; ++i) {
    if (i % 10 == 0) seed = mix(seed);
    out += kBase64[(seed >> (6 * (i % 10))) & 0x3F];
  }
  return out;
}

std::string base64url(std::string_view bytes) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out += kBase64[(bits >> count) & 0x3F];
    }
  }
  if (count > 0) out += kBase64[(bits << (6 - count)) & 0x3F];
  return out;
}

std::string from_base64url(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t value = kBase64.find(c);
    if (value == kBase64.npos) return {};
    bits = (bits << 6) | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xFF);
    }
  }
  return out;
}

}  // namespace grumble::simulator
