#include "analyzer/fingerprint.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "analyzer/normalize.h"

namespace grumble::analyzer {
namespace {

constexpr size_t kMinima = 5;           // that make one value
constexpr size_t kFewestShingles = 12;  // different ones
constexpr size_t kLongestTag = 120;     // bytes between two signs
constexpr uint64_t kCharacter = 1;      // seeds: what a token is
constexpr uint64_t kWord = 2;

/// SplitMix64's last step: every bit of the result hangs on every bit given.
uint64_t mixed(uint64_t value) {
  value += 0x9E3779B97F4A7C15;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

uint64_t hash_of(std::string_view bytes, uint64_t seed) {
  uint64_t hash = seed;
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  }
  return mixed(hash);
}

bool within(char32_t c, char32_t first, char32_t last) {
  return first <= c && c <= last;
}

bool is_character(char32_t c) {
  return within(c, 0x3041, 0x30FF) || within(c, 0x3400, 0x9FFF) ||
         within(c, 0xAC00, 0xD7A3) || within(c, 0x20000, 0x3FFFF);
}

/// A letter of a script that has words; no digit, sign or emoji.
bool is_letter(char32_t c) {
  return within(c, 'a', 'z') || c == '\'' ||
         (within(c, 0xC0, 0x1FFF) && c != 0xD7 && c != 0xF7);
}

/// Where the handle, link or hashtag that begins at `at` ends; `at` when none
/// does. Weibo's hashtags stand between two signs and hold spaces.
size_t behind_address(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.front() == '#') {
    const size_t closing = rest.find('#', 1);
    if (closing != rest.npos && closing <= kLongestTag &&
        rest.substr(0, closing).find('\n') == rest.npos) {
      return at + closing + 1;
    }
  }
  const bool link = rest.starts_with("http://") ||
                    rest.starts_with("https://") || rest.starts_with("www.");
  if (!link && rest.front() != '@' && rest.front() != '#') return at;
  const auto goes_on = [&](char c) {
    if (link) return c > ' ' && static_cast<unsigned char>(c) < 0x80;
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  ++at;
  while (at < text.size() && goes_on(text[at])) ++at;
  return at;
}

/// The hashes of a text's words and characters, in order.
struct Tokens {
  std::vector<uint64_t> words;
  std::vector<uint64_t> characters;
};

Tokens tokens_of(std::string_view text) {
  Tokens tokens;
  size_t word = text.npos;
  for (size_t at = 0; at <= text.size();) {
    char32_t c = 0;
    size_t size = at < text.size() ? decode_utf8(text, at, c) : 0;
    if (size > 0 && word == text.npos) {
      if (const size_t end = behind_address(text, at); end > at) {
        at = end;
        continue;
      }
    }
    if (size > 0 && is_letter(c)) {
      word = std::min(word, at);
    } else {
      if (word != text.npos) {
        tokens.words.push_back(hash_of(text.substr(word, at - word), kWord));
      }
      word = text.npos;
      if (size > 0 && is_character(c)) {
        tokens.characters.push_back(hash_of(text.substr(at, size), kCharacter));
      }
    }
    at += std::max<size_t>(size, 1);
  }
  return tokens;
}

/// Adds the hash of every `length` neighbours.
void add_shingles(const std::vector<uint64_t>& tokens, size_t length,
                  std::vector<uint64_t>& shingles) {
  for (size_t begin = 0; begin + length <= tokens.size(); ++begin) {
    uint64_t hash = 0;
    for (size_t i = begin; i < begin + length; ++i) {
      hash = mixed(hash ^ tokens[i]);
    }
    shingles.push_back(hash);
  }
}

}  // namespace

std::optional<Fingerprints> fingerprints(std::string_view folded,
                                         std::string_view site) {
  const Tokens tokens = tokens_of(folded);
  std::vector<uint64_t> shingles;
  add_shingles(tokens.words, 2, shingles);
  add_shingles(tokens.characters, 3, shingles);
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  if (shingles.size() < kFewestShingles) return std::nullopt;
  Fingerprints all;
  for (size_t value = 0; value < all.size(); ++value) {
    uint64_t hash = hash_of(site, value);
    for (size_t i = 0; i < kMinima; ++i) {
      const uint64_t seed = mixed(1000 + value * kMinima + i);
      uint64_t least = std::numeric_limits<uint64_t>::max();
      for (const uint64_t shingle : shingles) {
        least = std::min(least, mixed(shingle ^ seed));
      }
      hash = mixed(hash ^ least);
    }
    all[value] = static_cast<int64_t>(hash);
  }
  return all;
}

}  // namespace grumble::analyzer
