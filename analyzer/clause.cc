#include "analyzer/clause.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "analyzer/name_list.h"
#include "analyzer/word_count.h"

namespace grumble::analyzer {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();
constexpr size_t kMaxReach = 240;       // bytes that any reach may span
constexpr double kNegationReach = 3.5;  // words
constexpr double kCjkNegationReach = 2.5;
constexpr double kNegationAfterReach = 1.5;
constexpr double kResolvedReach = 3.5;
constexpr double kQuotedWords = 5;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_emoji(char32_t c) {
  return (c >= 0x1F300 && c < 0x1FB00) || (c >= 0x2600 && c < 0x27C0);
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
bool joins_names(size_t at, const std::vector<Span>& names,
                 const std::vector<bool>& joined) {
  const auto next = first_behind(names, at);
  return next != names.end() &&
         joined[static_cast<size_t>(next - names.begin())];
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
           const std::vector<Span>& contrasts, Clauses& out)
      : text_(text),
        names_(names),
        joined_(out.joined),
        contrasts_(contrasts),
        out_(out.list) {}

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
      if (!number && !joins_names(i, names_, joined_)) {
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
  const std::vector<bool>& joined_;
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

Span Clauses::sentence(size_t clause) const {
  size_t first = clause;
  while (first > 0 && list[first].before != Break::sentence) --first;
  size_t last = clause;
  while (last + 1 < list.size() && list[last + 1].before != Break::sentence) {
    ++last;
  }
  return {list[first].begin, list[last].end};
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

bool Clauses::resolved(std::string_view text, Span span,
                       const std::vector<Span>& pieces) const {
  if (list.empty() || resolutions.empty()) return false;
  const Clause& clause = list[at(span.begin)];
  return std::any_of(
      resolutions.begin(), resolutions.end(), [&](const Span& one) {
        if (one.begin < clause.begin || one.begin >= clause.end) return false;
        if (overlaps(pieces, one)) return false;
        const size_t from = std::min(one.end, span.end);
        const size_t to = std::max(one.begin, span.begin);
        return from >= to ||
               (to - from <= kMaxReach &&
                count_words(text.substr(from, to - from)) <= kResolvedReach);
      });
}

ClauseReader::ClauseReader(const std::vector<MarkerSource>& markers,
                           const PatternCompiler& patterns) {
  for (const MarkerSource& marker : markers) {
    if (marker.words.empty()) continue;
    markers_.push_back({marker.kind, marker.lang,
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
  drop_plain(names, found);
  out.joined = joined_names(text, names, found[MarkerKind::object_after]);
  Splitter(text, names, found[MarkerKind::contrast], out).run();
  if (out.list.empty()) return;
  find_quotations(text, out.quoted);
  find_prompts(text, found[MarkerKind::prompt], out.quoted);
  const Cover harmless(found[MarkerKind::not_negation]);
  std::erase_if(found[MarkerKind::negation],
                [&](const Span& span) { return harmless.overlaps(span); });
  out.negations = found[MarkerKind::negation];
  out.negations_after = found[MarkerKind::negation_after];
  out.objects = found[MarkerKind::object];
  out.objects_after = found[MarkerKind::object_after];
  mark_clauses(text, found, out.list);
  mark_supposed(found, out);
  out.resolutions.clear();
  for (const Span& span : found[MarkerKind::resolved]) {
    const Clause& clause = out.list[out.at(span.begin)];
    if (!first_in(found[MarkerKind::unresolved], clause.begin, clause.end)) {
      out.resolutions.push_back(span);
    }
  }
}

void ClauseReader::drop_plain(const std::vector<Span>& names, Found& found) {
  Cover plain(found[MarkerKind::plain]);
  for (const Span& name : names) plain.add(name);
  for (size_t kind = 0; kind < found.size(); ++kind) {
    if (kind == static_cast<size_t>(MarkerKind::plain)) continue;
    std::erase_if(found[kind],
                  [&](const Span& span) { return plain.overlaps(span); });
  }
}

void ClauseReader::mark_clauses(std::string_view text, const Found& found,
                                std::vector<Clause>& list) {
  for (Clause& clause : list) {
    const auto has = [&](MarkerKind kind) {
      return first_in(found[kind], clause.begin, clause.end);
    };
    clause.wish = has(MarkerKind::wish);
    clause.sarcasm = has(MarkerKind::sarcasm);
    const bool asks = clause.end < text.size() && text[clause.end] == '?';
    const Span* opener = has(MarkerKind::question);
    if (!opener || has(MarkerKind::presupposing)) continue;
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

/// "If" supposes what follows it, up to the clause's end or to a "still".
void ClauseReader::mark_supposed(const Found& found, Clauses& out) {
  out.supposed = {};
  for (const Span& span : found[MarkerKind::conditional]) {
    const Clause& clause = out.list[out.at(span.begin)];
    const Span* real =
        first_in(found[MarkerKind::unresolved], span.end, clause.end);
    out.supposed.add({span.begin, real ? real->begin : clause.end});
  }
  for (const Span& span : found[MarkerKind::conditional_after]) {
    out.supposed.add({out.list[out.at(span.begin)].begin, span.end});
  }
}

}  // namespace grumble::analyzer
