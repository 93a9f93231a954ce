#include "analyzer/rule_book.h"

#include <algorithm>

#include "analyzer/analyzer.h"

namespace grumble::analyzer {
namespace {

constexpr size_t kMaxMatchesPerForm = 64;

/// Where each atom of a text stands, looked up at most once.
class Places {
 public:
  Places(std::string_view text, const Matcher& matcher)
      : text_(text), matcher_(matcher) {}

  const std::vector<Span>& of(int atom) {
    for (auto& [known, spans] : found_) {
      if (known == atom) return spans;
    }
    std::vector<Span> spans;
    matcher_.find(atom, text_, 0, text_.size(), spans);
    found_.emplace_back(atom, std::move(spans));
    return found_.back().second;
  }

 private:
  std::string_view text_;
  const Matcher& matcher_;
  std::vector<std::pair<int, std::vector<Span>>> found_;
};

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

bool complete(const Form& form, Places& places, std::string_view text,
              const Clauses& clauses, Span first, RuleMatch& match) {
  match.span = first;
  match.pieces.assign(1, first);
  for (size_t i = 1; i < form.atoms.size(); ++i) {
    const auto spans = places.of(form.atoms[i]);
    const Span from = form.ordered ? match.pieces.back() : first;
    const Span* best = nullptr;
    double best_distance = form.gaps[i - 1];
    for (bool forward : {true, false}) {
      if (!forward && form.ordered) continue;
      const Span* one = nearest(spans, from, forward);
      if (!one) continue;
      const double distance =
          forward ? clauses.distance(text, from.end, one->begin)
                  : clauses.distance(text, one->end, from.begin);
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

std::string primary(std::string_view lang) {
  return std::string(lang.substr(0, lang.find('-')));
}

}  // namespace

RuleBook::RuleBook(const RuleFiles& files, const PatternCompiler& patterns,
                   Matcher& matcher) {
  for (size_t c = 0; c < files.categories.size(); ++c) {
    for (const RuleSource& source : files.categories[c].rules) {
      add_rule(source, c, files, patterns, matcher);
    }
  }
}

void RuleBook::add_rule(const RuleSource& source, size_t category,
                        const RuleFiles& files, const PatternCompiler& patterns,
                        Matcher& matcher) {
  const size_t index = rules_.size();
  Rule& rule = rules_.emplace_back();
  rule.id = source.id;
  rule.category = category;
  rule.source = &source;
  const auto gather = [&](auto compile) {
    try {
      compile();
    } catch (const RuleError& error) {
      errors_.emplace_back(error.what());
    }
  };
  const auto lazy = [&](const WordList& words, int& atom) {
    if (words.empty()) return;
    gather([&] { atom = lazy_.add(patterns.alternatives(words)); });
  };
  lazy(source.require, rule.require);
  lazy(source.unless, rule.unless);
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
  // Phrases without a gap share one atom: fewer patterns, the same places.
  std::string plain;
  const auto add_plain = [&](const std::string& pattern) {
    plain += (plain.empty() ? "" : "|") + pattern;
  };
  for (const Words& words : source.phrases) {
    gather([&] {
      const Pattern pattern = patterns.phrase(words);
      if (pattern.pieces.size() == 1) return add_plain(pattern.pieces.front());
      Form form;
      for (const auto& piece : pattern.pieces) {
        form.atoms.push_back(matcher.add(piece));
      }
      form.gaps = pattern.gaps;
      add_form(index, std::move(form));
    });
  }
  for (const Words& words : source.regexes) {
    gather([&] { add_plain(patterns.regex(words)); });
  }
  if (!plain.empty()) add_form(index, {{matcher.add(plain)}, {}, true});
  for (const NearSource& near : source.near) {
    gather([&] {
      Form form;
      for (const WordList& group : near.groups) {
        form.atoms.push_back(matcher.add(patterns.alternatives(group)));
      }
      form.gaps.assign(near.groups.size() - 1, near.within);
      form.ordered = near.ordered;
      add_form(index, std::move(form));
    });
  }
}

void RuleBook::add_form(size_t rule, Form form) {
  const auto key = static_cast<size_t>(
      *std::max_element(form.atoms.begin(), form.atoms.end()));
  if (by_atom_.size() <= key) by_atom_.resize(key + 1);
  by_atom_[key].emplace_back(rule, rules_[rule].forms.size());
  rules_[rule].forms.push_back(std::move(form));
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
      const auto& atoms = rule.forms[form].atoms;
      if (!std::all_of(atoms.begin(), atoms.end(), [&](int other) {
            return hits.holds[static_cast<size_t>(other)];
          })) {
        continue;
      }
      const auto& langs = rule.source->langs;
      if (!langs.empty() && !lang.empty() &&
          std::find(langs.begin(), langs.end(), primary(lang)) == langs.end()) {
        continue;
      }
      rules.push_back(index);
    }
  }
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
}

void RuleBook::match(const std::vector<size_t>& candidates,
                     std::string_view text, const Hits& hits,
                     const Matcher& matcher, const Clauses& clauses,
                     std::vector<RuleMatch>& matches) const {
  Places places(text, matcher);
  matches.clear();
  for (size_t index : candidates) {
    const Rule& rule = rules_[index];
    if (rule.unless_text >= 0 &&
        lazy_.holds(rule.unless_text, text, 0, text.size())) {
      continue;
    }
    for (const Form& form : rule.forms) {
      if (!std::all_of(form.atoms.begin(), form.atoms.end(), [&](int atom) {
            return hits.holds[static_cast<size_t>(atom)];
          })) {
        continue;
      }
      const auto firsts = places.of(form.atoms.front());
      size_t count = 0;
      for (const Span& first : firsts) {
        RuleMatch match;
        match.rule = index;
        if (!complete(form, places, text, clauses, first, match)) continue;
        const Clause& clause = clauses.list[clauses.at(match.span.begin)];
        const size_t end = std::max(clause.end, match.span.end);
        if (rule.require >= 0 &&
            !lazy_.holds(rule.require, text, clause.begin, end)) {
          continue;
        }
        if (rule.unless >= 0 &&
            lazy_.holds(rule.unless, text, clause.begin, end)) {
          continue;
        }
        matches.push_back(std::move(match));
        if (++count == kMaxMatchesPerForm) break;
      }
    }
  }
}

}  // namespace grumble::analyzer
