#include "analyzer/character_set.h"

#include <algorithm>
#include <array>
#include <string>

#include "analyzer/normalize.h"

namespace grumble::analyzer {
namespace {

constexpr char32_t kLast = 0x10FFFF;

ByteSet bytes_of(unsigned char first, unsigned char last) {
  ByteSet bytes;
  for (unsigned c = first; c <= last; ++c) bytes.set(c);
  return bytes;
}

/// Bytes of a set each, one after the other.
using Part = std::vector<ByteSet>;

/// Splits a range until each part is the product of one range a byte.
void split(char32_t first, char32_t last, std::vector<Part>& out) {
  for (const char32_t border : {0x7F, 0x7FF, 0xFFFF}) {
    if (first <= border && border < last) {
      split(first, border, out);
      split(border + 1, last, out);
      return;
    }
  }
  std::string from;
  std::string to;
  append_utf8(from, first);
  append_utf8(to, last);
  for (size_t i = 1; i < from.size(); ++i) {
    const char32_t low = (char32_t{1} << (6 * i)) - 1;
    if ((first & ~low) == (last & ~low)) continue;
    if ((first & low) != 0) {
      split(first, first | low, out);
      split((first | low) + 1, last, out);
      return;
    }
    if ((last & low) != low) {
      split(first, (last & ~low) - 1, out);
      split(last & ~low, last, out);
      return;
    }
  }
  Part part;
  for (size_t i = 0; i < from.size(); ++i) {
    part.push_back(bytes_of(static_cast<unsigned char>(from[i]),
                            static_cast<unsigned char>(to[i])));
  }
  out.push_back(std::move(part));
}

}  // namespace

void CharacterSet::settle() {
  std::sort(ranges_.begin(), ranges_.end());
  std::vector<std::pair<char32_t, char32_t>> joined;
  for (const auto& [first, last] : ranges_) {
    if (!joined.empty() && first <= joined.back().second + 1) {
      joined.back().second = std::max(joined.back().second, last);
    } else {
      joined.emplace_back(first, last);
    }
  }
  ranges_ = std::move(joined);
}

void CharacterSet::invert() {
  settle();
  std::vector<std::pair<char32_t, char32_t>> others;
  char32_t next = 0;
  for (const auto& [first, last] : ranges_) {
    if (first > next) others.emplace_back(next, first - 1);
    next = last + 1;
  }
  if (next <= kLast) others.emplace_back(next, kLast);
  ranges_ = std::move(others);
}

Syntax::Node CharacterSet::node(Syntax& syntax) const {
  CharacterSet whole = *this;
  whole.settle();
  std::vector<Part> parts;
  for (const auto& [first, last] : whole.ranges_) split(first, last, parts);
  ByteSet ascii;
  std::vector<Syntax::Node> all;
  for (const Part& part : parts) {
    if (part.size() == 1) {
      ascii |= part.front();
      continue;
    }
    std::vector<Syntax::Node> sequence;
    for (const ByteSet& one : part) sequence.push_back(syntax.one_of(one));
    all.push_back(syntax.many(Syntax::Kind::sequence, sequence));
  }
  if (all.empty() || ascii.any()) all.push_back(syntax.one_of(ascii));
  return syntax.many(Syntax::Kind::choice, all);
}

}  // namespace grumble::analyzer
