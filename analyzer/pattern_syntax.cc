#include "analyzer/pattern_syntax.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "analyzer/character_set.h"
#include "analyzer/normalize.h"
#include "analyzer/pattern_fit.h"

namespace grumble::analyzer {
namespace {

using Kind = SyntaxNode::Kind;

constexpr int kMaxCount = 16;
constexpr int kMaxDepth = 64;

SyntaxNode node_of(const ByteSet& bytes) {
  SyntaxNode node;
  node.kind = Kind::bytes;
  node.bytes = bytes;
  return node;
}

SyntaxNode node_of(Kind kind) {
  SyntaxNode node;
  node.kind = kind;
  return node;
}

SyntaxNode literal(std::string_view bytes) {
  SyntaxNode node = node_of(Kind::literal);
  node.text = bytes;
  return node;
}

/// Whether the byte is a character that means itself, whatever comes before.
bool is_plain(char c) {
  constexpr std::string_view kSigns = "^.()|$*+?{}[]\\";
  return static_cast<signed char>(c) >= 0 && kSigns.find(c) == kSigns.npos;
}

/// Puts `one` behind `nodes`; literals grow together.
void append(SyntaxNode one, std::vector<SyntaxNode>& nodes) {
  if (one.kind == Kind::literal && !nodes.empty() &&
      nodes.back().kind == Kind::literal) {
    nodes.back().text += one.text;
  } else if (one.kind != Kind::empty) {
    nodes.push_back(std::move(one));
  }
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
  explicit Parser(std::string_view text) : text_(text) {}

  bool run(SyntaxNode& root) {
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
  SyntaxNode fail() {
    failed_ = true;
    return {};
  }

  SyntaxNode choice(int depth) {
    if (depth > kMaxDepth) return fail();
    SyntaxNode all = node_of(Kind::choice);
    do {
      all.nodes.push_back(sequence(depth));
    } while (!failed_ && take("|"));
    return all.nodes.size() == 1 ? std::move(all.nodes.front()) : all;
  }

  SyntaxNode sequence(int depth) {
    SyntaxNode all = node_of(Kind::sequence);
    while (more() && peek() != '|' && peek() != ')') {
      if (const std::string_view plain = plain_run(); !plain.empty()) {
        append(literal(plain), all.nodes);
        continue;
      }
      SyntaxNode one = repeated(unit(depth));
      if (one.kind == Kind::sequence) {
        for (SyntaxNode& part : one.nodes) append(std::move(part), all.nodes);
      } else {
        append(std::move(one), all.nodes);
      }
    }
    if (all.nodes.empty()) return {};
    return all.nodes.size() == 1 ? std::move(all.nodes.front()) : all;
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

  SyntaxNode unit(int depth) {
    if (take("(")) {
      if (more() && peek() == '?' && !take("?:")) return fail();
      SyntaxNode inner = choice(depth + 1);
      if (!take(")")) return fail();
      return inner;
    }
    if (take("[")) return set();
    if (take("\\")) return escape();
    if (take("^")) return node_of(Kind::text_begin);
    if (take("$")) return node_of(Kind::text_end);
    if (take(".")) {
      CharacterSet line;
      line.add('\n', '\n');
      line.invert();
      return line.node();
    }
    const char c = peek();
    constexpr std::string_view kSigns = "$*+?{}[]\\";
    if (kSigns.find(c) != kSigns.npos) return fail();
    char32_t point = 0;
    const size_t size = decode_utf8(text_, at_, point);
    if (size == 0) return fail();
    at_ += size;
    return literal(text_.substr(at_ - size, size));
  }

  SyntaxNode escape() {
    if (!more()) return fail();
    const char c = text_[at_++];
    if (c == 'b') return node_of(Kind::border);
    if (c == 'B') return node_of(Kind::inside);
    if (const ByteSet named = set_of(c); named.any()) return node_of(named);
    if (c == 'x') return hexadecimal();
    const char plain = escaped(c);
    return plain == 0 ? fail() : literal({&plain, 1});
  }

  /// `\x7e`: two digits of an ASCII character.
  SyntaxNode hexadecimal() {
    unsigned value = 0;
    const std::string_view digits = text_.substr(at_, 2);
    const auto [end, error] = std::from_chars(
        digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc() || end != digits.data() + 2 || value >= 0x80) {
      return fail();
    }
    at_ += 2;
    const char plain = static_cast<char>(value);
    return literal({&plain, 1});
  }

  /// The character that `\c` means, or 0.
  static char escaped(char c) {
    if (c == 't') return '\t';
    if (c == 'n') return '\n';
    if (c == 'r') return '\r';
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x80 && !is_word_byte(byte) ? c : '\0';
  }

  SyntaxNode set() {
    CharacterSet set;
    const bool inverted = take("^");
    if (more() && peek() == ']') return fail();
    while (more() && peek() != ']') {
      if (text_.substr(at_).starts_with("[:") || !add_range(set)) return fail();
    }
    if (!take("]")) return fail();
    if (inverted) set.invert();
    return set.empty() ? fail() : set.node();
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

  SyntaxNode repeated(SyntaxNode inner) {
    int min = 1;
    int max = 1;
    if (!more()) return inner;
    if (take("?")) {
      min = 0;
    } else if (take("*")) {
      min = 0;
      max = SyntaxNode::kNoLimit;
    } else if (take("+")) {
      max = SyntaxNode::kNoLimit;
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
    if (inner.kind == Kind::literal && inner.text.size() == 1) {
      ByteSet one;
      one.set(static_cast<unsigned char>(inner.text.front()));
      inner = node_of(one);
    }
    SyntaxNode node = node_of(Kind::repeat);
    node.min = min;
    node.max = max;
    node.nodes.push_back(std::move(inner));
    return node;
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
  size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

Fit read_syntax(std::string_view pattern, SyntaxNode& root) {
  if (Parser(pattern).run(root)) return fit_of(root);
  root = {};
  return Fit::others;
}

}  // namespace grumble::analyzer
