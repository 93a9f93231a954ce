#include "analyzer/comparison.h"

#include <algorithm>
#include <set>
#include <utility>

#include "analyzer/form.h"
#include "analyzer/ranking.h"

namespace grumble::analyzer {
namespace {

constexpr size_t kSentencesBack = 2;
constexpr size_t kUnlessReach = 24;  // bytes behind the comparing words

/// A form of a comparison's words. With both sides written out it pairs what
/// the sentence names; with one of them, the other is looked for before it.
struct Wording {
  const ComparisonSource* source = nullptr;
  Form form;
  int unless = -1;  ///< atom that must not stand behind its begin
};

/// Who a match holds above whom.
struct Found {
  FormMatch match;
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
      Wording wording{&source, Form(one, patterns, words), unless};
      (source.others               ? outright
       : wording.form.names_both() ? paired
                                   : elliptic)
          .push_back(std::move(wording));
    }
  }

  void read(const Sentence& sentence) const {
    const Skeleton skeleton(sentence.text, sentence.part, sentence.cast);
    if (skeleton.size() == 0) return;
    thread_local Hits hits;
    words.match(skeleton.text(), hits);
    const size_t before = sentence.out.size();
    for (const auto* wordings : {&outright, &paired, &elliptic}) {
      for (const Wording& one : *wordings) {
        match(one, skeleton, hits, sentence);
      }
      if (sentence.out.size() > before) return;
    }
  }

  std::vector<Wording> outright;  ///< against all others
  std::vector<Wording> paired;
  std::vector<Wording> elliptic;
  std::vector<std::pair<std::string, int>> aspects;
  Matcher words;  ///< of the forms
  Matcher aspect_words;

 private:
  void match(const Wording& wording, const Skeleton& skeleton, const Hits& hits,
             const Sentence& sentence) const {
    thread_local std::vector<FormMatch> matches;
    wording.form.find(skeleton, hits, matches);
    for (const FormMatch& match : matches) {
      if (wording.unless >= 0 && forbidden(wording.unless, hits, match)) {
        continue;
      }
      Found found{match, {}, {}};
      if (match.a) found.a = skeleton.side_at(*match.a);
      if (match.b) found.b = skeleton.side_at(*match.b);
      if (!wording.form.names_both()) {
        complete(*wording.source, skeleton, sentence, found);
      }
      write(*wording.source, skeleton, sentence, std::move(found));
    }
  }

  static bool forbidden(int atom, const Hits& hits, const FormMatch& match) {
    const auto places = hits.places(atom);
    return std::any_of(places.begin(), places.end(), [&](const RawHit& hit) {
      return hit.begin >= match.begin && hit.begin < match.end + kUnlessReach;
    });
  }

  /// Puts in the side that the sentence leaves out.
  static void complete(const ComparisonSource& source, const Skeleton& skeleton,
                       const Sentence& sentence, Found& found) {
    const Side& named = found.match.a ? found.a : found.b;
    Side& other = found.match.a ? found.b : found.a;
    if (source.others) {
      other = sentence.cast.others(named);
      return;
    }
    other = skeleton.before(found.match.last(), named);
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

  void write(const ComparisonSource& source, const Skeleton& skeleton,
             const Sentence& sentence, Found found) const {
    if (found.a.empty() || found.b.empty() || meet(found.a, found.b)) return;
    HeadToHead record;
    record.span = {
        skeleton.original(found.match.begin),
        std::min(skeleton.original(found.match.end), sentence.text.size())};
    if (!is_stated(sentence.clauses, record.span)) return;
    if (!meet_anew(found.a, found.b, sentence.known)) return;
    if (!source.a_wins) std::swap(found.a, found.b);
    record.better = std::move(found.a);
    record.worse = std::move(found.b);
    record.rule = source.id;
    record.loser_complaint = source.loser_complaint;
    record.category =
        source.category.empty()
            ? category(sentence.text, record.span, sentence.part.end)
            : source.category;
    sentence.out.push_back(std::move(record));
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
