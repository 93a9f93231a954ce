#include "analyzer/character_set.h"

#include <algorithm>
#include <array>
#include <string>

#include "analyzer/normalize.h"

namespace grumble::analyzer {
namespace {

constexpr char32_t kLast = 0x10FFFF;

SyntaxNode bytes_of(unsigned char first, unsigned char last) {
  SyntaxNode node;
  node.kind = SyntaxNode::Kind::bytes;
  for (unsigned c = first; c <= last; ++c) node.bytes.set(c);
  return node;
}

/// Splits a range until each part is the product of one range a byte.
void split(char32_t first, char32_t last, std::vector<SyntaxNode>& out) {
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
  SyntaxNode sequence;
  sequence.kind = SyntaxNode::Kind::sequence;
  for (size_t i = 0; i < from.size(); ++i) {
    sequence.nodes.push_back(bytes_of(static_cast<unsigned char>(from[i]),
                                      static_cast<unsigned char>(to[i])));
  }
  out.push_back(sequence.nodes.size() == 1 ? std::move(sequence.nodes.front())
                                           : std::move(sequence));
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

SyntaxNode CharacterSet::node() const {
  CharacterSet whole = *this;
  whole.settle();
  SyntaxNode all;
  all.kind = SyntaxNode::Kind::choice;
  SyntaxNode ascii = bytes_of(1, 0);
  for (const auto& [first, last] : whole.ranges_) {
    std::vector<SyntaxNode> parts;
    split(first, last, parts);
    for (SyntaxNode& part : parts) {
      if (part.kind == SyntaxNode::Kind::bytes) {
        ascii.bytes |= part.bytes;
      } else {
        all.nodes.push_back(std::move(part));
      }
    }
  }
  if (all.nodes.empty()) return ascii;
  if (ascii.bytes.any()) all.nodes.push_back(std::move(ascii));
  return all.nodes.size() == 1 ? std::move(all.nodes.front()) : all;
}

}  // namespace grumble::analyzer
