#include "analyzer/analyzer.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "analyzer/attribution.h"
#include "analyzer/clause.h"
#include "analyzer/comparison.h"
#include "analyzer/language.h"
#include "analyzer/matcher.h"
#include "analyzer/normalize.h"
#include "analyzer/pattern.h"
#include "analyzer/rule_book.h"
#include "analyzer/rule_file.h"
#include "analyzer/values.h"

namespace grumble::analyzer {
namespace {

using domain::Finding;
using domain::Polarity;
using domain::Scope;

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

Polarity flipped(Polarity polarity) {
  switch (polarity) {
    case Polarity::complaint:
      return Polarity::praise;
    case Polarity::praise:
    case Polarity::resolved:
      return Polarity::complaint;
    default:
      return polarity;
  }
}

/// What the clause makes of a rule's polarity; nothing when it is no statement.
std::optional<Polarity> in_clause(const RuleSource& rule, const Clause& clause,
                                  bool negated) {
  Polarity polarity = rule.polarity;
  if (clause.conditional) {
    if (rule.conditional == Turn::automatic || rule.conditional == Turn::none) {
      return std::nullopt;
    }
  }
  if (negated && rule.negated != Turn::keep) {
    if (rule.negated == Turn::none) return std::nullopt;
    polarity = flipped(polarity);
  }
  if (clause.question && rule.question != Turn::keep) {
    if (rule.question == Turn::none) return std::nullopt;
    return Polarity::question;
  }
  if (clause.wish && rule.wish != Turn::keep) {
    if (rule.wish == Turn::none) return std::nullopt;
    return Polarity::request;
  }
  if (clause.resolved && polarity == Polarity::complaint && !negated) {
    return Polarity::resolved;
  }
  if (clause.sarcasm && polarity == Polarity::praise) {
    return Polarity::complaint;
  }
  return polarity;
}

WordList vocabulary_of(const RuleFiles& files) {
  WordList all;
  const auto add = [&](const WordList& words) {
    all.insert(all.end(), words.begin(), words.end());
  };
  for (const auto& category : files.categories) {
    for (const auto& rule : category.rules) {
      add(rule.phrases);
      for (const auto& near : rule.near) {
        for (const auto& group : near.groups) add(group);
      }
    }
  }
  for (const auto& [name, words] : files.lists) add(words);
  for (const auto& marker : files.markers) add(marker.words);
  for (const auto& model : files.models) add(model.aliases);
  return all;
}

/// Throws all errors at once, a line each: a rule writer mends them together.
void refuse(const std::vector<std::string>& errors) {
  if (errors.empty()) return;
  std::string all;
  for (const std::string& error : errors)
    all += (all.empty() ? "" : "\n") + error;
  throw RuleError(all);
}

}  // namespace

class Analyzer::Impl {
 public:
  explicit Impl(const std::filesystem::path& directory)
      : files(read_rule_files(directory)),
        normalizer(files.han_pairs),
        patterns(normalizer, files.lists),
        models(files.models, patterns, gate),
        book(files, patterns, matcher),
        clauses(files.markers, patterns),
        comparisons(files, patterns) {
    for (const NoiseSource& noise : files.noise) {
      std::string pattern;
      if (!noise.phrases.empty())
        pattern = patterns.alternatives(noise.phrases);
      for (const Words& words : noise.regexes) {
        pattern += (pattern.empty() ? "" : "|") + patterns.regex(words);
      }
      noise_atoms.push_back(gate.add("(?:" + pattern + ")"));
    }
    if (!files.topic.empty()) {
      topic_atom = gate.add(patterns.alternatives(files.topic));
    }
    refuse(book.errors());
    first_untopical = gate.size();
    for (int atom : book.untopical_atoms()) gate.add(matcher.pattern(atom));
    gate.compile();
    matcher.compile();
    for (const Words& words : vocabulary_of(files)) {
      normalizer.add_vocabulary(normalizer.fold(words.text));
    }
    for (const auto& category : files.categories) {
      categories.push_back({category.key, category.title});
    }
    refuse(check_examples());
  }

  /// `raw`: keep also what a better finding would displace.
  domain::Analysis analyze(const domain::Text& text, bool raw) const;

  RuleFiles files;
  Normalizer normalizer;
  PatternCompiler patterns;
  /// Names, topic words, noise: what decides whether a text needs a look at
  /// all. Most posts end here, without the price of the rules.
  Matcher gate;
  Matcher matcher;  ///< the atoms of the rules
  ModelReader models;
  RuleBook book;
  ClauseReader clauses;
  ComparisonReader comparisons;
  std::vector<int> noise_atoms;
  int topic_atom = -1;
  size_t first_untopical = 0;
  std::vector<Category> categories;

 private:
  /// One text on its way through; the buffers are used again for the next.
  struct Work {
    Folded folded;
    Hits gate;
    Hits hits;
    std::vector<size_t> candidates;
    std::vector<Mention> mentions;
    std::vector<Span> names;
    Clauses clauses;
    std::vector<RuleMatch> matches;
    std::vector<HeadToHead> duels;
    std::vector<size_t> around;
    bool homonym = false;
  };

  std::vector<std::string> check_examples() const;
  /// Throws RuleError when the example does not come out as wanted.
  void check(const Example& example, const std::string& id, Polarity wanted,
             bool match) const;
  void check(const Example& example, const NoiseSource& noise,
             bool match) const;
  void check(const ComparisonSource::Match& example,
             const ComparisonSource& one) const;
  void check(const Example& example, const ComparisonSource& one) const;
  std::vector<size_t> models_around(const domain::Text& text) const;
  void read_names(const domain::Text& text, Work& work) const;
  void add_findings(Work& work, domain::Analysis& out) const;
  void add_duels(const Work& work, bool raw, domain::Analysis& out) const;
  void settle(domain::Analysis& out) const;
  bool holds(const Hits& hits, int atom) const {
    return atom >= 0 && hits.holds[static_cast<size_t>(atom)];
  }
};

std::vector<size_t> Analyzer::Impl::models_around(
    const domain::Text& text) const {
  std::vector<size_t> found;
  for (const domain::Context& context : text.context) {
    for (const std::string& name : context.models) {
      if (const auto index = models.index_of(name)) found.push_back(*index);
    }
    if (found.empty() && !context.text.empty()) {
      Work work;
      normalizer.fold(context.text, work.folded);
      gate.match(work.folded.text(), work.gate);
      models.read({work.folded.text(), work.gate, gate, work.folded,
                   context.text, work.around},
                  work.mentions, work.homonym);
      for (const Mention& mention : work.mentions) {
        found.push_back(mention.model);
      }
    }
    if (!found.empty()) break;  // the nearest context that names any
  }
  std::vector<size_t> unique;
  for (size_t model : found) {
    if (std::find(unique.begin(), unique.end(), model) == unique.end()) {
      unique.push_back(model);
    }
  }
  return unique;
}

void Analyzer::Impl::read_names(const domain::Text& text, Work& work) const {
  work.homonym = false;
  models.read({work.folded.text(), work.gate, gate, work.folded, text.text,
               work.around},
              work.mentions, work.homonym);
  work.names.clear();
  for (const Mention& mention : work.mentions)
    work.names.push_back(mention.span);
}

void Analyzer::Impl::add_findings(Work& work, domain::Analysis& out) const {
  const std::string_view text = work.folded.text();
  for (const RuleMatch& match : work.matches) {
    const Rule& rule = book.rules()[match.rule];
    const Clause& clause = work.clauses.list[work.clauses.at(match.span.begin)];
    if (work.clauses.is_quoted(match.span.begin)) continue;
    const auto polarity =
        in_clause(*rule.source, clause,
                  work.clauses.negated(text, match.span, match.pieces));
    if (!polarity) continue;
    Attribution by = attribute(work.clauses, work.mentions, match.span);
    if (by.models.empty() && !work.around.empty()) {
      by.models.push_back(work.around.front());
      by.scope = Scope::context;
    }
    Finding finding;
    finding.category = files.categories[rule.category].key;
    finding.polarity = *polarity;
    finding.begin = work.folded.original_begin(match.span.begin);
    finding.end = work.folded.original_end(match.span.end);
    finding.rule = rule.id;
    finding.scope = by.scope;
    finding.confidence = rule.source->confidence * confidence_of(by.scope);
    if (by.models.empty()) {
      if (rule.models.empty()) out.findings.push_back(std::move(finding));
      continue;
    }
    for (size_t i = 0; i < by.models.size(); ++i) {
      if (!rule.models.empty() &&
          std::find(rule.models.begin(), rule.models.end(), by.models[i]) ==
              rule.models.end()) {
        continue;
      }
      finding.model = models.names()[by.models[i]];
      finding.version.reset();
      if (i < by.mentions.size()) {
        finding.version = work.mentions[by.mentions[i]].version;
      }
      out.findings.push_back(finding);
    }
  }
}

void Analyzer::Impl::add_duels(const Work& work, bool raw,
                               domain::Analysis& out) const {
  for (const HeadToHead& duel : work.duels) {
    const size_t begin = work.folded.original_begin(duel.span.begin);
    const size_t end = work.folded.original_end(duel.span.end);
    // The comparison says more than single words within it.
    if (!raw)
      std::erase_if(out.findings, [&](const Finding& finding) {
        const bool same = finding.category == duel.category ||
                          finding.category == "general_quality";
        return same && finding.begin < end && begin < finding.end;
      });
    const auto add = [&](size_t mention, size_t other, Polarity polarity) {
      Finding finding;
      finding.model = models.names()[work.mentions[mention].model];
      finding.version = work.mentions[mention].version;
      finding.counterpart = models.names()[work.mentions[other].model];
      finding.category = duel.category;
      finding.polarity = polarity;
      finding.begin = begin;
      finding.end = end;
      finding.rule = duel.category + "." + duel.rule;
      finding.confidence = 0.85;
      finding.scope = Scope::clause;
      out.findings.push_back(std::move(finding));
    };
    for (size_t better : duel.better) {
      add(better, duel.worse.front(), Polarity::praise);
      for (size_t worse : duel.worse) {
        out.comparisons.push_back({models.names()[work.mentions[better].model],
                                   models.names()[work.mentions[worse].model],
                                   duel.category});
      }
    }
    if (!duel.loser_complaint) continue;
    for (size_t worse : duel.worse) {
      add(worse, duel.better.front(), Polarity::complaint);
    }
  }
}

void Analyzer::Impl::settle(domain::Analysis& out) const {
  const auto fallback = [&](const Finding& finding) {
    return std::any_of(files.categories.begin(), files.categories.end(),
                       [&](const CategorySource& category) {
                         return category.fallback &&
                                category.key == finding.category;
                       });
  };
  const std::vector<Finding> all = out.findings;
  std::erase_if(out.findings, [&](const Finding& finding) {
    return fallback(finding) &&
           std::any_of(all.begin(), all.end(), [&](const Finding& other) {
             return !fallback(other) && other.begin < finding.end &&
                    finding.begin < other.end;
           });
  });
  std::stable_sort(out.findings.begin(), out.findings.end(),
                   [](const Finding& a, const Finding& b) {
                     return a.confidence > b.confidence;
                   });
  // One statement is counted once, by the rule that is surest of it.
  std::vector<Finding> kept;
  for (Finding& finding : out.findings) {
    const bool known =
        std::any_of(kept.begin(), kept.end(), [&](const Finding& other) {
          return other.category == finding.category &&
                 other.model == finding.model &&
                 ((other.begin < finding.end && finding.begin < other.end) ||
                  other.rule == finding.rule) &&
                 (other.polarity == finding.polarity ||
                  (other.begin < finding.end && finding.begin < other.end));
        });
    if (!known) kept.push_back(std::move(finding));
  }
  out.findings = std::move(kept);
}

domain::Analysis Analyzer::Impl::analyze(const domain::Text& text,
                                         bool raw) const {
  thread_local Work work;
  domain::Analysis out;
  normalizer.fold(text.text, work.folded);
  const std::string_view folded = work.folded.text();
  out.lang =
      text.lang.empty() ? std::string(detect_language(folded)) : text.lang;
  gate.match(folded, work.gate);
  if (work.gate.ids.empty() && text.context.empty()) return out;
  work.around.clear();
  if (!text.context.empty()) work.around = models_around(text);
  read_names(text, work);
  for (const Mention& mention : work.mentions) {
    const std::string& name = models.names()[mention.model];
    if (std::find(out.models.begin(), out.models.end(), name) ==
        out.models.end()) {
      out.models.push_back(name);
    }
  }
  const bool about_video = !work.mentions.empty() || !text.context.empty() ||
                           (holds(work.gate, topic_atom) && !work.homonym);
  for (size_t i = 0; i < noise_atoms.size(); ++i) {
    if (out.noise == domain::Noise::none && holds(work.gate, noise_atoms[i])) {
      out.noise = files.noise[i].kind;
    }
  }
  if (work.homonym && out.noise == domain::Noise::none) {
    out.noise = domain::Noise::homonym;
  }
  const bool untopical =
      !work.gate.ids.empty() &&
      static_cast<size_t>(work.gate.ids.back()) >= first_untopical;
  if (!about_video && !untopical) return out;
  matcher.match(folded, work.hits);
  book.candidates(work.hits, about_video, out.lang, work.candidates);
  if (work.candidates.empty() && work.mentions.size() < 2) return out;
  clauses.read(folded, out.lang, work.names, work.clauses);
  if (work.clauses.list.empty()) return out;
  group_mentions(folded, work.clauses, work.mentions);
  book.match(work.candidates, folded, work.hits, matcher, work.clauses,
             work.matches);
  add_findings(work, out);
  comparisons.read(folded, work.clauses, work.mentions, work.duels);
  add_duels(work, raw, out);
  if (!raw) settle(out);
  std::stable_sort(out.findings.begin(), out.findings.end(),
                   [](const Finding& a, const Finding& b) {
                     return std::tie(a.begin, a.category) <
                            std::tie(b.begin, b.category);
                   });
  if (!out.findings.empty()) {
    out.values = read_values(folded);
    for (domain::Value& value : out.values) {
      value.begin = work.folded.original_begin(value.begin);
      value.end = work.folded.original_end(value.end);
    }
  }
  return out;
}

void Analyzer::Impl::check(const Example& example, const std::string& id,
                           Polarity wanted, bool match) const {
  domain::Text text{example.text, example.lang, {}};
  if (!example.context.empty()) {
    text.context.push_back({"reply", example.context, {}});
  }
  const domain::Analysis found = analyze(text, match);
  std::string seen;
  for (const Finding& finding : found.findings) {
    const bool model_fits = !example.model || finding.model == example.model;
    if (finding.rule == id && finding.polarity == wanted && model_fits) {
      if (match) return;
      fail(example.place,
           "rule \"" + id + "\" must not match \"" + example.text +
               "\", but finds \"" +
               example.text.substr(finding.begin, finding.end - finding.begin) +
               "\"");
    }
    seen += " " + finding.rule + "=" +
            std::string(domain::to_string(finding.polarity)) + "(" +
            finding.model.value_or("no model") + ")";
  }
  if (!match) return;
  fail(example.place, "rule \"" + id + "\" does not find " +
                          std::string(domain::to_string(wanted)) +
                          (example.model ? " of " + *example.model : "") +
                          " in \"" + example.text +
                          "\"; findings:" + (seen.empty() ? " none" : seen));
}

std::vector<std::string> Analyzer::Impl::check_examples() const {
  std::vector<std::string> errors;
  const auto gather = [&](auto check_one) {
    try {
      check_one();
    } catch (const RuleError& error) {
      errors.emplace_back(error.what());
    }
  };
  for (const auto& category : files.categories) {
    for (const RuleSource& rule : category.rules) {
      for (bool match : {true, false}) {
        for (const Example& example : match ? rule.matches : rule.rejects) {
          gather([&] {
            check(example, rule.id, example.polarity.value_or(rule.polarity),
                  match);
          });
        }
      }
    }
  }
  for (const NoiseSource& noise : files.noise) {
    for (bool match : {true, false}) {
      for (const Example& example : match ? noise.matches : noise.rejects) {
        gather([&] { check(example, noise, match); });
      }
    }
  }
  for (const ComparisonSource& one : files.comparisons) {
    for (const auto& example : one.matches)
      gather([&] { check(example, one); });
    for (const Example& example : one.rejects) {
      gather([&] { check(example, one); });
    }
  }
  return errors;
}

void Analyzer::Impl::check(const Example& example, const NoiseSource& noise,
                           bool match) const {
  const auto found = analyze({example.text, example.lang, {}}, false);
  if ((found.noise == noise.kind) == match) return;
  fail(example.place, "noise \"" + noise.id + "\" must " +
                          (match ? "" : "not ") + "match \"" + example.text +
                          "\"");
}

void Analyzer::Impl::check(const ComparisonSource::Match& example,
                           const ComparisonSource& one) const {
  const auto found = analyze({example.text, "", {}}, false);
  std::string seen;
  for (const domain::Comparison& pair : found.comparisons) {
    if (pair.better == example.better && pair.worse == example.worse) return;
    seen += " " + pair.better + " above " + pair.worse;
  }
  fail(example.place, "comparison \"" + one.id + "\" does not find " +
                          example.better + " above " + example.worse +
                          " in \"" + example.text +
                          "\"; found:" + (seen.empty() ? " none" : seen));
}

void Analyzer::Impl::check(const Example& example,
                           const ComparisonSource& one) const {
  const auto found = analyze({example.text, example.lang, {}}, false);
  for (const Finding& finding : found.findings) {
    if (!finding.rule.ends_with("." + one.id)) continue;
    fail(example.place, "comparison \"" + one.id + "\" must not match \"" +
                            example.text + "\"");
  }
}

Analyzer::Analyzer(const std::filesystem::path& rules)
    : impl_(std::make_unique<const Impl>(rules)) {}
Analyzer::~Analyzer() = default;
Analyzer::Analyzer(Analyzer&&) noexcept = default;
Analyzer& Analyzer::operator=(Analyzer&&) noexcept = default;

domain::Analysis Analyzer::analyze(const domain::Text& text) const {
  return impl_->analyze(text, false);
}

const std::string& Analyzer::version() const { return impl_->files.version; }
const std::vector<Category>& Analyzer::categories() const {
  return impl_->categories;
}
const std::vector<std::string>& Analyzer::models() const {
  return impl_->models.names();
}
size_t Analyzer::rule_count() const { return impl_->book.rules().size(); }

}  // namespace grumble::analyzer
