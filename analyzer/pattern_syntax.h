#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

namespace grumble::analyzer {

using ByteSet = std::bitset<256>;

/// A regular expression as a tree over bytes.
struct SyntaxNode {
  enum class Kind {
    empty,
    literal,  ///< the bytes of `text`, one after the other
    bytes,    ///< any byte of a set
    sequence,
    choice,
    repeat,
    border,      ///< `\b`
    inside,      ///< `\B`
    text_begin,  ///< `^`
    text_end     ///< `$`
  };
  static constexpr int kNoLimit = -1;

  Kind kind = Kind::empty;
  std::string text;               ///< of `literal`, never empty
  ByteSet bytes;                  ///< of `bytes`
  std::vector<SyntaxNode> nodes;  ///< of `sequence`, `choice`, `repeat` (one)
  int min = 0;                    ///< of `repeat`
  int max = 0;                    ///< of `repeat`; kNoLimit: any number
};

/// What a pattern is to an automaton.
enum class Fit {
  fits,
  empty,   ///< it is content with no byte
  others,  ///< it holds what is not read here, or could keep a scan from every
           ///< start from being linear in the text (a loop that starts anew at
           ///< each of its own bytes): left to RE2
};

/// Reads the part of RE2's syntax that rules are made of: literals, sets,
/// `. ^ $ \b \B \d \w \s`, groups, `|`, `? * +` and small counts. `root` holds
/// the tree of what could be read, also where it does not fit; else it is
/// empty.
Fit read_syntax(std::string_view pattern, SyntaxNode& root);

/// `[0-9A-Za-z_]`, what `\b` tells from everything else.
constexpr bool is_word_byte(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace grumble::analyzer
