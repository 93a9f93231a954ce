#include "analyzer/pattern_syntax.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <string>
#include <vector>

#include "analyzer/character_set.h"
#include "analyzer/normalize.h"
#include "analyzer/pattern_fit.h"

namespace grumble::analyzer {
namespace {

using Kind = Syntax::Kind;
using Node = Syntax::Node;

constexpr int kMaxCount = 16;
constexpr int kMaxDepth = 64;
constexpr size_t kLong = 64;  // bytes of a group that may be worth remembering

/// Whether the byte is a character that means itself, whatever comes before.
bool is_plain(char c) {
  constexpr std::string_view kSigns = "^.()|$*+?{}[]\\";
  return static_cast<signed char>(c) >= 0 && kSigns.find(c) == kSigns.npos;
}

/// The set that `\d`, `\w`, `\s` stand for; empty for other letters.
ByteSet set_of(char letter) {
  ByteSet set;
  for (unsigned c = 0; c < 128; ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool space =
        c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
    if ((letter == 'd' && digit) || (letter == 's' && space) ||
        (letter == 'w' && is_word_byte(static_cast<unsigned char>(c)))) {
      set.set(c);
    }
  }
  return set;
}

/// Recursive descent; every function gives up by setting `failed_`.
class Parser {
 public:
  Parser(std::string_view text, Syntax& syntax)
      : text_(text), syntax_(syntax) {}

  bool run(Node& root) {
    root = choice(0);
    return !failed_ && at_ == text_.size();
  }

 private:
  bool more() const { return !failed_ && at_ < text_.size(); }
  char peek() const { return text_[at_]; }
  bool take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  Node fail() {
    failed_ = true;
    return Syntax::kEmpty;
  }

  Node choice(int depth) {
    if (depth > kMaxDepth) return fail();
    const size_t first = stack_.size();
    do {
      const Node one = sequence(depth);
      stack_.push_back(one);
    } while (!failed_ && take("|"));
    return many(Kind::choice, first);
  }

  Node sequence(int depth) {
    const size_t first = stack_.size();
    std::string plain;  // literals grow together
    const auto end_plain = [&] {
      if (!plain.empty()) stack_.push_back(syntax_.literal(plain));
      plain.clear();
    };
    const auto append = [&](Node one) {
      if (syntax_.kind(one) == Kind::literal) {
        plain += syntax_.text(one);
      } else if (one != Syntax::kEmpty) {
        end_plain();
        stack_.push_back(one);
      }
    };
    while (more() && peek() != '|' && peek() != ')') {
      if (const std::string_view run = plain_run(); !run.empty()) {
        plain += run;
        continue;
      }
      const Node one = repeated(unit(depth));
      if (syntax_.kind(one) != Kind::sequence) {
        append(one);
        continue;
      }
      for (size_t i = 0; i < syntax_.nodes(one).size(); ++i) {
        append(syntax_.nodes(one)[i]);
      }
    }
    end_plain();
    return many(Kind::sequence, first);
  }

  /// One node of what lies on the stack from `first` on.
  Node many(Kind kind, size_t first) {
    const Node node = syntax_.many(kind, std::span(stack_).subspan(first));
    stack_.resize(first);
    return node;
  }

  /// Takes plain characters up to one that a sign behind it may repeat.
  std::string_view plain_run() {
    size_t end = at_;
    while (end < text_.size() && is_plain(text_[end])) ++end;
    const bool repeats =
        end < text_.size() &&
        std::string_view("?*+{").find(text_[end]) != std::string_view::npos;
    if (repeats && end > at_) --end;
    const std::string_view run = text_.substr(at_, end - at_);
    at_ = end;
    return run;
  }

  Node unit(int depth) {
    if (take("(")) return group(depth);
    if (take("[")) return set();
    if (take("\\")) return escape();
    if (take("^")) return syntax_.leaf(Kind::text_begin);
    if (take("$")) return syntax_.leaf(Kind::text_end);
    if (take(".")) {
      CharacterSet line;
      line.add('\n', '\n');
      line.invert();
      return line.node(syntax_);
    }
    const char c = peek();
    constexpr std::string_view kSigns = "$*+?{}[]\\";
    if (kSigns.find(c) != kSigns.npos) return fail();
    char32_t point = 0;
    const size_t size = decode_utf8(text_, at_, point);
    if (size == 0) return fail();
    at_ += size;
    return syntax_.literal(text_.substr(at_ - size, size));
  }

  /// Lists of words stand in many patterns: each is read once.
  Node group(int depth) {
    if (more() && peek() == '?' && !take("?:")) return fail();
    const std::string_view inside = text_.substr(at_, size_of_group());
    const bool is_long = inside.size() >= kLong;
    if (is_long) {
      if (const Node known = syntax_.read_before(inside);
          known != Syntax::kEmpty) {
        at_ += inside.size() + 1;
        return known;
      }
    }
    const Node inner = choice(depth + 1);
    const bool whole = text_.data() + at_ == inside.data() + inside.size();
    if (!take(")")) return fail();
    if (is_long && whole) syntax_.note_read(inside, inner);
    return inner;
  }

  /// Bytes up to the bracket that seems to close the one behind which we stand;
  /// 0 where there is none.
  size_t size_of_group() const {
    int open = 1;
    for (size_t end = at_; end < text_.size(); ++end) {
      const char c = text_[end];
      if (c == '\\') ++end;
      if (c == '[') end = std::min(text_.find(']', end + 2), text_.size());
      open += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (open == 0) return end - at_;
    }
    return 0;
  }

  Node escape() {
    if (!more()) return fail();
    const char c = text_[at_++];
    if (c == 'b') return syntax_.leaf(Kind::border);
    if (c == 'B') return syntax_.leaf(Kind::inside);
    if (const ByteSet named = set_of(c); named.any())
      return syntax_.one_of(named);
    if (c == 'x') return hexadecimal();
    const char plain = escaped(c);
    return plain == 0 ? fail() : syntax_.literal({&plain, 1});
  }

  /// `\x7e`: two digits of an ASCII character.
  Node hexadecimal() {
    unsigned value = 0;
    const std::string_view digits = text_.substr(at_, 2);
    const auto [end, error] = std::from_chars(
        digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc() || end != digits.data() + 2 || value >= 0x80) {
      return fail();
    }
    at_ += 2;
    const char plain = static_cast<char>(value);
    return syntax_.literal({&plain, 1});
  }

  /// The character that `\c` means, or 0.
  static char escaped(char c) {
    if (c == 't') return '\t';
    if (c == 'n') return '\n';
    if (c == 'r') return '\r';
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x80 && !is_word_byte(byte) ? c : '\0';
  }

  Node set() {
    CharacterSet set;
    const bool inverted = take("^");
    if (more() && peek() == ']') return fail();
    while (more() && peek() != ']') {
      if (text_.substr(at_).starts_with("[:") || !add_range(set)) return fail();
    }
    if (!take("]")) return fail();
    if (inverted) set.invert();
    return set.empty() ? fail() : set.node(syntax_);
  }

  /// One character, range or named set of a set.
  bool add_range(CharacterSet& set) {
    if (text_.substr(at_).starts_with("\\") && at_ + 1 < text_.size()) {
      if (const ByteSet named = set_of(text_[at_ + 1]); named.any()) {
        at_ += 2;
        for (char32_t c = 0; c < 128; ++c) {
          if (named[c]) set.add(c, c);
        }
        return true;
      }
    }
    char32_t first = 0;
    if (!character(first)) return false;
    char32_t last = first;
    if (text_.substr(at_).starts_with("-") &&
        !text_.substr(at_).starts_with("-]")) {
      ++at_;
      if (!character(last)) return false;
    }
    if (last < first) return false;
    set.add(first, last);
    return true;
  }

  /// One character of a set.
  bool character(char32_t& c) {
    if (!more()) return false;
    if (take("\\")) {
      if (!more()) return false;
      const char plain = escaped(text_[at_++]);
      c = static_cast<unsigned char>(plain);
      return plain != 0;
    }
    const size_t size = decode_utf8(text_, at_, c);
    at_ += size;
    return size != 0;
  }

  Node repeated(Node inner) {
    int min = 1;
    int max = 1;
    if (!more()) return inner;
    if (take("?")) {
      min = 0;
    } else if (take("*")) {
      min = 0;
      max = Syntax::kNoLimit;
    } else if (take("+")) {
      max = Syntax::kNoLimit;
    } else if (take("{")) {
      if (!counts(min, max)) return fail();
    } else {
      return inner;
    }
    // RE2 refuses or reads anew a second sign; a lazy one is as good.
    take("?");
    if (more() &&
        (peek() == '*' || peek() == '+' || peek() == '?' || peek() == '{')) {
      return fail();
    }
    if (syntax_.kind(inner) == Kind::literal &&
        syntax_.text(inner).size() == 1) {
      ByteSet one;
      one.set(static_cast<unsigned char>(syntax_.text(inner).front()));
      inner = syntax_.one_of(one);
    }
    return syntax_.repeat(inner, min, max);
  }

  bool counts(int& min, int& max) {
    const auto number = [&](int& value) {
      value = 0;
      const size_t from = at_;
      while (more() && peek() >= '0' && peek() <= '9' && value <= kMaxCount) {
        value = value * 10 + (text_[at_++] - '0');
      }
      return at_ > from && value <= kMaxCount;
    };
    if (!number(min)) return false;
    max = min;
    if (take(",") && !number(max)) return false;
    return take("}") && max >= min && max > 0;
  }

  std::string_view text_;
  Syntax& syntax_;
  std::vector<Node> stack_;  ///< of what is being read
  size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

Fit read_syntax(std::string_view pattern, Syntax& syntax, Syntax::Node& root) {
  if (Parser(pattern, syntax).run(root)) return fit_of(syntax, root);
  root = Syntax::kEmpty;
  return Fit::others;
}

}  // namespace grumble::analyzer
