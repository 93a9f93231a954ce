#include "analyzer/clause.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace grumble::analyzer {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();
constexpr size_t kMaxReach = 240;       // bytes that any reach may span
constexpr double kNegationReach = 3.5;  // words
constexpr double kCjkNegationReach = 2.5;
constexpr double kNegationAfterReach = 1.5;
constexpr double kQuotedWords = 5;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_ascii_word(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '\'' || c == '_';
}

bool is_emoji(char32_t c) {
  return (c >= 0x1F300 && c < 0x1FB00) || (c >= 0x2600 && c < 0x27C0);
}

bool is_wide(char32_t c) {
  return (c >= 0x3040 && c < 0x3100) || (c >= 0x3400 && c < 0xA000) ||
         (c >= 0x20000 && c < 0x30000);
}

double count_words(std::string_view text) {
  double words = 0;
  for (size_t i = 0; i < text.size();) {
    if (is_ascii(text[i])) {
      if (is_ascii_word(text[i])) {
        words += 1;
        while (i < text.size() && is_ascii_word(text[i])) ++i;
        continue;
      }
      if (text[i] == ',') words += 1;
      ++i;
      continue;
    }
    char32_t c = 0;
    const size_t size = std::max<size_t>(1, decode_utf8(text, i, c));
    if (is_wide(c)) {
      words += 0.5;
      i += size;
      continue;
    }
    if (c < 0x2000 || c >= 0xAC00) {  // a word of letters up to a space
      words += 1;
      while (i < text.size() && !is_space(text[i]) && text[i] != ',') ++i;
      continue;
    }
    i += size;
  }
  return words;
}

bool overlaps(const std::vector<Span>& spans, Span span) {
  return std::any_of(spans.begin(), spans.end(), [&](const Span& other) {
    return other.begin < span.end && span.begin < other.end;
  });
}

/// The first marker of the list that begins at or behind `begin`.
auto first_behind(const std::vector<Span>& spans, size_t begin) {
  return std::lower_bound(
      spans.begin(), spans.end(), begin,
      [](const Span& span, size_t at) { return span.begin < at; });
}

/// The first marker of the list inside [begin, end), or null.
const Span* first_in(const std::vector<Span>& spans, size_t begin, size_t end) {
  const auto first = first_behind(spans, begin);
  return first == spans.end() || first->begin >= end ? nullptr : &*first;
}

/// Whether the comma at `at` stands between two names of a list.
bool joins_names(std::string_view text, size_t at,
                 const std::vector<Span>& names) {
  size_t left = at;
  while (left > 0 && is_space(text[left - 1])) --left;
  size_t right = at + 1;
  while (right < text.size() && is_space(text[right])) ++right;
  for (std::string_view joiner : {"and ", "or ", "&", "还是", "或"}) {
    if (text.substr(right).starts_with(joiner)) right += joiner.size();
  }
  while (right < text.size() && is_space(text[right])) ++right;
  const auto next = first_behind(names, at);
  return next != names.begin() && std::prev(next)->end == left &&
         next != names.end() && next->begin == right;
}

/// A full stop that ends a sentence, not one inside "2.2", "v1.5" or "e.g.".
bool ends_sentence(std::string_view text, size_t at) {
  if (at + 1 < text.size() && text[at + 1] == '.') return false;
  if (at > 0 && text[at - 1] == '.') return false;
  const bool open = at + 1 >= text.size() || text[at + 1] == ' ' ||
                    text[at + 1] == '\n' || text[at + 1] == '"' ||
                    text[at + 1] == ')' || !is_ascii(text[at + 1]);
  if (!open) return false;
  size_t word = at;
  while (word > 0 && text[word - 1] >= 'a' && text[word - 1] <= 'z') --word;
  const std::string_view last = text.substr(word, at - word);
  return last != "vs" && last != "etc" && last != "e" && last != "g" &&
         last != "approx";
}

class Splitter {
 public:
  Splitter(std::string_view text, const std::vector<Span>& names,
           const std::vector<Span>& contrasts, std::vector<Clause>& out)
      : text_(text), names_(names), contrasts_(contrasts), out_(out) {}

  void run() {
    size_t contrast = 0;
    for (size_t i = 0; i < text_.size();) {
      while (contrast < contrasts_.size() && contrasts_[contrast].begin < i) {
        ++contrast;
      }
      if (contrast < contrasts_.size() && contrasts_[contrast].begin == i) {
        close(i, i, Break::contrast);
        i = contrasts_[contrast++].end;
        continue;
      }
      i += step(i);
    }
    close(text_.size(), text_.size(), Break::sentence);
  }

 private:
  size_t step(size_t i) {
    const char c = text_[i];
    if (c == '\n' || c == '!' || c == '?' || c == ';') {
      close(i, i + 1, Break::sentence);
      return 1;
    }
    if (c == '.') {
      if (text_.substr(i, 3) == "...") {
        close(i, i + 3, Break::comma);
        return 3;
      }
      if (ends_sentence(text_, i)) close(i, i + 1, Break::sentence);
      return 1;
    }
    if (c == ',') {
      const bool number = i > 0 && i + 1 < text_.size() &&
                          is_digit(text_[i - 1]) && is_digit(text_[i + 1]);
      if (!number && !joins_names(text_, i, names_)) {
        close(i, i + 1, Break::comma);
      }
      return 1;
    }
    if (c == '(' || c == ')' || c == '|') {
      close(i, i + 1, Break::comma);
      return 1;
    }
    if (c == '-' && i > 0 && is_space(text_[i - 1]) && i + 1 < text_.size() &&
        is_space(text_[i + 1])) {
      close(i, i + 1, Break::comma);
      return 1;
    }
    if (is_ascii(c)) return 1;
    char32_t point = 0;
    const size_t size = std::max<size_t>(1, decode_utf8(text_, i, point));
    if (point == 0x3002) {
      close(i, i + size, Break::sentence);
    } else if (point == 0x2014 || point == 0x2013 || is_emoji(point)) {
      close(i, i + size, Break::comma);
    }
    return size;
  }

  void close(size_t end, size_t next, Break after) {
    if (end > begin_) out_.push_back({begin_, end, before_});
    begin_ = next;
    // Of several breaks in a row the strongest holds.
    before_ = end > last_ ? after : std::min(before_, after);
    last_ = next;
  }

  std::string_view text_;
  const std::vector<Span>& names_;
  const std::vector<Span>& contrasts_;
  std::vector<Clause>& out_;
  size_t begin_ = 0;
  size_t last_ = 0;
  Break before_ = Break::sentence;
};

void find_quotations(std::string_view text, Cover& quoted) {
  size_t open = text.npos;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') open = text.npos;
    if (text[i] == '>' && (i == 0 || text[i - 1] == '\n')) {
      const size_t end = std::min(text.find('\n', i), text.size());
      quoted.add({i, end});
    }
    if (text[i] != '"') continue;
    if (open == text.npos) {
      open = i;
    } else {
      if (count_words(text.substr(open, i - open)) >= kQuotedWords) {
        quoted.add({open, i + 1});
      }
      open = text.npos;
    }
  }
}

/// From a prompt marker to the end of its line, or of the paragraph below.
void find_prompts(std::string_view text, const std::vector<Span>& markers,
                  Cover& quoted) {
  size_t last = 0;
  for (const Span& marker : markers) {
    if (marker.end < last) continue;
    size_t begin = marker.end;
    while (begin < text.size() &&
           (is_space(text[begin]) || text[begin] == '\n')) {
      ++begin;
    }
    size_t end = begin;
    while (end < text.size() &&
           !(text[end] == '\n' &&
             (end + 1 >= text.size() || text[end + 1] == '\n'))) {
      ++end;
    }
    quoted.add({marker.begin, end});
    last = end;
  }
}

}  // namespace

size_t Clauses::at(size_t offset) const {
  auto after = std::upper_bound(
      list.begin(), list.end(), offset,
      [](size_t value, const Clause& clause) { return value < clause.begin; });
  return after == list.begin() ? 0
                               : static_cast<size_t>(after - list.begin()) - 1;
}

double Clauses::distance(std::string_view text, size_t from, size_t to) const {
  if (from >= to) return 0;
  if (to - from > kMaxReach) return kFar;
  if (!list.empty()) {
    for (size_t i = at(from) + 1; i < list.size() && list[i].begin <= to; ++i) {
      if (list[i].before != Break::comma) return kFar;
    }
  }
  return count_words(text.substr(from, to - from));
}

bool Clauses::negated(std::string_view text, Span span,
                      const std::vector<Span>& pieces) const {
  if (list.empty()) return false;
  const Clause& clause = list[at(span.begin)];
  size_t count = 0;
  const size_t reachable = span.begin - std::min(span.begin, kMaxReach);
  for (auto one = first_behind(negations, std::max(clause.begin, reachable));
       one != negations.end() && one->begin < span.end; ++one) {
    if (one->end > span.end || overlaps(pieces, *one)) continue;
    const double reach =
        is_ascii(text[one->begin]) ? kNegationReach : kCjkNegationReach;
    if (one->end > span.begin ||
        count_words(text.substr(one->end, span.begin - one->end)) <= reach) {
      ++count;
    }
  }
  for (auto one = first_behind(negations_after, span.end);
       one != negations_after.end() && one->begin < span.end + kMaxReach;
       ++one) {
    if (overlaps(pieces, *one)) continue;
    if (one->begin >= clause.end && one->begin > span.end) break;
    if (count_words(text.substr(span.end, one->begin - span.end)) <=
        kNegationAfterReach) {
      ++count;
    }
  }
  return count % 2 == 1;
}

ClauseReader::ClauseReader(const std::vector<MarkerSource>& markers,
                           const PatternCompiler& patterns) {
  static constexpr std::array<std::string_view, kind_count> kNames = {
      "negation", "negation_after", "not_negation", "contrast",
      "question", "presupposing",   "wish",         "conditional",
      "resolved", "unresolved",     "sarcasm",      "prompt",
      "hearsay",  "object"};
  for (const MarkerSource& marker : markers) {
    const auto kind = std::find(kNames.begin(), kNames.end(), marker.kind);
    if (kind == kNames.end() || marker.words.empty()) continue;
    markers_.push_back({static_cast<Kind>(kind - kNames.begin()), marker.lang,
                        matcher_.add(patterns.alternatives(marker.words))});
  }
  matcher_.compile();
}

void ClauseReader::find_markers(std::string_view text, std::string_view lang,
                                Found& found) const {
  thread_local Hits hits;
  matcher_.match(text, hits);
  const std::string_view primary = lang.substr(0, lang.find('-'));
  const bool any = primary.empty() || primary == "und";
  for (const Marker& marker : markers_) {
    const bool mine = any || marker.lang == primary || marker.lang == "all" ||
                      (marker.lang == "en" && primary != "es" &&
                       primary != "pt" && primary != "fr" && primary != "de");
    if (mine && hits.holds[static_cast<size_t>(marker.atom)]) {
      for (const RawHit& hit : hits.places(marker.atom)) {
        found[marker.kind].push_back({hit.begin, hit.end});
      }
    }
  }
  for (auto& spans : found) {
    std::sort(spans.begin(), spans.end(),
              [](Span a, Span b) { return a.begin < b.begin; });
  }
}

void ClauseReader::read(std::string_view text, std::string_view lang,
                        const std::vector<Span>& names, Clauses& out) const {
  thread_local Found found;
  for (auto& spans : found) spans.clear();
  out.list.clear();
  out.quoted = {};
  find_markers(text, lang, found);
  Splitter(text, names, found[contrast], out.list).run();
  find_quotations(text, out.quoted);
  find_prompts(text, found[prompt], out.quoted);
  const Cover harmless(found[not_negation]);
  std::erase_if(found[negation],
                [&](const Span& span) { return harmless.overlaps(span); });
  out.negations = found[negation];
  out.negations_after = found[negation_after];
  out.objects = found[object];
  mark_clauses(text, found, out.list);
}

void ClauseReader::mark_clauses(std::string_view text, const Found& found,
                                std::vector<Clause>& list) {
  for (Clause& clause : list) {
    const auto has = [&](Kind kind) {
      return first_in(found[kind], clause.begin, clause.end);
    };
    clause.wish = has(wish);
    clause.conditional = has(conditional);
    clause.resolved = has(resolved) && !has(unresolved);
    clause.sarcasm = has(sarcasm);
    const bool asks = clause.end < text.size() && text[clause.end] == '?';
    const Span* opener = has(question);
    if (!opener || has(presupposing)) continue;
    const bool latin = is_ascii(text[opener->begin]);
    clause.question = latin ? asks && opener->begin - clause.begin <= 12 : true;
  }
  // A sarcasm mark after the last word ("/s", an emoji) colours the sentence.
  for (size_t i = list.size(); i-- > 1;) {
    if (list[i].sarcasm && list[i].before == Break::comma) {
      list[i - 1].sarcasm = true;
    }
  }
}

}  // namespace grumble::analyzer
