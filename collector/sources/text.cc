#include "collector/sources/text.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace grumble::collector {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

unsigned char byte_at(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// Length of the valid sequence at `at`; 0 when there is none.
size_t sequence_at(std::string_view text, size_t at) {
  const unsigned char lead = byte_at(text, at);
  if (lead < 0x80) return 1;
  size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    const unsigned char next = byte_at(text, at + i);
    if (next < low || next > high) return 0;
    low = 0x80;
    high = 0xBF;
  }
  return length;
}

void append_utf8(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6>
    kReferences{{{"amp", "&"},
                 {"lt", "<"},
                 {"gt", ">"},
                 {"quot", "\""},
                 {"apos", "'"},
                 {"nbsp", "\xC2\xA0"}}};

/// Appends what the reference names (`amp`, `#39`, `#x27`) and says whether it
/// names anything.
bool append_reference(std::string& out, std::string_view name) {
  for (const auto& [known, value] : kReferences) {
    if (known == name) {
      out += value;
      return true;
    }
  }
  if (name.size() < 2 || name[0] != '#') return false;
  name.remove_prefix(1);
  const bool hexadecimal = name[0] == 'x' || name[0] == 'X';
  if (hexadecimal) name.remove_prefix(1);
  uint32_t point = 0;
  const char* end = name.data() + name.size();
  const auto [rest, error] =
      std::from_chars(name.data(), end, point, hexadecimal ? 16 : 10);
  if (error != std::errc() || rest != end) return false;
  if (point == 0 || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
    return false;
  }
  append_utf8(out, point);
  return true;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kUnreserved.find(c) != kUnreserved.npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

/// The four hexadecimal digits of an escape at `at`; -1 when they are not.
int escape_at(std::string_view text, size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') {
    return -1;
  }
  unsigned unit = 0;
  const char* first = text.data() + at + 2;
  const auto [end, error] = std::from_chars(first, first + 4, unit, 16);
  return error == std::errc() && end == first + 4 ? static_cast<int>(unit) : -1;
}

bool is_high(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

/// The parser refuses a document for one half of a surrogate pair.
void replace_lone_surrogates(std::string& text) {
  size_t at = 0;
  while ((at = text.find('\\', at)) != text.npos) {
    const int unit = escape_at(text, at);
    if (is_high(unit) && is_low(escape_at(text, at + 6))) {
      at += 12;
    } else if (is_high(unit) || is_low(unit)) {
      text.replace(at + 2, 4, "FFFD");
      at += 6;
    } else {
      at += 2;
    }
  }
}

}  // namespace

std::string valid_utf8(std::string_view bytes) {
  // Room behind the text spares the parser a copy.
  constexpr size_t kRoom = 64;
  std::string out;
  out.reserve(bytes.size() + kRoom);
  size_t done = 0;
  size_t at = 0;
  while (at < bytes.size()) {
    if (const size_t length = sequence_at(bytes, at)) {
      at += length;
      continue;
    }
    out += bytes.substr(done, at - done);
    out += kReplacement;
    done = ++at;
  }
  out += bytes.substr(done);
  return out;
}

std::string fit_json(std::string_view bytes) {
  if (bytes.substr(0, 3) == "\xEF\xBB\xBF") bytes.remove_prefix(3);
  std::string text = valid_utf8(bytes);
  replace_lone_surrogates(text);
  return text;
}

std::string without_nul(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at <= text.size();) {
    const size_t nul = text.find('\0', at);
    out += text.substr(at, nul - at);
    if (nul == text.npos) break;
    out += "\xE2\x90\x80";
    at = nul + 1;
  }
  return out;
}

std::string unescape_html(std::string_view text) {
  constexpr size_t kLongestName = 8;
  std::string out;
  out.reserve(text.size());
  size_t at = 0;
  while (at < text.size()) {
    const size_t amp = text.find('&', at);
    out += text.substr(at, amp - at);
    if (amp == text.npos) break;
    const size_t end = text.substr(0, amp + 2 + kLongestName).find(';', amp);
    const bool known =
        end != text.npos &&
        append_reference(out, text.substr(amp + 1, end - amp - 1));
    if (!known) out += '&';
    at = known ? end + 1 : amp + 1;
  }
  return out;
}

std::string text_of_html(std::string_view html) {
  std::string out;
  size_t at = 0;
  while (at < html.size()) {
    const size_t open = html.find('<', at);
    out += html.substr(at, open - at);
    if (open == html.npos) break;
    const size_t close = html.find('>', open);
    if (close == html.npos) {
      out += html.substr(open);
      break;
    }
    if (html.substr(open, 3) == "<br" || html.substr(open, 3) == "<BR") {
      out += '\n';
    }
    at = close + 1;
  }
  return unescape_html(out);
}

bool looks_like_html(std::string_view text) {
  for (const std::string_view sign : {"<br", "<a href=", "<b>", "<i>", "&#39;",
                                      "&quot;", "&amp;", "&lt;", "&gt;"}) {
    if (text.find(sign) != text.npos) return true;
  }
  return false;
}

std::string quoted_json(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::optional<int64_t> x_id(std::string_view id) {
  if (id.empty() || id.size() > 19 || id[0] == '0') return std::nullopt;
  int64_t number = 0;
  const char* end = id.data() + id.size();
  const auto [rest, error] = std::from_chars(id.data(), end, number);
  if (error != std::errc() || rest != end || number <= 0) return std::nullopt;
  return number;
}

bool is_youtube_id(std::string_view id) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !id.empty() && id.size() <= 128 &&
         id.find_first_not_of(kLetters) == id.npos;
}

std::string url_with(
    std::string_view base,
    const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string url(base);
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    url += separator + percent_encoded(name) + '=' + percent_encoded(value);
    separator = '&';
  }
  return url;
}

}  // namespace grumble::collector
