#pragma once

#include <bitset>
#include <optional>
#include <string_view>
#include <vector>

namespace grumble::analyzer {

using ByteSet = std::bitset<256>;

/// A regular expression as a tree over bytes.
struct SyntaxNode {
  enum class Kind {
    empty,
    bytes,
    sequence,
    choice,
    repeat,
    border,     ///< `\b`
    inside,     ///< `\B`
    text_begin  ///< `^`
  };
  static constexpr int kNoLimit = -1;

  Kind kind = Kind::empty;
  ByteSet bytes;                  ///< of `bytes`
  std::vector<SyntaxNode> nodes;  ///< of `sequence`, `choice`, `repeat` (one)
  int min = 0;                    ///< of `repeat`
  int max = 0;                    ///< of `repeat`; kNoLimit: any number
};

/// Reads the part of RE2's syntax that rules are made of: literals, sets,
/// `. ^ \b \B \d \w \s`, groups, `|`, `? * +` and small counts. Nothing when
/// the pattern holds anything else, could match the empty text, or could keep a
/// scan from every start from being linear in the text (a loop that starts anew
/// at each of its own bytes).
std::optional<SyntaxNode> read_syntax(std::string_view pattern);

/// Whether the pattern, as far as it can be read, is content with no byte.
bool can_be_empty(std::string_view pattern);

/// `[0-9A-Za-z_]`, what `\b` tells from everything else.
constexpr bool is_word_byte(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace grumble::analyzer
