#include "analyzer/comparison.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>

namespace grumble::analyzer {
namespace {

constexpr std::string_view kGap = R"((?:[^M.!?\n]|\.\d){0,80}?)";

/// A sentence in which every group of names is the one letter M; folded text
/// has no other capitals.
struct Skeleton {
  std::string text;
  std::vector<std::pair<size_t, size_t>> steps;   ///< skeleton, text offset
  std::vector<std::pair<size_t, size_t>> groups;  ///< offset of M, group

  size_t original(size_t at) const {
    auto step = std::upper_bound(
        steps.begin(), steps.end(), at,
        [](size_t value, const auto& one) { return value < one.first; });
    if (step == steps.begin()) return at;
    --step;
    return step->second + (at - step->first);
  }

  size_t group_at(size_t at) const {
    const auto place = std::lower_bound(
        groups.begin(), groups.end(), at,
        [](const auto& one, size_t value) { return one.first < value; });
    return place == groups.end() || place->first != at ? 0 : place->second;
  }
};

Skeleton skeleton_of(std::string_view text, Span part,
                     const std::vector<Mention>& mentions) {
  Skeleton skeleton;
  size_t at = part.begin;
  const auto copy_to = [&](size_t end) {
    if (end <= at) return;
    skeleton.steps.emplace_back(skeleton.text.size(), at);
    skeleton.text += text.substr(at, end - at);
    at = end;
  };
  // "It is worse than B" speaks of what the sentence before named.
  const auto add_pronoun = [&](size_t next) {
    static const RE2 pronoun(
        R"(\s*(?:and |but |honestly,? |imo,? )?(it|it's|its|this|they|they're)\b)");
    re2::StringPiece rest(text.data() + part.begin, part.end - part.begin);
    const char* begin = rest.data();
    if (next == 0 || !RE2::Consume(&rest, pronoun)) return;
    if (mentions[next].span.begin <
        part.begin + static_cast<size_t>(rest.data() - begin)) {
      return;
    }
    skeleton.groups.emplace_back(0, mentions[next - 1].group);
    skeleton.steps.emplace_back(0, part.begin);
    skeleton.text += 'M';
    at = part.begin + static_cast<size_t>(rest.data() - begin);
  };
  const auto first = std::lower_bound(
      mentions.begin(), mentions.end(), part.begin,
      [](const Mention& one, size_t place) { return one.span.begin < place; });
  for (auto i = static_cast<size_t>(first - mentions.begin());
       i < mentions.size() && mentions[i].span.begin < part.end; ++i) {
    const Mention& mention = mentions[i];
    if (skeleton.groups.empty()) add_pronoun(i);
    const bool joined = i > 0 && mentions[i - 1].group == mention.group &&
                        !skeleton.groups.empty();
    if (!joined) {
      copy_to(mention.span.begin);
      skeleton.groups.emplace_back(skeleton.text.size(), mention.group);
      skeleton.steps.emplace_back(skeleton.text.size(), mention.span.begin);
      skeleton.text += 'M';
    }
    at = mention.span.end;
  }
  copy_to(part.end);
  skeleton.steps.emplace_back(skeleton.text.size(), part.end);
  return skeleton;
}

std::vector<size_t> of_group(const std::vector<Mention>& mentions,
                             size_t group) {
  std::vector<size_t> members;
  // A group begins with the mention that it is named after.
  for (size_t i = group; i < mentions.size(); ++i) {
    if (mentions[i].group != group) break;
    members.push_back(i);
  }
  return members;
}

bool same_model(const std::vector<Mention>& mentions,
                const std::vector<size_t>& a, const std::vector<size_t>& b) {
  return mentions[a.front()].model == mentions[b.front()].model;
}

}  // namespace

class ComparisonReader::Impl {
 public:
  struct One {
    const ComparisonSource* source;
    std::unique_ptr<RE2> pattern;
    bool a_first;
    std::vector<int> parts;  ///< of `words`: all stand where it matches
  };

  /// Two sides, whoever wins: the first mention and the size of each.
  using Side = std::pair<size_t, size_t>;
  using Known = std::set<std::pair<Side, Side>>;
  static std::pair<Side, Side> key_of(const std::vector<size_t>& a,
                                      const std::vector<size_t>& b) {
    const Side one{a.front(), a.size()};
    const Side other{b.front(), b.size()};
    return {std::min(one, other), std::max(one, other)};
  }

  std::string compile(const Words& source, const PatternCompiler& patterns,
                      bool& a_first, std::vector<int>& parts) {
    const std::string& text = source.text;
    const size_t a = text.find('A');
    const size_t b = text.find('B');
    if (a == text.npos || b == text.npos) {
      fail(source.place, "a comparison needs one `A` and one `B`");
    }
    a_first = a < b;
    std::string out;
    size_t begin = 0;
    for (size_t i = 0; i <= text.size(); ++i) {
      const char c = i < text.size() ? text[i] : 'A';
      if (c != 'A' && c != 'B' && c != '~') continue;
      std::string part = text.substr(begin, i - begin);
      begin = i + 1;
      const size_t first = part.find_first_not_of(' ');
      if (first != part.npos) {
        part = part.substr(first, part.find_last_not_of(' ') - first + 1);
        const std::string plain = patterns.alternatives({{part, source.place}});
        parts.push_back(words.add(plain));
        out += "\\s*" + plain + "\\s*";
      }
      if (i < text.size()) out += c == '~' ? std::string(kGap) : "(M)(?:'s)?";
    }
    return out;
  }

  void rank_lists(std::string_view text, const std::vector<Mention>& mentions,
                  std::vector<HeadToHead>& out) const {
    // "A > B > C", and numbered lines that each begin with a name.
    static const RE2 above(R"(\s*>+=?\s*)");
    static const RE2 number(
        R"((?:^|[\s\S]*[\n\s])(?:#|no\.?\s?)?(\d)\s?[.):、]\s?[*_"]*)");
    std::vector<size_t> ranked;
    int last = 0;
    for (size_t i = 0; i < mentions.size(); ++i) {
      const size_t begin = i == 0 ? 0 : mentions[i - 1].span.end;
      const std::string_view before =
          text.substr(begin, mentions[i].span.begin - begin);
      const re2::StringPiece piece(before.data(), before.size());
      if (before.find_first_of(">0123456789") == before.npos) continue;
      int n = 0;
      if (i > 0 && RE2::FullMatch(piece, above) &&
          mentions[i].model != mentions[i - 1].model) {
        pair(mentions, {i - 1}, {i}, out, "ranking");
      } else if (before.size() < 400 && RE2::FullMatch(piece, number, &n) &&
                 n == last + 1) {
        last = n;
        ranked.push_back(i);
      }
    }
    if (ranked.size() < 2) return;
    for (size_t i = 0; i < ranked.size(); ++i) {
      for (size_t j = i + 1; j < ranked.size(); ++j) {
        if (mentions[ranked[i]].model == mentions[ranked[j]].model) continue;
        pair(mentions, {ranked[i]}, {ranked[j]}, out, "ranking");
      }
    }
  }

  static void pair(const std::vector<Mention>& mentions,
                   std::vector<size_t> better, std::vector<size_t> worse,
                   std::vector<HeadToHead>& out, std::string rule) {
    const Span a = mentions[better.front()].span;
    const Span b = mentions[worse.front()].span;
    HeadToHead found;
    found.span = {std::min(a.begin, b.begin), std::max(a.end, b.end)};
    found.better = std::move(better);
    found.worse = std::move(worse);
    found.category = kOverall;
    found.rule = std::move(rule);
    out.push_back(std::move(found));
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

  void sentence(std::string_view text, Span part,
                const std::vector<Mention>& mentions, Known& known,
                std::vector<HeadToHead>& out) const {
    const Skeleton skeleton = skeleton_of(text, part, mentions);
    if (skeleton.groups.size() < 2) return;
    const re2::StringPiece input(skeleton.text);
    thread_local Hits hits;
    words.match(skeleton.text, hits);
    for (const One& one : all) {
      const bool possible = std::all_of(
          one.parts.begin(), one.parts.end(),
          [&](int atom) { return hits.holds[static_cast<size_t>(atom)] != 0; });
      if (!possible) continue;
      re2::StringPiece groups[3];
      size_t at = 0;
      while (at < skeleton.text.size() &&
             one.pattern->Match(input, at, skeleton.text.size(),
                                RE2::UNANCHORED, groups, 3)) {
        const auto offset = [&](int i) {
          return static_cast<size_t>(groups[i].data() - input.data());
        };
        at = offset(2);
        auto a = of_group(mentions, skeleton.group_at(offset(1)));
        auto b = of_group(mentions, skeleton.group_at(offset(2)));
        if (!one.a_first) std::swap(a, b);
        if (!one.source->a_wins) std::swap(a, b);
        if (same_model(mentions, a, b)) continue;
        const Span span{skeleton.original(offset(0)),
                        skeleton.original(offset(0) + groups[0].size())};
        if (!known.insert(key_of(a, b)).second) continue;
        HeadToHead found;
        found.better = std::move(a);
        found.worse = std::move(b);
        found.span = {span.begin, std::min(span.end, text.size())};
        found.rule = one.source->id;
        found.loser_complaint = one.source->loser_complaint;
        found.category = one.source->category.empty()
                             ? category(text, found.span, part.end)
                             : one.source->category;
        out.push_back(std::move(found));
      }
    }
  }

  std::vector<One> all;
  std::vector<std::pair<std::string, int>> aspects;
  Matcher words;  ///< of the patterns, without names and gaps
  Matcher aspect_words;
};

ComparisonReader::ComparisonReader(const RuleFiles& files,
                                   const PatternCompiler& patterns)
    : impl_(std::make_unique<Impl>()) {
  RE2::Options options;
  options.set_log_errors(false);
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
    for (const Words& words : source.patterns) {
      Impl::One one{&source, nullptr, true, {}};
      const std::string pattern =
          impl_->compile(words, patterns, one.a_first, one.parts);
      one.pattern = std::make_unique<RE2>(pattern, options);
      if (!one.pattern->ok()) fail(words.place, one.pattern->error());
      impl_->all.push_back(std::move(one));
    }
  }
  impl_->words.compile();
  impl_->aspect_words.compile();
}

ComparisonReader::~ComparisonReader() = default;
ComparisonReader::ComparisonReader(ComparisonReader&&) noexcept = default;

void ComparisonReader::read(std::string_view text, const Clauses& clauses,
                            const std::vector<Mention>& mentions,
                            std::vector<HeadToHead>& out) const {
  out.clear();
  if (mentions.size() < 2) return;
  impl_->rank_lists(text, mentions, out);
  Impl::Known known;
  for (const HeadToHead& one : out) {
    known.insert(Impl::key_of(one.better, one.worse));
  }
  for (size_t i = 0; i < clauses.list.size();) {
    size_t end = i + 1;
    while (end < clauses.list.size() &&
           clauses.list[end].before != Break::sentence) {
      ++end;
    }
    const Span part{clauses.list[i].begin, clauses.list[end - 1].end};
    impl_->sentence(text, part, mentions, known, out);
    i = end;
  }
  std::erase_if(out, [&](const HeadToHead& one) {
    return clauses.is_quoted(one.span.begin);
  });
}

}  // namespace grumble::analyzer
