#include "analyzer/analysis.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "analyzer/cover.h"
#include "analyzer/polarity.h"

namespace grumble::analyzer {
namespace {

using domain::Finding;
using domain::Polarity;
using domain::Scope;

constexpr double kDuelConfidence = 0.85;

double confidence_of(Scope scope) {
  switch (scope) {
    case Scope::clause:
      return 1.0;
    case Scope::text:
      return 0.85;
    case Scope::context:
      return 0.7;
    case Scope::none:
      return 0.5;
  }
  return 0.5;
}

/// Whether the text holds one of its names against what it answers to.
bool held_to_context(const Work& work) {
  const auto absent = [](const Party& one) { return !one.mention; };
  return std::any_of(
      work.duels.begin(), work.duels.end(), [&](const HeadToHead& duel) {
        return std::any_of(duel.better.begin(), duel.better.end(), absent) ||
               std::any_of(duel.worse.begin(), duel.worse.end(), absent);
      });
}

/// Without the spaces and line ends around it.
Span trimmed(std::string_view text, Span span) {
  const auto blank = [&](size_t at) {
    return text[at] == ' ' || text[at] == '\n';
  };
  while (span.begin < span.end && blank(span.begin)) ++span.begin;
  while (span.end > span.begin && blank(span.end - 1)) --span.end;
  return span;
}

}  // namespace

FindingWriter::FindingWriter(const RuleFiles& files, const RuleBook& book,
                             const ModelReader& models)
    : files_(files), book_(book), models_(models) {
  const auto add = [&](const std::string& key) {
    const auto [place, fresh] = category_ids_.emplace(key, categories_.size());
    if (fresh) categories_.push_back(key);
    return place->second;
  };
  for (const auto& category : files.categories) add(category.key);
  overall_ = add(std::string(kOverall));
  for (const auto& comparison : files.comparisons) {
    if (!comparison.category.empty()) add(comparison.category);
  }
}

void FindingWriter::write(const Work& work, bool raw,
                          domain::Analysis& out) const {
  Drafts drafts;
  draft_matches(work, drafts);
  draft_duels(work, raw, drafts);
  for (const HeadToHead& duel : work.duels) {
    for (const Party& better : duel.better) {
      for (const Party& worse : duel.worse) {
        out.comparisons.push_back({models_.names()[better.model],
                                   models_.names()[worse.model],
                                   duel.category});
      }
    }
  }
  if (!raw) settle(work, drafts);
  if (out.comparisons.empty()) compare_by_findings(drafts, out);
  for (const Draft& draft : drafts) {
    out.findings.push_back(finding_of(work, draft));
  }
  std::stable_sort(out.findings.begin(), out.findings.end(),
                   [](const Finding& a, const Finding& b) {
                     return std::tie(a.begin, a.category) <
                            std::tie(b.begin, b.category);
                   });
}

// "Sora: label melts. Kling: label survives": of two models that the text
// speaks of the one is only praised, the other only run down.
void FindingWriter::compare_by_findings(const Drafts& drafts,
                                        domain::Analysis& out) const {
  std::map<size_t, std::set<Polarity>> said;
  for (const Draft& draft : drafts) {
    if (draft.scope == Scope::context || !draft.model) return;
    said[*draft.model].insert(draft.polarity);
  }
  if (said.size() != 2) return;
  for (auto better = said.begin(); better != said.end(); ++better) {
    const auto worse =
        better == said.begin() ? std::next(better) : said.begin();
    if (better->second != std::set{Polarity::praise}) continue;
    if (worse->second != std::set{Polarity::complaint}) continue;
    out.comparisons.push_back({models_.names()[better->first],
                               models_.names()[worse->first],
                               std::string(kOverall)});
  }
}

void FindingWriter::draft_matches(const Work& work, Drafts& drafts) const {
  const std::string_view text = work.folded.text();
  for (const RuleMatch& match : work.matches) {
    const Rule& rule = book_.rules()[match.rule];
    const auto stop_here = [&](const char* why) {
      if (work.trace) work.trace->stop(rule.id, match.span, why);
    };
    if (work.clauses.is_quoted(match.span.begin)) {
      stop_here("it stands in a quotation or a prompt");
      continue;
    }
    const Clause& clause = work.clauses.list[work.clauses.at(match.span.begin)];
    const auto polarity =
        in_clause(*rule.source, clause,
                  {work.clauses.negated(text, match.span, match.pieces),
                   work.clauses.supposed.holds(match.span.begin),
                   work.clauses.resolved(text, match.span, match.pieces)});
    if (!polarity) {
      stop_here("its clause is no statement (if, not, a question or a wish)");
      continue;
    }
    draft_match(work, match, *polarity, drafts);
  }
}

void FindingWriter::draft_match(const Work& work, const RuleMatch& match,
                                Polarity polarity, Drafts& drafts) const {
  const Rule& rule = book_.rules()[match.rule];
  Attribution by = attribute(work.clauses, work.mentions, match.span);
  const bool elsewhere = (by.held_against || by.ahead) && held_to_context(work);
  if ((by.models.empty() || elsewhere) && work.around.size() == 1) {
    by.models.assign(1, work.around.front());
    by.mentions.clear();
    by.scope = Scope::context;
  }
  const bool named = !by.models.empty() && by.scope != Scope::context;
  if (rule.source->named && !named) {
    if (work.trace) work.trace->stop(rule.id, match.span, "no model is named");
    return;
  }
  Draft draft;
  draft.category = rule.category;
  draft.polarity = polarity;
  draft.scope = by.scope;
  draft.rule = match.rule;
  draft.confidence = rule.source->confidence * confidence_of(by.scope);
  draft.statement = trimmed(work.folded.text(), match.span);
  draft.span = {work.folded.original_begin(draft.statement.begin),
                work.folded.original_end(draft.statement.end)};
  if (by.models.empty() && rule.models.empty()) drafts.push_back(draft);
  bool any = by.models.empty() && rule.models.empty();
  for (size_t i = 0; i < by.models.size(); ++i) {
    if (!rule.models.empty() &&
        std::find(rule.models.begin(), rule.models.end(), by.models[i]) ==
            rule.models.end()) {
      continue;
    }
    draft.model = by.models[i];
    draft.mention.reset();
    if (i < by.mentions.size()) draft.mention = by.mentions[i];
    drafts.push_back(draft);
    any = true;
  }
  if (!any && work.trace) {
    work.trace->stop(rule.id, match.span, "it is about none of its `model`s");
  }
}

void FindingWriter::draft_duels(const Work& work, bool raw,
                                Drafts& drafts) const {
  if (!raw && !work.duels.empty()) drop_compared(work, drafts);
  // A later comparison displaces an earlier one that it overlaps.
  Drafts compared;
  std::map<size_t, Cover> later;
  Cover later_any;
  for (size_t d = work.duels.size(); d-- > 0;) {
    const HeadToHead& duel = work.duels[d];
    const size_t category = category_ids_.at(duel.category);
    Draft draft;
    draft.category = category;
    draft.duel = d;
    draft.statement = trimmed(work.folded.text(), duel.span);
    draft.span = {work.folded.original_begin(draft.statement.begin),
                  work.folded.original_end(draft.statement.end)};
    if (!duel.praises && !duel.loser_complaint) continue;
    const bool displaced =
        later[category].overlaps(draft.span) ||
        (category == overall_ && later_any.overlaps(draft.span));
    later[category].add(draft.span);
    later_any.add(draft.span);
    if (displaced && !raw) continue;
    const auto add = [&](const Party& one, const Side& other,
                         Polarity polarity) {
      draft.model = one.model;
      draft.mention = one.mention;
      draft.scope = one.mention ? Scope::clause : Scope::context;
      draft.confidence = kDuelConfidence * confidence_of(draft.scope);
      draft.counterpart = other.front().model;
      draft.polarity = polarity;
      compared.push_back(draft);
    };
    // Backwards, since all of it is turned around below.
    if (duel.loser_complaint) {
      for (auto one = duel.worse.rbegin(); one != duel.worse.rend(); ++one) {
        add(*one, duel.better, Polarity::complaint);
      }
    }
    if (!duel.praises) continue;
    for (auto one = duel.better.rbegin(); one != duel.better.rend(); ++one) {
      add(*one, duel.worse, Polarity::praise);
    }
  }
  drafts.insert(drafts.end(), compared.rbegin(), compared.rend());
}

/// The comparison says more than single words within it.
void FindingWriter::drop_compared(const Work& work, Drafts& drafts) const {
  std::map<size_t, Cover> compared;
  Cover any;
  for (const HeadToHead& duel : work.duels) {
    const Span span{work.folded.original_begin(duel.span.begin),
                    work.folded.original_end(duel.span.end)};
    compared[category_ids_.at(duel.category)].add(span);
    any.add(span);
  }
  std::erase_if(drafts, [&](const Draft& draft) {
    const auto same = compared.find(draft.category);
    const bool drop =
        (same != compared.end() && same->second.overlaps(draft.span)) ||
        (draft.category == overall_ && any.overlaps(draft.span));
    if (drop) stop(work, draft, "a comparison says more than its words");
    return drop;
  });
}

/// What says little gives way to what the text says more plainly.
void FindingWriter::drop_vague(const Work& work, Drafts& drafts) const {
  const auto vague = [&](const Draft& draft) {
    return !draft.duel && book_.rules()[draft.rule].source->vague;
  };
  Drafts plain;
  std::remove_copy_if(drafts.begin(), drafts.end(), std::back_inserter(plain),
                      vague);
  if (plain.size() == drafts.size()) return;
  std::erase_if(drafts, [&](const Draft& draft) {
    const bool drop =
        vague(draft) &&
        std::any_of(plain.begin(), plain.end(), [&](const Draft& other) {
          return other.category != draft.category &&
                 other.polarity == draft.polarity &&
                 (other.model == draft.model || !other.model || !draft.model);
        });
    if (drop) stop(work, draft, "the text says it more plainly");
    return drop;
  });
}

/// Words that charge a model with one fault charge it with no other less
/// surely. `drafts` are by falling confidence.
void FindingWriter::drop_less_sure(const Work& work, Drafts& drafts) const {
  struct Said {
    Cover surer;
    Drafts level;  ///< of one confidence: they bear with each other
  };
  std::map<std::optional<size_t>, Said> said;  // by model
  std::erase_if(drafts, [&](const Draft& draft) {
    if (draft.polarity != Polarity::complaint) return false;
    Said& one = said[draft.model];
    if (!one.level.empty() && one.level.front().confidence > draft.confidence) {
      for (const Draft& other : one.level) one.surer.add(other.span);
      one.level.clear();
    }
    if (one.surer.overlaps(draft.span)) {
      stop(work, draft, "a surer finding has the same words");
      return true;
    }
    one.level.push_back(draft);
    return false;
  });
}

void FindingWriter::settle(const Work& work, Drafts& drafts) const {
  if (drafts.size() < 2) return;
  drop_vague(work, drafts);
  const auto fallback = [&](const Draft& draft) {
    return draft.category < files_.categories.size() &&
           files_.categories[draft.category].fallback;
  };
  Cover specific;
  for (const Draft& draft : drafts) {
    if (!fallback(draft)) specific.add(draft.span);
  }
  std::erase_if(drafts, [&](const Draft& draft) {
    const bool drop = fallback(draft) && specific.overlaps(draft.span);
    if (drop) stop(work, draft, "a finer category has the same words");
    return drop;
  });
  std::stable_sort(drafts.begin(), drafts.end(),
                   [](const Draft& a, const Draft& b) {
                     return a.confidence > b.confidence;
                   });
  drop_less_sure(work, drafts);
  // One statement is counted once, by the rule that is surest of it. What has
  // the same rule and polarity is one statement, wherever it stands: of each
  // such kind one is kept, and what overlaps none is told by a cover.
  struct Kept {
    Cover cover;
    std::vector<std::tuple<bool, size_t, std::string, Polarity>> kinds;
  };
  std::map<std::pair<size_t, std::optional<size_t>>, Kept> kept;
  std::erase_if(drafts, [&](const Draft& draft) {
    Kept& same = kept[{draft.category, draft.model}];
    const std::string duel =
        draft.duel ? work.duels[*draft.duel].rule : std::string();
    const std::tuple kind{draft.duel.has_value(), draft.duel ? 0 : draft.rule,
                          duel, draft.polarity};
    const bool known = same.cover.overlaps(draft.span) ||
                       std::find(same.kinds.begin(), same.kinds.end(), kind) !=
                           same.kinds.end();
    if (known) {
      stop(work, draft, "another finding says the same");
      return true;
    }
    same.cover.add(draft.span);
    same.kinds.push_back(kind);
    return false;
  });
}

std::string FindingWriter::rule_id(const Work& work, const Draft& draft) const {
  if (!draft.duel) return book_.rules()[draft.rule].id;
  const HeadToHead& duel = work.duels[*draft.duel];
  return duel.category + "." + duel.rule;
}

void FindingWriter::stop(const Work& work, const Draft& draft,
                         const char* why) const {
  if (work.trace) {
    work.trace->stop(rule_id(work, draft), draft.statement, why);
  }
}

Finding FindingWriter::finding_of(const Work& work, const Draft& draft) const {
  Finding finding;
  if (draft.model) finding.model = models_.names()[*draft.model];
  if (draft.mention) finding.version = work.mentions[*draft.mention].version;
  if (draft.counterpart) {
    finding.counterpart = models_.names()[*draft.counterpart];
  }
  finding.category = categories_[draft.category];
  finding.polarity = draft.polarity;
  finding.begin = draft.span.begin;
  finding.end = draft.span.end;
  finding.rule = rule_id(work, draft);
  finding.confidence = draft.confidence;
  finding.scope = draft.scope;
  return finding;
}

}  // namespace grumble::analyzer
