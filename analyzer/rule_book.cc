#include "analyzer/rule_book.h"

#include <algorithm>
#include <unordered_map>

#include "analyzer/language.h"
#include "analyzer/rule_error.h"

namespace grumble::analyzer {
namespace {

/// The span of `spans` nearest behind `at` (forward) or before it.
const Span* nearest(const std::vector<Span>& spans, Span from, bool forward) {
  if (forward) {
    const auto next = std::lower_bound(
        spans.begin(), spans.end(), from.end,
        [](const Span& span, size_t at) { return span.begin < at; });
    return next == spans.end() ? nullptr : &*next;
  }
  const auto next = std::upper_bound(
      spans.begin(), spans.end(), from.begin,
      [](size_t at, const Span& span) { return at < span.end; });
  return next == spans.begin() ? nullptr : &*(next - 1);
}

/// A list of words.toml is one atom, whichever rules name it.
Group group_of(const WordList& words, const PatternCompiler& patterns,
               Matcher& matcher) {
  Group group;
  WordList own;
  for (const Words& one : words) {
    const bool list =
        one.text.starts_with('{') && one.text.find('}') == one.text.size() - 1;
    if (list) {
      group.push_back(matcher.add(patterns.alternatives({one})));
    } else {
      own.push_back(one);
    }
  }
  if (!own.empty()) group.push_back(matcher.add(patterns.alternatives(own)));
  return group;
}

}  // namespace

/// Where each group of a text stands, looked up at most once.
class RuleBook::Places {
 public:
  Places(const std::vector<Group>& groups, std::string_view text,
         const Hits& hits)
      : groups_(groups), text_(text), hits_(hits) {}

  const std::vector<Span>& of(size_t group) {
    const auto [place, fresh] = found_.try_emplace(group);
    std::vector<Span>& spans = place->second;
    if (!fresh) return spans;
    for (int atom : groups_[group]) {
      for (const RawHit& hit : hits_.places(atom)) {
        spans.push_back({hit.begin, hit.end});
      }
    }
    std::stable_sort(
        spans.begin(), spans.end(),
        [](const Span& x, const Span& y) { return x.begin < y.begin; });
    return spans;
  }

  /// Puts the other groups of `form` to its `first`; false: one is too far.
  bool complete(const Form& form, const Clauses& clauses, Span first,
                RuleMatch& match);

 private:
  const std::vector<Group>& groups_;
  std::string_view text_;
  const Hits& hits_;
  std::unordered_map<size_t, std::vector<Span>> found_;
};

bool RuleBook::Places::complete(const Form& form, const Clauses& clauses,
                                Span first, RuleMatch& match) {
  match.span = first;
  match.pieces.assign(1, first);
  for (size_t i = 1; i < form.groups.size(); ++i) {
    const auto& spans = of(form.groups[i]);
    const Span from = form.ordered ? match.pieces.back() : first;
    const Span* best = nullptr;
    double best_distance = form.gaps[i - 1];
    for (bool forward : {true, false}) {
      if (!forward && form.ordered) continue;
      const Span* one = nearest(spans, from, forward);
      if (!one) continue;
      const double distance =
          forward ? clauses.distance(text_, from.end, one->begin)
                  : clauses.distance(text_, one->end, from.begin);
      if (distance <= best_distance) {
        best = one;
        best_distance = distance;
      }
    }
    if (!best) return false;
    match.pieces.push_back(*best);
    match.span.begin = std::min(match.span.begin, best->begin);
    match.span.end = std::max(match.span.end, best->end);
  }
  return true;
}

/// Which conditions hold in which part of a text: each part is read once,
/// whatever the number of rules that ask.
class RuleBook::Conditions {
 public:
  Conditions(const Matcher& matcher, std::string_view text)
      : matcher_(matcher), text_(text) {}

  bool hold(int atom, Span part) {
    const auto [place, fresh] = known_.try_emplace({part.begin, part.end});
    if (fresh) {
      thread_local Hits hits;
      matcher_.match(text_, part.begin, part.end, hits);
      place->second = hits.ids;
    }
    return std::binary_search(place->second.begin(), place->second.end(), atom);
  }

 private:
  const Matcher& matcher_;
  std::string_view text_;
  std::map<std::pair<size_t, size_t>, std::vector<int>> known_;
};

RuleBook::RuleBook(const RuleFiles& files, const PatternCompiler& patterns,
                   Matcher& matcher, int64_t max_memory) {
  for (size_t c = 0; c < files.categories.size(); ++c) {
    for (const RuleSource& source : files.categories[c].rules) {
      add_rule(source, c, files, patterns);
    }
  }
  for (const bool topic : {false, true}) {
    for (size_t index = 0; index < rules_.size(); ++index) {
      if (rules_[index].source->topic != topic) continue;
      add_forms(index, patterns, matcher);
    }
    if (!topic) behind_untopical_ = matcher.size();
  }
  for (auto& rules : rules_of_) std::sort(rules.begin(), rules.end());
  conditions_.compile(max_memory);
}

template <typename Compile>
void RuleBook::gather(Compile compile) {
  try {
    compile();
  } catch (const RuleError& error) {
    errors_.emplace_back(error.what());
  }
}

void RuleBook::add_rule(const RuleSource& source, size_t category,
                        const RuleFiles& files,
                        const PatternCompiler& patterns) {
  Rule& rule = rules_.emplace_back();
  rule.id = source.id;
  rule.category = category;
  rule.source = &source;
  const auto lazy = [&](const WordList& words, int& atom) {
    if (words.empty()) return;
    gather([&] { atom = conditions_.add(patterns.alternatives(words)); });
  };
  lazy(source.require, rule.require);
  lazy(source.require_text, rule.require_text);
  lazy(source.unless, rule.unless);
  lazy(source.unless_sentence, rule.unless_sentence);
  lazy(source.unless_text, rule.unless_text);
  for (const Words& name : source.models) {
    const auto at = std::find_if(
        files.models.begin(), files.models.end(),
        [&](const ModelSource& model) { return model.name == name.text; });
    gather([&] {
      if (at == files.models.end()) {
        fail(name.place, "no model \"" + name.text + "\" in models.toml");
      }
    });
    rule.models.push_back(static_cast<size_t>(at - files.models.begin()));
  }
}

void RuleBook::add_forms(size_t index, const PatternCompiler& patterns,
                         Matcher& matcher) {
  const RuleSource& source = *rules_[index].source;
  // Phrases without a gap share one atom: fewer patterns, the same places.
  std::vector<std::string> plain;
  for (const Words& words : source.phrases) {
    gather([&] {
      const Pattern pattern = patterns.phrase(words);
      if (pattern.pieces.size() == 1) {
        plain.push_back(pattern.pieces.front());
        return;
      }
      Form form;
      for (const auto& piece : pattern.pieces) {
        form.groups.push_back(group_index({matcher.add(piece)}));
      }
      form.gaps = pattern.gaps;
      add_form(index, std::move(form), matcher);
    });
  }
  for (const Words& words : source.regexes) {
    gather([&] { plain.push_back(patterns.regex(words)); });
  }
  if (!plain.empty()) {
    Form form;
    form.groups.push_back(group_index({matcher.add(join_patterns(plain))}));
    add_form(index, std::move(form), matcher);
  }
  for (const NearSource& near : source.near) {
    gather([&] {
      Form form;
      for (const WordList& group : near.groups) {
        form.groups.push_back(group_index(group_of(group, patterns, matcher)));
      }
      form.gaps.assign(near.groups.size() - 1, near.within);
      form.ordered = near.ordered;
      add_form(index, std::move(form), matcher);
    });
  }
}

const std::vector<size_t>& RuleBook::rules_of(int atom) const {
  static const std::vector<size_t> kNone;
  const auto at = static_cast<size_t>(atom);
  return at < rules_of_.size() ? rules_of_[at] : kNone;
}

size_t RuleBook::group_index(Group group) {
  const auto [place, fresh] = group_ids_.emplace(group, groups_.size());
  if (fresh) groups_.push_back(std::move(group));
  return place->second;
}

void RuleBook::add_form(size_t rule, Form form, const Matcher& matcher) {
  // Keyed by the group that is the rarest: few texts then look at the form.
  const Group* key = nullptr;
  double least = 0;
  for (size_t index : form.groups) {
    const Group& group = groups_[index];
    double chance = 0;
    for (int atom : group) {
      chance += matcher.chance(atom);
      const auto at = static_cast<size_t>(atom);
      if (rules_of_.size() <= at) rules_of_.resize(at + 1);
      auto& rules = rules_of_[at];
      if (rules.empty() || rules.back() != rule) rules.push_back(rule);
    }
    if (key && chance >= least) continue;
    key = &group;
    least = chance;
  }
  for (int atom : *key) {
    const auto at = static_cast<size_t>(atom);
    if (by_atom_.size() <= at) by_atom_.resize(at + 1);
    by_atom_[at].emplace_back(rule, rules_[rule].forms.size());
  }
  if (!rules_[rule].source->topic) {
    const Group& first = groups_[form.groups.front()];
    untopical_.insert(first.begin(), first.end());
  }
  rules_[rule].forms.push_back(std::move(form));
}

bool RuleBook::present(const Form& form, const Hits& hits) const {
  return std::all_of(form.groups.begin(), form.groups.end(), [&](size_t index) {
    const Group& group = groups_[index];
    return std::any_of(group.begin(), group.end(), [&](int atom) {
      return hits.holds[static_cast<size_t>(atom)] != 0;
    });
  });
}

void RuleBook::candidates(const Hits& hits, bool about_video,
                          std::string_view lang,
                          std::vector<size_t>& rules) const {
  rules.clear();
  for (int id : hits.ids) {
    const auto atom = static_cast<size_t>(id);
    if (atom >= by_atom_.size()) break;
    for (const auto& [index, form] : by_atom_[atom]) {
      const Rule& rule = rules_[index];
      if (rule.source->topic && !about_video) continue;
      if (!present(rule.forms[form], hits)) continue;
      if (!speaks(rule.source->langs, lang)) continue;
      rules.push_back(index);
    }
  }
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
}

void RuleBook::match(const std::vector<size_t>& candidates,
                     std::string_view text, const Hits& hits,
                     const Clauses& clauses, std::vector<RuleMatch>& matches,
                     Trace* trace) const {
  Places places(groups_, text, hits);
  Conditions conditions(conditions_, text);
  matches.clear();
  for (size_t index : candidates) {
    const Rule& rule = rules_[index];
    const size_t before = matches.size();
    for (const Form& form : rule.forms) {
      if (present(form, hits)) {
        match_form(index, form, places, conditions, clauses, matches, trace);
      }
    }
    // Asked last: these read the whole text, and few rules come this far.
    if (matches.size() == before) continue;
    const Span all{0, text.size()};
    const char* refusal = nullptr;
    if (rule.require_text >= 0 && !conditions.hold(rule.require_text, all)) {
      refusal = "`require_text` does not stand in the text";
    } else if (rule.unless_text >= 0 &&
               conditions.hold(rule.unless_text, all)) {
      refusal = "`unless_text` stands in the text";
    }
    if (!refusal) continue;
    if (trace) trace->stop(rule.id, {}, refusal);
    matches.resize(before);
  }
}

void RuleBook::match_form(size_t index, const Form& form, Places& places,
                          Conditions& conditions, const Clauses& clauses,
                          std::vector<RuleMatch>& matches, Trace* trace) const {
  const Rule& rule = rules_[index];
  // What a clause requires or forbids is the same for all matches within it.
  Span asked{1, 0};
  const char* refusal = nullptr;
  for (const Span& first : places.of(form.groups.front())) {
    RuleMatch match;
    match.rule = index;
    if (!places.complete(form, clauses, first, match)) {
      if (trace) trace->stop(rule.id, first, "its words stand too far apart");
      continue;
    }
    const size_t at = clauses.at(match.span.begin);
    const Clause& clause = clauses.list[at];
    const Clause& last = clauses.list[clauses.at(match.span.end - 1)];
    const Span part{clause.begin, std::max(last.end, match.span.end)};
    if (part != asked) {
      asked = part;
      refusal = nullptr;
      if (rule.require >= 0 && !conditions.hold(rule.require, part)) {
        refusal = "`require` does not stand in the clause";
      } else if (rule.unless >= 0 && conditions.hold(rule.unless, part)) {
        refusal = "`unless` stands in the clause";
      } else if (rule.unless_sentence >= 0 &&
                 conditions.hold(rule.unless_sentence, clauses.sentence(at))) {
        refusal = "`unless_sentence` stands in the sentence";
      }
    }
    if (!refusal) {
      matches.push_back(std::move(match));
    } else if (trace) {
      trace->stop(rule.id, match.span, refusal);
    }
  }
}

}  // namespace grumble::analyzer
