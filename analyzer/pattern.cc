#include "analyzer/pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <vector>

#include "analyzer/pattern_syntax.h"

namespace grumble::analyzer {
namespace {

constexpr int kMaxListDepth = 4;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

bool has_hangul(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    char32_t c = 0;
    const size_t size = decode_utf8(text, at, c);
    if (c >= 0xAC00 && c < 0xD7A4) return true;
    at += size ? size : 1;
  }
  return false;
}

/// Whether `text` begins with a word, or ends with one when read `backwards`:
/// a border is asked for at a word's edge, none beside Han, kana and signs.
/// Of alternatives the first one met decides, unless Han or kana is among them.
bool has_word_at_edge(std::string_view text, bool backwards) {
  const auto at = [&](size_t i) {
    return text[backwards ? text.size() - 1 - i : i];
  };
  const char open = backwards ? ')' : '(';
  const char close = backwards ? '(' : ')';
  const char set = backwards ? ']' : '[';
  std::vector<bool> brackets;  // Whether each stands at the edge.
  bool edge = true;
  bool first = true;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = at(i);
    if (c == open) {
      brackets.push_back(edge);
    } else if (c == '|') {
      edge = !brackets.empty() && brackets.back();
      continue;
    } else if (c == close && !brackets.empty()) {
      brackets.pop_back();
      edge = false;
    } else if (edge && !(backwards && c == '?')) {
      const bool foreign = !is_ascii(c) || (c == set && i + 1 < text.size() &&
                                            !is_ascii(at(i + 1)));
      const bool word = is_word(c) || c == '#' || (backwards && c == '*');
      if (foreign || (first && !word)) return false;
      first = edge = false;
    }
    if (!edge && brackets.empty()) return true;
  }
  return false;
}

bool begins_word(std::string_view text) {
  return has_word_at_edge(text, false);
}

bool ends_word(std::string_view text) { return has_word_at_edge(text, true); }

/// Whether a `\` before `rest` says that its first byte is a sign to be found.
bool is_sign(std::string_view rest) {
  return !rest.empty() && is_ascii(rest.front()) && !is_word(rest.front()) &&
         rest.front() != ' ' && rest.front() != '~';
}

/// Whether a `$` before `rest` is a price's, not a regex's end.
bool is_amount(std::string_view rest) {
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  if (rest.starts_with('?')) rest.remove_prefix(1);
  return !rest.empty() && (rest.front() == '#' || rest.front() == '[' ||
                           (rest.front() >= '0' && rest.front() <= '9'));
}

/// Whether a bracket that closes right before `at` holds words with the spaces
/// behind them: "(so |very )*". Then `*` repeats it.
bool ends_words(std::string_view text, size_t at) {
  return text.substr(0, at).ends_with(" )");
}

/// RE2 options of every atom: folded text needs no case, no captures.
RE2::Options quiet_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  return options;
}

}  // namespace

std::string join_patterns(std::vector<std::string> patterns) {
  std::string words;
  std::string others;
  std::sort(patterns.begin(), patterns.end());
  patterns.erase(std::unique(patterns.begin(), patterns.end()), patterns.end());
  for (const std::string& pattern : patterns) {
    const bool bordered = pattern.starts_with("\\b");
    std::string& out = bordered ? words : others;
    out += (out.empty() ? "" : "|") + pattern.substr(bordered ? 2 : 0);
  }
  if (words.empty()) return "(?:" + others + ")";
  words = "\\b(?:" + words + ")";
  return others.empty() ? words : "(?:" + words + "|" + others + ")";
}

PatternCompiler::PatternCompiler(const Normalizer& normalizer,
                                 const std::map<std::string, WordList>& lists)
    : normalizer_(normalizer), lists_(lists) {}

const PatternCompiler::Expansion& PatternCompiler::expand(std::string_view name,
                                                          const Place& place,
                                                          int depth) const {
  const auto known = expansions_.find(name);
  const int inner = known == expansions_.end() ? 0 : known->second.depth;
  if (depth + inner > kMaxListDepth) {
    fail(place, "list \"" + std::string(name) + "\" names itself");
  }
  if (known != expansions_.end()) return known->second;
  const auto list = lists_.find(std::string(name));
  if (list == lists_.end()) {
    std::string all;
    for (const auto& [key, words] : lists_) all += " " + key;
    fail(place, "no list \"" + std::string(name) +
                    "\" in words.toml; known are:" + all);
  }
  Expansion made;
  std::vector<std::string> pieces;
  for (const Words& words : list->second) {
    pieces.push_back(piece(normalizer_.fold(words.text), words.place, depth + 1,
                           made.depth));
  }
  made.text = join_patterns(std::move(pieces));
  return expansions_.emplace(name, std::move(made)).first->second;
}

bool PatternCompiler::can_be_empty(const std::string& pattern,
                                   const Place& place) const {
  Syntax::Node root = Syntax::kEmpty;
  const Fit fit = read_syntax(pattern, syntax_, root);
  if (fit != Fit::others) return fit == Fit::empty;
  const RE2 re(pattern, quiet_options());
  if (!re.ok()) {
    fail(place, "bad pattern: " + re.error() + ": \"" + re.error_arg() + "\"");
  }
  return RE2::FullMatch("", re);
}

std::string PatternCompiler::piece(std::string_view text, const Place& place,
                                   int depth, int& deepest) const {
  const bool hangul = has_hangul(text);
  std::string out;
  int open = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') ++i;
    open += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == '|' && open == 0) {
      fail(place, "\"|\" outside brackets: write two phrases");
    }
  }
  if (begins_word(text)) out += "\\b";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{') {
      const size_t end = text.find('}', i);
      if (end == text.npos) fail(place, "\"{\" without \"}\"");
      const Expansion& list =
          expand(text.substr(i + 1, end - i - 1), place, depth);
      deepest = std::max(deepest, list.depth + 1);
      out += list.text;
      i = end;
    } else if (c == '(') {
      out += "(?:";
    } else if (c == ')' || c == '|' || c == '?') {
      out += c;
    } else if (c == '[') {
      const size_t end = text.find(']', i);
      if (end == text.npos) fail(place, "\"[\" without \"]\"");
      out += text.substr(i, end - i + 1);
      i = end;
    } else if (c == '*') {
      // A bound keeps the pattern out of unending loops over words.
      out += ends_words(text, i) ? "{0,3}" : "[a-z]*";
    } else if (c == '#') {
      out += "\\d{1,6}(?:\\.\\d{1,2})?";
    } else if (c == '\'') {
      out += "'?";
    } else if (c == ' ') {
      // "rip off" finds "rip-off" too; Hangul is spaced as one likes.
      const bool optional = text.substr(i + 1).starts_with("?");
      out += hangul || optional ? "[ \\t-]*" : "[ \\t-]+";
      i += optional;
    } else if (c == '-' && i > 0) {
      out += "[ -]?";
    } else if (is_word(c) || !is_ascii(c)) {
      // A whole code point is one unit for a `?` behind it.
      char32_t point = 0;
      const size_t size = std::max<size_t>(1, decode_utf8(text, i, point));
      const std::string_view unit = text.substr(i, size);
      const bool group = size > 1 && text.substr(i + size).starts_with('?');
      out += group ? "(?:" + std::string(unit) + ")" : std::string(unit);
      i += size - 1;
    } else if (c == '\\' && is_sign(text.substr(i + 1))) {
      out += text.substr(i++, 2);
    } else if (c == '^' || c == '\\' || c == '+' ||
               (c == '$' && !is_amount(text.substr(i + 1)))) {
      fail(place, "\"" + std::string(1, c) +
                      "\" means nothing in a phrase: leave it out, write \"\\" +
                      c + "\" for the sign itself, or write a `regex`");
    } else {
      out += std::string("\\") + c;
    }
  }
  if (ends_word(text)) out += "\\b";
  return out;
}

Pattern PatternCompiler::phrase(const Words& source) const {
  const std::string text = normalizer_.fold(source.text);
  Pattern pattern;
  size_t begin = 0;
  while (true) {
    const size_t gap = text.find('~', begin);
    if (gap != text.npos &&
        std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(gap),
                   '(') !=
            std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(gap),
                       ')')) {
      fail(source.place, "\"~\" inside brackets: \"" + source.text + "\"");
    }
    std::string part = text.substr(begin, gap - begin);
    const size_t first = part.find_first_not_of(' ');
    const size_t last = part.find_last_not_of(' ');
    if (first == part.npos) fail(source.place, "nothing beside a \"~\"");
    part = part.substr(first, last - first + 1);
    int deepest = 0;
    const std::string regex = piece(part, source.place, 0, deepest);
    double words = 3;
    begin = gap + 1;
    if (gap != text.npos && begin < text.size() && text[begin] >= '0' &&
        text[begin] <= '9') {
      words = text[begin++] - '0';
    }
    if (can_be_empty(regex, source.place)) {
      // A piece that may be missing asks for nothing but more room.
      if (!pattern.pieces.empty() && gap != text.npos) {
        pattern.gaps.back() += words;
      }
    } else {
      pattern.pieces.push_back(regex);
      if (gap != text.npos) pattern.gaps.push_back(words);
    }
    if (gap == text.npos) break;
  }
  if (pattern.pieces.empty()) {
    fail(source.place, "\"" + source.text + "\" matches the empty text");
  }
  pattern.gaps.resize(pattern.pieces.size() - 1);
  return pattern;
}

std::string PatternCompiler::alternatives(const WordList& sources) const {
  std::vector<std::string> all;
  for (const Words& source : sources) {
    const Pattern pattern = phrase(source);
    if (pattern.pieces.size() != 1) {
      fail(source.place, "\"~\" is not possible here");
    }
    all.push_back(pattern.pieces.front());
  }
  return join_patterns(std::move(all));
}

std::string PatternCompiler::regex(const Words& source) const {
  static const RE2 wide(
      R"((?:\.|\\[SWDC]|\[\^[^\]]*\])\)*(?:\*|\+|\{)|\{\d*,\}|\{\d*,?\d{2,}\})");
  static const RE2 upper(R"((?:^|[^\\p{P])[A-Z])");
  std::string found;
  if (RE2::PartialMatch(source.text, wide)) {
    fail(source.place,
         "\"" + source.text +
             "\" has a gap, which makes the matcher slow; use `near` or \"~\"");
  }
  if (RE2::PartialMatch(source.text, upper)) {
    fail(source.place, "\"" + source.text +
                           "\" has upper case: texts are matched in lower "
                           "case, simplified Han and half width");
  }
  if (can_be_empty(source.text, source.place)) {
    fail(source.place, "the pattern matches the empty text");
  }
  return "(?:" + source.text + ")";
}

}  // namespace grumble::analyzer
