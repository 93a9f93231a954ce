#include "analyzer/normalize.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "analyzer/code_point.h"

namespace grumble::analyzer {
namespace {

constexpr char32_t kTableSize = 0x20000;
constexpr uint32_t kKeep = 0;
constexpr uint32_t kDrop = 0xFFFFFFFF;
constexpr uint32_t kExpand = 0x80000000;
constexpr char32_t kFirstHan = 0x4E00;
constexpr char32_t kBehindHan = 0xA000;

bool needs_table(char32_t c) {
  return c < 0x3400 || (c >= 0xF900 && c < 0x10000) ||
         (c >= 0x1D400 && c < 0x1D800) || (c >= 0x1F100 && c < 0x1F200);
}

bool is_emoji(char32_t c) {
  return c >= 0x1F000 || (c >= 0x2600 && c < 0x2800);
}

size_t encode(char32_t c, char* out) {
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    out[0] = static_cast<char>(0xC0 | (c >> 6));
    out[1] = static_cast<char>(0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xE0 | (c >> 12));
    out[1] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out[2] = static_cast<char>(0x80 | (c & 0x3F));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | (c >> 18));
  out[1] = static_cast<char>(0x80 | ((c >> 12) & 0x3F));
  out[2] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
  out[3] = static_cast<char>(0x80 | (c & 0x3F));
  return 4;
}

/// Where the ASCII that begins at `at` ends.
size_t ascii_end(std::string_view text, size_t at) {
  constexpr uint64_t kHigh = 0x8080808080808080;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, 8);
    if (eight & kHigh) break;
  }
  while (at < text.size() && static_cast<signed char>(text[at]) >= 0) ++at;
  return at;
}

void fold_ascii(std::string_view text, char* to) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    const uint8_t upper = static_cast<uint8_t>(c - 'A') < 26;
    const auto lower = static_cast<uint8_t>(c | (upper << 5));
    to[i] = static_cast<char>(lower == '`' ? '\'' : lower);
  }
}

}  // namespace

size_t decode_utf8(std::string_view text, size_t at, char32_t& code_point) {
  const auto byte = [&](size_t i) {
    return static_cast<unsigned char>(text[at + i]);
  };
  const size_t left = text.size() - at;
  if (left == 0) return 0;
  const unsigned char lead = byte(0);
  if (lead < 0x80) {
    code_point = lead;
    return 1;
  }
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || left < size) return 0;
  char32_t value = lead & (0xFF >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    value = (value << 6) | (byte(i) & 0x3F);
  }
  if ((size == 3 && (value < 0x800 || (value >= 0xD800 && value < 0xE000))) ||
      (size == 4 && (value < 0x10000 || value > 0x10FFFF))) {
    return 0;
  }
  code_point = value;
  return size;
}

void append_utf8(std::string& out, char32_t code_point) {
  std::array<char, 4> bytes{};
  out.append(bytes.data(), encode(code_point, bytes.data()));
}

size_t Folded::original_begin(size_t offset) const {
  auto after = std::upper_bound(
      edits_.begin(), edits_.end(), offset,
      [](size_t value, const Edit& edit) { return value < edit.folded; });
  if (after == edits_.begin()) return offset;
  const Edit& edit = *(after - 1);
  return edit.atomic ? edit.original : edit.original + (offset - edit.folded);
}

size_t Folded::original_end(size_t offset) const {
  auto after = std::lower_bound(
      edits_.begin(), edits_.end(), offset,
      [](const Edit& edit, size_t value) { return edit.folded < value; });
  if (after == edits_.begin()) return offset;
  const Edit& edit = *(after - 1);
  if (!edit.atomic) return edit.original + (offset - edit.folded);
  return after == edits_.end() ? original_size_ : after->original;
}

void Folded::end_line() {
  mark(original_size_, true);
  put("\n");
}

void Folded::put(std::string_view piece) {
  if (size_ + piece.size() > text_.size()) {
    text_.resize(2 * text_.size() + piece.size() + 64);
  }
  std::memcpy(text_.data() + size_, piece.data(), piece.size());
  size_ += piece.size();
}

void Folded::mark(size_t original, bool atomic) {
  // A dropped character ends one run and starts the next at the same place:
  // the first mark stays for ends, the last one serves begins.
  if (!edits_.empty() && edits_.back().folded == size_ &&
      edits_.back().atomic && atomic) {
    return;
  }
  edits_.push_back({size_, original, atomic});
}

Normalizer::Normalizer(std::string_view han_pairs) : table_(kTableSize, kKeep) {
  for (char32_t c = 0x80; c < kTableSize; ++c) {
    if (!needs_table(c) || (c >= 0xD800 && c < 0xE000)) continue;
    const std::u32string folded = fold_one(c);
    if (folded.empty()) {
      table_[c] = kDrop;
    } else if (folded.size() > 1) {
      std::string bytes;
      for (char32_t part : folded) append_utf8(bytes, part);
      table_[c] = kExpand | static_cast<uint32_t>(expansions_.size());
      expansions_.push_back(std::move(bytes));
    } else if (folded[0] != c) {
      table_[c] = folded[0];
    }
  }
  for (size_t at = 0; at < han_pairs.size();) {
    char32_t from = 0;
    char32_t to = 0;
    const size_t first = decode_utf8(han_pairs, at, from);
    const size_t second = first ? decode_utf8(han_pairs, at + first, to) : 0;
    if (second == 0) break;
    if (from < kTableSize) table_[from] = to;
    at += first + second;
  }
  for (char32_t c = kFirstHan; c < kBehindHan; ++c) {
    kept_han_.push_back(table_[c] == kKeep);
  }
}

void Normalizer::add_vocabulary(std::string_view pattern) {
  size_t begin = 0;
  for (size_t i = 0; i <= pattern.size(); ++i) {
    if (i < pattern.size() && pattern[i] >= 'a' && pattern[i] <= 'z') continue;
    if (i - begin >= 2) vocabulary_.emplace(pattern.substr(begin, i - begin));
    begin = i + 1;
  }
}

/// The bytes of the Han characters from `at` on that stay as they are.
size_t Normalizer::kept_han(std::string_view text, size_t at) const {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  const size_t begin = at;
  for (; at + 3 <= text.size(); at += 3) {
    // All of kFirstHan to kBehindHan is three bytes long.
    if ((bytes[at + 1] & 0xC0) != 0x80 || (bytes[at + 2] & 0xC0) != 0x80) break;
    const char32_t c = (char32_t{bytes[at]} << 12) +
                       (char32_t{bytes[at + 1]} << 6) + bytes[at + 2] - 0xE2080;
    if (c - kFirstHan >= kBehindHan - kFirstHan || !kept_han_[c - kFirstHan]) {
      break;
    }
  }
  return at - begin;
}

size_t Normalizer::fold_wide(std::string_view text, size_t at,
                             Folded& out) const {
  char32_t c = 0;
  size_t size = decode_utf8(text, at, c);
  if (size == 0) {
    out.put(" ");
    return 1;
  }
  if (c == 0x200D) {  // joins emoji; anywhere else it hides in a word
    char32_t next = 0;
    decode_utf8(text, at + size, next);
    if (is_emoji(next)) {
      out.put(text.substr(at, size));
    } else {
      out.mark(at, true);
      out.mark(at + size, false);
    }
    return size;
  }
  const uint32_t entry = c < kTableSize ? table_[c] : kKeep;
  // Kana and jamo look ahead, since a mark may follow as its own character.
  if ((c >= 0x3040 && c < 0x3100) || (c >= 0x1100 && c < 0x1200) ||
      (c >= 0xFF66 && c < 0xFFA0) || (c >= 0xAC00 && c < 0xD7A4)) {
    char32_t base = entry == kKeep ? c : static_cast<char32_t>(entry);
    char32_t next = 0;
    size_t total = size;
    while (base < kTableSize) {
      const size_t more = decode_utf8(text, at + total, next);
      const char32_t joined = more ? composed(base, next) : 0;
      if (joined == 0) break;
      base = joined;
      total += more;
    }
    if (total > size) {
      std::array<char, 4> bytes{};
      out.mark(at, true);
      out.put({bytes.data(), encode(base, bytes.data())});
      out.mark(at + total, false);
      return total;
    }
  }
  if (entry == kKeep) {
    out.put(text.substr(at, size));
    return size;
  }
  if (entry == kDrop) {
    out.mark(at, true);
    out.mark(at + size, false);
    return size;
  }
  std::array<char, 4> bytes{};
  std::string_view piece;
  if (entry & kExpand) {
    piece = expansions_[entry & ~kExpand];
  } else {
    piece = {bytes.data(), encode(entry, bytes.data())};
  }
  if (piece.size() == size && !(entry & kExpand)) {
    out.put(piece);
    return size;
  }
  out.mark(at, true);
  out.put(piece);
  out.mark(at + size, false);
  return size;
}

void Normalizer::fold(std::string_view text, Folded& out) const {
  out.size_ = 0;
  out.edits_.clear();
  out.original_size_ = text.size();
  if (out.text_.size() < text.size() + 16) out.text_.resize(text.size() + 64);
  size_t at = 0;
  while (at < text.size()) {
    if (const size_t end = ascii_end(text, at); end > at) {
      if (out.size_ + (end - at) > out.text_.size()) {
        out.text_.resize(2 * out.text_.size() + (end - at));
      }
      fold_ascii(text.substr(at, end - at), out.text_.data() + out.size_);
      out.size_ += end - at;
      at = end;
    }
    while (at < text.size() && static_cast<signed char>(text[at]) < 0) {
      if (const size_t han = kept_han(text, at); han > 0) {
        out.put(text.substr(at, han));
        at += han;
      } else {
        at += fold_wide(text, at, out);
      }
    }
  }
  if (!vocabulary_.empty()) respell(out);
}

std::string Normalizer::fold(std::string_view text) const {
  Folded folded;
  fold(text, folded);
  return std::string(folded.text());
}

}  // namespace grumble::analyzer
