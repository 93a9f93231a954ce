#include "analyzer/comparison.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "analyzer/expression.h"
#include "analyzer/ranking.h"

namespace grumble::analyzer {
namespace {

constexpr std::string_view kGap = R"((?:[^M.!?\n]|\.\d){0,80}?)";
constexpr size_t kSentencesBack = 2;
constexpr size_t kUnlessReach = 24;   // bytes behind the comparing words
constexpr size_t kSurelyFits = 4096;  // bytes of phrases that RE2 has room for

/// One pattern of a comparison. With both sides written out it pairs what the
/// sentence names; with one of them, the other is looked for before it.
struct Form {
  const ComparisonSource* source = nullptr;
  std::unique_ptr<Expression> pattern;
  int a = 0;               ///< which group of the pattern is `A`; 0: none
  int b = 0;               ///< likewise `B`
  std::vector<int> parts;  ///< atoms that all stand where it matches
  int unless = -1;         ///< atom that must not stand behind its begin
};

/// A match in a skeleton.
struct Found {
  size_t begin = 0;
  size_t end = 0;
  size_t at = 0;  ///< the last M
  Side a;
  Side b;
};

using Known = std::set<std::pair<size_t, size_t>>;

/// Whether the two are new to each other, whoever wins.
bool meet_anew(const Side& a, const Side& b, Known& known) {
  const auto key = [](const Party& one) {
    return one.mention ? *one.mention : ~one.model;
  };
  const auto [low, high] = std::minmax({key(a.front()), key(b.front())});
  return known.emplace(low, high).second;
}

}  // namespace

class ComparisonReader::Impl {
 public:
  /// One sentence on its way through the patterns.
  struct Sentence {
    std::string_view text;
    Span part;
    size_t reach = 0;  ///< where the sentences before it begin that it leans on
    const Clauses& clauses;
    const Cast& cast;
    Known& known;
    std::vector<HeadToHead>& out;
  };

  void add(const ComparisonSource& source, const PatternCompiler& patterns) {
    int unless = -1;
    if (!source.unless.empty()) {
      unless = words.add(patterns.alternatives(source.unless));
    }
    for (const Words& one : source.patterns) {
      Form form;
      form.source = &source;
      form.unless = unless;
      form.pattern = expression(compile(one, patterns, form), one.place);
      const bool whole = form.a != 0 && form.b != 0;
      (source.others ? outright
       : whole       ? paired
                     : elliptic)
          .push_back(std::move(form));
    }
  }

  void read(const Sentence& sentence) const {
    const Skeleton skeleton(sentence.text, sentence.part, sentence.cast);
    if (skeleton.size() == 0) return;
    thread_local Hits hits;
    words.match(skeleton.text(), hits);
    const size_t before = sentence.out.size();
    for (const auto* forms : {&outright, &paired, &elliptic}) {
      for (const Form& form : *forms) match(form, skeleton, hits, sentence);
      if (sentence.out.size() > before) return;
    }
  }

  std::vector<Form> outright;  ///< against all others
  std::vector<Form> paired;
  std::vector<Form> elliptic;
  std::vector<std::pair<std::string, int>> aspects;
  Matcher words;  ///< of the patterns, without names and gaps
  Matcher aspect_words;

 private:
  static std::unique_ptr<Expression> expression(std::string text,
                                                const Place& place) {
    auto made = std::make_unique<Expression>(std::move(text),
                                             Expression::Prefer::first);
    if (made->text().size() <= kSurelyFits) return made;
    try {
      made->re();
    } catch (const std::invalid_argument& error) {
      fail(place, error.what());
    }
    return made;
  }

  std::string compile(const Words& source, const PatternCompiler& patterns,
                      Form& form) {
    const std::string& text = source.text;
    std::string out;
    size_t begin = 0;
    int group = 0;
    for (size_t i = 0; i <= text.size(); ++i) {
      const char c = i < text.size() ? text[i] : 'E';
      if (i < text.size() && c != 'A' && c != 'B' && c != '~') continue;
      std::string part = text.substr(begin, i - begin);
      begin = i + 1;
      const size_t first = part.find_first_not_of(' ');
      if (first != part.npos) {
        part = part.substr(first, part.find_last_not_of(' ') - first + 1);
        const std::string plain = patterns.alternatives({{part, source.place}});
        form.parts.push_back(words.add(plain));
        out += "\\s*" + plain + "\\s*";
      }
      if (c == 'A') form.a = ++group;
      if (c == 'B') form.b = ++group;
      if (c == '~') out += kGap;
      if (c == 'A' || c == 'B') out += "(M)(?:'s)?";
    }
    if (group == 0) {
      fail(source.place, "a comparison needs an `A` or a `B`, or both");
    }
    return out;
  }

  void match(const Form& form, const Skeleton& skeleton, const Hits& hits,
             const Sentence& sentence) const {
    const auto stands = [&](int atom) {
      return hits.holds[static_cast<size_t>(atom)] != 0;
    };
    if (!std::all_of(form.parts.begin(), form.parts.end(), stands)) return;
    const re2::StringPiece input(skeleton.text());
    re2::StringPiece groups[3];
    const int count = form.a != 0 && form.b != 0 ? 3 : 2;
    const auto expression = form.pattern->re();
    for (size_t at = 0; at < input.size() &&
                        expression->Match(input, at, input.size(),
                                          RE2::UNANCHORED, groups, count);) {
      const auto offset = [&](int i) {
        return static_cast<size_t>(groups[i].data() - input.data());
      };
      Found found;
      found.begin = offset(0);
      found.end = offset(0) + groups[0].size();
      found.at = offset(count - 1);
      if (form.a != 0) found.a = skeleton.side_at(offset(form.a));
      if (form.b != 0) found.b = skeleton.side_at(offset(form.b));
      at = count == 3 ? found.at : found.end;
      if (form.unless >= 0 && stands(form.unless) &&
          forbidden(form.unless, hits, found)) {
        continue;
      }
      if (count == 2) complete(form, skeleton, sentence, found);
      write(form, skeleton, sentence, std::move(found));
    }
  }

  static bool forbidden(int atom, const Hits& hits, const Found& found) {
    const auto places = hits.places(atom);
    return std::any_of(places.begin(), places.end(), [&](const RawHit& hit) {
      return hit.begin >= found.begin && hit.begin < found.end + kUnlessReach;
    });
  }

  /// Puts in the side that the sentence leaves out.
  static void complete(const Form& form, const Skeleton& skeleton,
                       const Sentence& sentence, Found& found) {
    const Side& named = form.a != 0 ? found.a : found.b;
    Side& other = form.a != 0 ? found.b : found.a;
    if (form.source->others) {
      other = sentence.cast.others(named);
      return;
    }
    other = skeleton.before(found.at, named);
    const auto& mentions = sentence.cast.mentions;
    for (size_t i = mentions.size(); i-- > 0 && other.empty();) {
      if (mentions[i].span.begin >= sentence.part.begin) continue;
      if (mentions[i].span.begin < sentence.reach) break;
      other = without(sentence.cast.group(mentions[i].group), named);
    }
    if (other.empty()) other = sentence.cast.context(named);
    if (!other.empty()) return;
    other = sentence.cast.others(named);
    if (other.size() > 1) other.clear();
  }

  void write(const Form& form, const Skeleton& skeleton,
             const Sentence& sentence, Found match) const {
    if (match.a.empty() || match.b.empty() || meet(match.a, match.b)) return;
    HeadToHead found;
    found.span = {skeleton.original(match.begin),
                  std::min(skeleton.original(match.end), sentence.text.size())};
    if (!is_stated(sentence.clauses, found.span)) return;
    if (!meet_anew(match.a, match.b, sentence.known)) return;
    if (!form.source->a_wins) std::swap(match.a, match.b);
    found.better = std::move(match.a);
    found.worse = std::move(match.b);
    found.rule = form.source->id;
    found.loser_complaint = form.source->loser_complaint;
    found.category =
        form.source->category.empty()
            ? category(sentence.text, found.span, sentence.part.end)
            : form.source->category;
    sentence.out.push_back(std::move(found));
  }

  static bool is_stated(const Clauses& clauses, Span span) {
    if (clauses.is_quoted(span.begin)) return false;
    for (size_t i = clauses.at(span.begin);
         i < clauses.list.size() && clauses.list[i].begin < span.end; ++i) {
      if (clauses.list[i].question || clauses.list[i].wish) return false;
    }
    return !clauses.supposed.overlaps(span);
  }

  /// The category of the aspect named nearest to the comparing words.
  std::string category(std::string_view text, Span span, size_t end) const {
    for (const Span part : {span, Span{span.end, end}}) {
      size_t best = text.npos;
      std::string name;
      thread_local Hits hits;
      aspect_words.match(text, part.begin, std::max(part.begin, part.end),
                         hits);
      for (const auto& [key, atom] : aspects) {
        const auto places = hits.places(atom);
        if (!places.empty() && places.front().begin < best) {
          best = places.front().begin;
          name = key;
        }
      }
      if (!name.empty()) return name;
    }
    return std::string(kOverall);
  }
};

ComparisonReader::ComparisonReader(const RuleFiles& files,
                                   const PatternCompiler& patterns)
    : impl_(std::make_unique<Impl>()) {
  const auto known = [&](const std::string& key) {
    return std::any_of(files.categories.begin(), files.categories.end(),
                       [&](const auto& one) { return one.key == key; });
  };
  for (const auto& [key, words] : files.aspects) {
    if (words.empty()) continue;
    if (!known(key)) {
      fail(words.front().place, "no category \"" + key + "\" for [aspects]");
    }
    impl_->aspects.emplace_back(
        key, impl_->aspect_words.add(patterns.alternatives(words)));
  }
  for (const ComparisonSource& source : files.comparisons) {
    if (!source.category.empty() && !known(source.category)) {
      fail(source.place, "no category \"" + source.category + "\"");
    }
    impl_->add(source, patterns);
  }
  impl_->words.compile();
  impl_->aspect_words.compile();
}

ComparisonReader::~ComparisonReader() = default;
ComparisonReader::ComparisonReader(ComparisonReader&&) noexcept = default;

void ComparisonReader::forget() const {
  for (const auto* forms :
       {&impl_->outright, &impl_->paired, &impl_->elliptic}) {
    for (const Form& form : *forms) form.pattern->forget();
  }
  impl_->words.forget();
  impl_->aspect_words.forget();
}

void ComparisonReader::read(std::string_view text, const Clauses& clauses,
                            const Cast& cast,
                            std::vector<HeadToHead>& out) const {
  out.clear();
  if (cast.mentions.empty()) return;
  if (cast.mentions.size() + cast.around.size() < 2) return;
  read_rankings(text, cast, out);
  std::erase_if(out, [&](const HeadToHead& one) {
    return clauses.is_quoted(one.span.begin);
  });
  Known known;
  for (const HeadToHead& one : out) meet_anew(one.better, one.worse, known);
  std::array<size_t, kSentencesBack + 1> begins{};  // the newest last
  for (size_t i = 0; i < clauses.list.size();) {
    size_t end = i + 1;
    while (end < clauses.list.size() &&
           clauses.list[end].before != Break::sentence) {
      ++end;
    }
    const Span part{clauses.list[i].begin, clauses.list[end - 1].end};
    std::rotate(begins.begin(), begins.begin() + 1, begins.end());
    begins.back() = part.begin;
    impl_->read({text, part, begins.front(), clauses, cast, known, out});
    i = end;
  }
}

}  // namespace grumble::analyzer
