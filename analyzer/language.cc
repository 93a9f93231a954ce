#include "analyzer/language.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "analyzer/normalize.h"

namespace grumble::analyzer {
namespace {

constexpr size_t kEnough = 2000;  // bytes that tell the language of a text

/// Words that one language uses all the time and the others hardly ever, in
/// folded form (no accents).
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kCommon =
    {{{"en",
       " the and is are was you it this that of to for with not my i how but "
       "have just can so what on in be your no its too better than "},
      {"es",
       " el los las una que es por para con muy pero esta este como mas del se "
       "lo y mi sin hace cuando porque todo mejor no un ni al fue hay esto eso "
       "ese nos "},
      {"pt",
       " o os uma que nao com para muito mas esta isso voce do da em um e mais "
       "como meu sem ficou "},
      {"fr",
       " le les une que est pour avec pas mais cette ce des du je et tres plus "
       "sur sans vous c'est "},
      {"de",
       " der die das und ist nicht mit ich ein eine auf fur sehr aber auch zu "
       "wie es den noch "}}};

constexpr size_t kMaxCommon = 8;  // bytes of a common word

/// A word of up to eight bytes as one number.
uint64_t packed(std::string_view word) {
  uint64_t bytes = 0;
  std::memcpy(&bytes, word.data(), std::min(word.size(), kMaxCommon));
  return bytes;
}

/// Which languages use a word, as bits in the order of kCommon.
class CommonWords {
 public:
  CommonWords() {
    for (size_t l = 0; l < kCommon.size(); ++l) {
      const std::string_view words = kCommon[l].second;
      for (size_t at = 1; at < words.size();) {
        const size_t end = words.find(' ', at);
        Entry& entry = entry_of(packed(words.substr(at, end - at)));
        entry.word = packed(words.substr(at, end - at));
        entry.languages |= static_cast<uint8_t>(1U << l);
        at = end + 1;
      }
    }
  }

  uint8_t languages(std::string_view word) const {
    return entry_of(packed(word)).languages;
  }

 private:
  struct Entry {
    uint64_t word = 0;
    uint8_t languages = 0;
  };

  const Entry& entry_of(uint64_t word) const {
    size_t at = (word * 0x9E3779B97F4A7C15ULL) >> 54;
    while (entries_[at].word != word && entries_[at].word != 0) {
      at = (at + 1) % entries_.size();
    }
    return entries_[at];
  }
  Entry& entry_of(uint64_t word) {
    return const_cast<Entry&>(std::as_const(*this).entry_of(word));
  }

  std::array<Entry, 1024> entries_{};
};

std::string_view by_words(std::string_view text) {
  static const CommonWords kWords;
  std::array<size_t, kCommon.size()> counts{};
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() &&
           ((text[end] >= 'a' && text[end] <= 'z') || text[end] == '\'')) {
      ++end;
    }
    if (end > i && end - i <= kMaxCommon) {
      const unsigned languages = kWords.languages(text.substr(i, end - i));
      for (size_t l = 0; l < kCommon.size(); ++l) {
        counts[l] += (languages >> l) & 1;
      }
    }
    i = end + 1;
  }
  const auto best = std::max_element(counts.begin(), counts.end());
  // A short text of names and numbers is most likely written in English.
  return *best == 0 ? "en"
                    : kCommon[static_cast<size_t>(best - counts.begin())].first;
}

}  // namespace

std::string_view detect_language(std::string_view folded) {
  const std::string_view text = folded.substr(0, kEnough);
  size_t latin = 0, han = 0, kana = 0, hangul = 0, cyrillic = 0, other = 0;
  for (size_t at = 0; at < text.size();) {
    if (static_cast<signed char>(text[at]) >= 0) {
      latin += text[at] >= 'a' && text[at] <= 'z';
      ++at;
      continue;
    }
    char32_t c = 0;
    const size_t size = decode_utf8(text, at, c);
    at += size ? size : 1;
    han += c >= 0x3400 && c < 0xA000;
    kana += c >= 0x3040 && c < 0x3100;
    hangul += c >= 0xAC00 && c < 0xD7A4;
    cyrillic += c >= 0x400 && c < 0x530;
    other += c >= 0x530 && c < 0x2000;
  }
  if (hangul > 0 && hangul * 4 >= han + kana) return "ko";
  if (kana > 0 && kana * 6 >= han) return "ja";
  if (han > 0 && han * 6 >= latin) return "zh";
  if (cyrillic > latin) return "ru";
  if (other > latin || latin == 0) return "und";
  return by_words(text);
}

bool speaks(const std::vector<std::string>& langs, std::string_view lang) {
  if (langs.empty() || lang.empty()) return true;
  return std::find(langs.begin(), langs.end(),
                   lang.substr(0, lang.find('-'))) != langs.end();
}

}  // namespace grumble::analyzer
