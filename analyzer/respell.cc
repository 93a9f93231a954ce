// Puts stretched and disguised words back: what Normalizer does last.

#include <algorithm>
#include <cstdint>
#include <string>

#include "analyzer/normalize.h"

namespace grumble::analyzer {
namespace {

constexpr size_t kMaxStretchedWord = 48;

bool is_letter(char c) { return (c >= 'a' && c <= 'z'); }

bool is_leet(char c) {
  return c == '0' || c == '1' || c == '3' || c == '4' || c == '5' || c == '7' ||
         c == '@' || c == '$';
}

bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

/// True when the text has a letter three times in a row, or a digit between
/// letters. Written without branches and in bytes, so that it runs many bytes
/// at a time.
bool looks_respelled(std::string_view text) {
  if (text.size() < 3) return false;
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  uint8_t found = 0;
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    const uint8_t a = bytes[i];
    const uint8_t b = bytes[i + 1];
    const uint8_t c = bytes[i + 2];
    const uint8_t a_letter = static_cast<uint8_t>(a - 'a') < 26;
    const uint8_t b_letter = static_cast<uint8_t>(b - 'a') < 26;
    const uint8_t c_letter = static_cast<uint8_t>(c - 'a') < 26;
    const uint8_t b_sign =
        (static_cast<uint8_t>(b - '0') < 8) | (b == '@') | (b == '$');
    const uint8_t stretched = (a == b) & (b == c) & a_letter;
    found |= static_cast<uint8_t>(stretched | (a_letter & b_sign & c_letter) |
                                  ((a == '0') & b_letter & c_letter));
  }
  return found != 0;
}

/// The end of the word that begins at `at`; `at` when none does.
size_t word_end(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() &&
         (is_word(text[end]) || (end > at && is_leet(text[end])))) {
    ++end;
  }
  return end;
}

}  // namespace

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

bool Normalizer::any_respelled(std::string_view text) const {
  std::string word;
  for (size_t at = 0; at < text.size();) {
    const size_t end = word_end(text, at);
    if (end > at && respelled(text.substr(at, end - at), word)) return true;
    at = std::max(end, at + 1);
  }
  return false;
}

void Normalizer::respell(Folded& out) const {
  if (!looks_respelled(out.text()) || !any_respelled(out.text())) return;
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
    size_t end = word_end(before, at);
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
