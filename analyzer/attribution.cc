#include "analyzer/attribution.h"

#include <re2/re2.h>

#include <algorithm>

#include "analyzer/language.h"

namespace grumble::analyzer {
namespace {

/// What people hang onto a name: "Kling AI", "sora2", "Veo 3.1", "ltxv13b".
constexpr std::string_view kSuffix =
    "(?:[ _-]?(?:ai|video))?(?:[ _-]?v?\\d{1,2}(?:\\.\\d{1,2})?b?)?";

std::string name_pattern(const WordList& aliases,
                         const PatternCompiler& patterns) {
  std::string out;
  for (const Words& alias : aliases) {
    std::string piece = patterns.phrase(alias).pieces.front();
    const bool border = piece.ends_with("\\b");
    if (border) piece.resize(piece.size() - 2);
    // Hashtags and handles stick to their sign; CJK names need no border.
    out += (out.empty() ? "" : "|") + piece + std::string(kSuffix);
    if (border) out += "\\b";
  }
  return "(?:" + out + ")";
}

constexpr size_t kMaxListed = 256;      // names of one list that count
constexpr size_t kMaxObjectReach = 64;  // bytes from "compared with" to a name

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Where the version number at the end of a mention begins, or its size.
size_t number_begin(std::string_view name) {
  size_t at = name.size();
  while (at > 0 && (is_digit(name[at - 1]) || name[at - 1] == '.')) --at;
  return at;
}

}  // namespace

ModelReader::ModelReader(const std::vector<ModelSource>& sources,
                         const PatternCompiler& patterns, Matcher& matcher) {
  const auto company = [&](const WordList& words) {
    return words.empty() ? -1 : company_.add(patterns.alternatives(words));
  };
  for (const ModelSource& source : sources) {
    names_.push_back(source.name);
    Model model;
    if (!source.aliases.empty()) {
      model.aliases = matcher.add(name_pattern(source.aliases, patterns));
    }
    model.unless = company(source.unless);
    for (const VersionSource& version : source.versions) {
      model.versions.push_back(version.name);
      if (!version.aliases.empty()) {
        model.version_aliases.emplace_back(
            matcher.add(patterns.alternatives(version.aliases)), version.name);
      }
    }
    for (const GuardSource& guard : source.guards) {
      Guard one;
      one.aliases = matcher.add(name_pattern(guard.aliases, patterns));
      one.langs = guard.langs;
      one.capital = guard.capital;
      one.needs = company(guard.needs);
      // Words beside a name: they end, or begin, exactly there.
      if (!guard.not_after.empty()) {
        one.not_after = beside_.add(
            "(?:" + patterns.alternatives(guard.not_after) + ")[ -]*$");
      }
      if (!guard.not_before.empty()) {
        one.not_before = beside_.add(
            "^['s]*[ -]*(?:" + patterns.alternatives(guard.not_before) + ")");
      }
      model.guards.push_back(one);
    }
    models_.push_back(std::move(model));
    model_of_.resize(matcher.size(), models_.size() - 1);
  }
  company_.compile();
}

std::optional<size_t> ModelReader::index_of(std::string_view name) const {
  const auto at = std::find(names_.begin(), names_.end(), name);
  if (at == names_.end()) return std::nullopt;
  return static_cast<size_t>(at - names_.begin());
}

bool ModelReader::passes(const Guard& guard, const Input& input, Span span,
                         const Company& company) const {
  const std::string_view text = input.folded;
  if (guard.not_after >= 0) {
    const size_t from = span.begin > 32 ? span.begin - 32 : 0;
    const std::string_view before = text.substr(from, span.begin - from);
    if (beside_.holds(guard.not_after, before, 0, before.size())) return false;
  }
  if (guard.not_before >= 0) {
    const std::string_view after = text.substr(span.end, 32);
    if (beside_.holds(guard.not_before, after, 0, after.size())) return false;
  }
  if (company.named) return true;
  if (guard.capital) {
    const char first = input.original[input.map.original_begin(span.begin)];
    if (first >= 'A' && first <= 'Z') return true;
  }
  if (guard.needs < 0) return !guard.capital;
  return company.words->holds[static_cast<size_t>(guard.needs)];
}

Mention ModelReader::mention_of(size_t model, const Input& input,
                                Span span) const {
  Mention mention{span, model, std::nullopt};
  const std::string_view name =
      input.folded.substr(span.begin, span.end - span.begin);
  const size_t number = number_begin(name);
  if (number == name.size() || number == 0) return mention;
  const std::string_view digits = name.substr(number);
  for (const std::string& version : models_[model].versions) {
    if (version == digits) {
      mention.version = version;
      return mention;
    }
  }
  // "sora 10 times": the number is not part of the name.
  const bool apart = name[number - 1] == ' ';
  if (apart) mention.span.end = span.begin + number - 1;
  return mention;
}

void ModelReader::read_firm(size_t model, const Input& input,
                            std::vector<Mention>& mentions) const {
  for (const auto& [atom, version] : models_[model].version_aliases) {
    for (const RawHit& hit : input.hits.places(atom)) {
      mentions.push_back({{hit.begin, hit.end}, model, version});
    }
  }
  for (const RawHit& hit : input.hits.places(models_[model].aliases)) {
    mentions.push_back(mention_of(model, input, {hit.begin, hit.end}));
  }
}

namespace {

bool is_digit_mark(std::string_view text, size_t at) {
  return at < text.size() &&
         (text[at] == '.' || text[at] == ')' || text[at] == ':');
}

/// In "1. Kling 2. Hailuo" the 2 is a place of the list, not a version.
void give_back_ordinals(std::string_view text, std::vector<Mention>& mentions) {
  for (Mention& mention : mentions) {
    const auto [begin, end] = mention.span;
    if (end - begin < 3 || !is_digit(text[end - 1]) || text[end - 2] != ' ' ||
        !is_digit_mark(text, end)) {
      continue;
    }
    size_t at = begin;
    while (at > 0 && text[at - 1] == ' ') --at;
    if (at < 2 || !is_digit_mark(text, at - 1)) continue;
    if (text[at - 2] + 1 != text[end - 1]) continue;
    mention.span.end = end - 2;
    mention.version.reset();
  }
}

}  // namespace

void ModelReader::read(const Input& input, std::vector<Mention>& mentions,
                       bool& homonym) const {
  thread_local std::vector<size_t> named;
  named.clear();
  mentions.clear();
  for (int atom : input.hits.ids) {
    if (static_cast<size_t>(atom) >= model_of_.size()) break;
    const size_t model = model_of_[static_cast<size_t>(atom)];
    if (std::find(named.begin(), named.end(), model) == named.end()) {
      named.push_back(model);
    }
  }
  if (named.empty()) return;
  std::sort(named.begin(), named.end());
  thread_local Hits words;
  company_.match(input.folded, words);
  std::erase_if(named, [&](size_t model) {
    const int unless = models_[model].unless;
    const bool refused =
        unless >= 0 && words.holds[static_cast<size_t>(unless)];
    homonym = homonym || refused;
    return refused;
  });
  for (size_t model : named) read_firm(model, input, mentions);
  const bool firm = !mentions.empty();
  for (size_t model : named) {
    const bool around = std::find(input.around.begin(), input.around.end(),
                                  model) != input.around.end();
    for (const Guard& guard : models_[model].guards) {
      if (!speaks(guard.langs, input.lang)) continue;
      const Company company{firm || around, &words};
      for (const RawHit& hit : input.hits.places(guard.aliases)) {
        const Span span{hit.begin, hit.end};
        if (passes(guard, input, span, company)) {
          mentions.push_back(mention_of(model, input, span));
        } else {
          homonym = true;
        }
      }
    }
  }
  // Where names overlap ("gen-4" within "runway gen-4"), the longer one stays.
  std::sort(mentions.begin(), mentions.end(),
            [](const Mention& a, const Mention& b) {
              if (a.span.begin != b.span.begin) {
                return a.span.begin < b.span.begin;
              }
              return a.span.end > b.span.end;
            });
  std::vector<Mention> kept;
  for (Mention& mention : mentions) {
    if (!kept.empty() && kept.back().model == mention.model &&
        mention.span.begin <= kept.back().span.end + 1) {
      kept.back().span.end = std::max(kept.back().span.end, mention.span.end);
      if (mention.version) kept.back().version = mention.version;
    } else if (kept.empty() || mention.span.begin >= kept.back().span.end) {
      kept.push_back(std::move(mention));
    }
  }
  mentions = std::move(kept);
  give_back_ordinals(input.folded, mentions);
  if (!mentions.empty()) homonym = false;
}

void group_mentions(const Clauses& clauses, std::vector<Mention>& mentions) {
  size_t next = 0;
  for (size_t i = 0; i < mentions.size(); ++i) {
    Mention& mention = mentions[i];
    mention.group = i;
    // The nearest object word before; words that overlap end close together.
    while (next < clauses.objects.size() &&
           clauses.objects[next].begin < mention.span.begin) {
      ++next;
    }
    for (size_t j = next; j-- > 0 && !mention.object;) {
      const Span& object = clauses.objects[j];
      if (object.begin + kMaxObjectReach < mention.span.begin) break;
      mention.object = object.end <= mention.span.begin &&
                       mention.span.begin - object.end <= 12;
    }
    if (i > 0 && clauses.joined[i]) {
      mention.group = mentions[i - 1].group;
      mention.object = mentions[i - 1].object;
    }
    const auto& after = clauses.objects_after;
    const auto word = std::lower_bound(
        after.begin(), after.end(), mention.span.end,
        [](const Span& one, size_t place) { return one.begin < place; });
    if (word != after.end() && word->begin <= mention.span.end + 1) {
      for (size_t j = mention.group; j <= i; ++j) mentions[j].object = true;
    }
  }
  for (size_t i = 0; i < mentions.size(); ++i) {
    mentions[i].subject =
        i > 0 && mentions[i].object ? mentions[i - 1].subject : i;
  }
}

namespace {

/// The mention of the clause that a statement at `span` is most likely about.
const Mention* in_clause(const std::vector<Mention>& mentions, size_t begin,
                         size_t end, Span span) {
  const auto behind = std::lower_bound(
      mentions.begin(), mentions.end(), span.begin,
      [](const Mention& one, size_t place) { return one.span.begin < place; });
  const Mention* best = nullptr;
  size_t best_cost = 0;
  const auto consider = [&](const Mention& mention, size_t distance) {
    if (best && distance > best_cost) return false;
    const size_t cost = distance + (mention.object ? 1000 : 0);
    if (!best || cost < best_cost || (cost == best_cost && &mention < best)) {
      best = &mention;
      best_cost = cost;
    }
    return true;
  };
  for (auto one = behind; one != mentions.begin();) {
    --one;
    if (one->span.begin < begin) break;
    if (!consider(*one, span.begin - one->span.begin)) break;
  }
  for (auto one = behind; one != mentions.end() && one->span.begin < end;
       ++one) {
    if (!consider(*one, 20 + one->span.begin - span.begin)) break;
  }
  return best;
}

}  // namespace

Attribution attribute(const Clauses& clauses,
                      const std::vector<Mention>& mentions, Span span) {
  Attribution found;
  if (mentions.empty()) return found;
  const size_t at = clauses.at(span.begin);
  const Clause& clause = clauses.list[at];
  const size_t end = std::max(clause.end, span.end);
  const Mention* best = in_clause(mentions, clause.begin, end, span);
  found.scope = domain::Scope::clause;
  if (!best) {
    found.scope = domain::Scope::text;
    const auto behind =
        std::lower_bound(mentions.begin(), mentions.end(), clause.begin,
                         [](const Mention& one, size_t place) {
                           return one.span.begin < place;
                         });
    found.ahead = behind == mentions.begin();
    best = found.ahead ? &mentions.front() : &mentions[(behind - 1)->subject];
  }
  found.held_against = best->object;
  // A list of names is one group, and its members stand side by side.
  const size_t last = std::min(mentions.size(), best->group + kMaxListed);
  for (size_t i = best->group; i < last; ++i) {
    if (mentions[i].group != best->group) break;
    if (std::find(found.models.begin(), found.models.end(),
                  mentions[i].model) != found.models.end()) {
      continue;
    }
    found.mentions.push_back(i);
    found.models.push_back(mentions[i].model);
  }
  return found;
}

}  // namespace grumble::analyzer
