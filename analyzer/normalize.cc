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
constexpr size_t kMaxStretchedWord = 48;

bool is_letter(char c) { return (c >= 'a' && c <= 'z'); }

bool is_leet(char c) {
  return c == '0' || c == '1' || c == '3' || c == '4' || c == '5' || c == '7' ||
         c == '@' || c == '$';
}

bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

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

/// True when the text has a letter three times in a row, or a digit between
/// letters. Written without branches, so that it runs many bytes at a time.
bool looks_respelled(std::string_view text) {
  if (text.size() < 3) return false;
  unsigned found = 0;
  for (size_t i = 2; i < text.size(); ++i) {
    const auto a = static_cast<unsigned char>(text[i - 2]);
    const auto b = static_cast<unsigned char>(text[i - 1]);
    const auto c = static_cast<unsigned char>(text[i]);
    const unsigned a_letter = static_cast<unsigned char>(a - 'a') < 26;
    const unsigned c_letter = static_cast<unsigned char>(c - 'a') < 26;
    const unsigned b_sign =
        (static_cast<unsigned char>(b - '0') < 8) | (b == '@') | (b == '$');
    const unsigned stretched = (a == b) & (b == c) & a_letter;
    found |=
        stretched | (a_letter & b_sign & c_letter) |
        ((a == '0') & (static_cast<unsigned char>(b - 'a') < 26) & c_letter);
  }
  return found != 0;
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
}

void Normalizer::add_vocabulary(std::string_view pattern) {
  size_t begin = 0;
  for (size_t i = 0; i <= pattern.size(); ++i) {
    if (i < pattern.size() && is_letter(pattern[i])) continue;
    if (i - begin >= 2) vocabulary_.emplace(pattern.substr(begin, i - begin));
    begin = i + 1;
  }
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
    size_t end = at;
    while (end < text.size() && static_cast<signed char>(text[end]) >= 0) ++end;
    if (end > at) {
      if (out.size_ + (end - at) > out.text_.size()) {
        out.text_.resize(2 * out.text_.size() + (end - at));
      }
      char* to = out.text_.data() + out.size_;
      for (size_t i = at; i < end; ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const unsigned char upper = static_cast<unsigned char>(c - 'A') < 26;
        const auto lower = static_cast<unsigned char>(c | (upper << 5));
        to[i - at] = static_cast<char>(lower == '`' ? '\'' : lower);
      }
      out.size_ += end - at;
      at = end;
    }
    while (at < text.size() && static_cast<signed char>(text[at]) < 0) {
      at += fold_wide(text, at, out);
    }
  }
  if (!vocabulary_.empty() && looks_respelled(out.text())) respell(out);
}

std::string Normalizer::fold(std::string_view text) const {
  Folded folded;
  fold(text, folded);
  return std::string(folded.text());
}

bool Normalizer::respelled(std::string_view word, std::string& out) const {
  static constexpr std::string_view kSigns = "013457@$";
  static constexpr std::string_view kLetters = "oieastas";
  if (word.size() < 3 || word.size() > kMaxStretchedWord) return false;
  bool unusual = false;  // nearly no word is: asked first
  for (size_t i = 0; i < word.size() && !unusual; ++i) {
    unusual = is_leet(word[i]) ||
              (i > 1 && word[i] == word[i - 1] && word[i] == word[i - 2]);
  }
  if (!unusual || vocabulary_.contains(std::string(word))) return false;
  std::string plain(word);
  size_t letters = 0;
  size_t runs = 0;
  for (char& c : plain) {
    letters += is_letter(c);
    if (const size_t sign = kSigns.find(c); sign != kSigns.npos) {
      c = kLetters[sign];
    }
  }
  if (letters * 2 < plain.size() + 1) return false;
  for (size_t i = 2; i < plain.size(); ++i) {
    runs += plain[i] == plain[i - 1] && plain[i] == plain[i - 2] &&
            (i == 2 || plain[i - 3] != plain[i]);
  }
  if (runs == 0) {
    if (plain == word || plain.size() < 4) return false;
    out = plain;
    return vocabulary_.contains(out);
  }
  // Each stretched letter stands for one or for two: take a known word.
  const size_t choices = size_t{1} << std::min<size_t>(runs, 4);
  for (size_t choice = 0; choice < choices; ++choice) {
    out.clear();
    size_t run = 0;
    for (size_t i = 0; i < plain.size();) {
      size_t end = i;
      while (end < plain.size() && plain[end] == plain[i]) ++end;
      size_t keep = end - i;
      if (keep >= 3) keep = (choice >> std::min<size_t>(run++, 3)) & 1 ? 2 : 1;
      out.append(keep, plain[i]);
      i = end;
    }
    if (vocabulary_.contains(out)) return true;
  }
  return false;
}

void Normalizer::respell(Folded& out) const {
  const std::string before(out.text());
  const std::vector<Folded::Edit> edits = out.edits_;
  Folded source;
  source.edits_ = edits;
  source.original_size_ = out.original_size_;
  out.size_ = 0;
  out.edits_.clear();
  size_t next_edit = 0;
  std::string word;
  for (size_t at = 0; at < before.size();) {
    size_t end = at;
    while (end < before.size() &&
           (is_word(before[end]) || (end > at && is_leet(before[end])))) {
      ++end;
    }
    const bool changed =
        end > at && respelled({before.data() + at, end - at}, word);
    if (end == at) ++end;
    for (; next_edit < edits.size() && edits[next_edit].folded < end;
         ++next_edit) {
      const auto& edit = edits[next_edit];
      if (changed && edit.folded > at) continue;
      out.edits_.push_back(
          {out.size_ + (edit.folded - at), edit.original, edit.atomic});
    }
    if (changed) {
      out.mark(source.original_begin(at), true);
      out.put(word);
      out.edits_.push_back({out.size_, source.original_end(end), false});
    } else {
      out.put({before.data() + at, end - at});
    }
    at = end;
  }
  for (; next_edit < edits.size(); ++next_edit) {
    const auto& edit = edits[next_edit];
    out.edits_.push_back({out.size_, edit.original, edit.atomic});
  }
}

}  // namespace grumble::analyzer
