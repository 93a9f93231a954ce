#include "analyzer/attribution.h"

#include <re2/re2.h>

#include <algorithm>

namespace grumble::analyzer {
namespace {

/// What people hang onto a name: "Kling AI", "sora2", "Veo 3.1", "wan2.2".
constexpr std::string_view kSuffix =
    "(?:[ _-]?(?:ai|video))?(?:[ _-]?v?\\d{1,2}(?:\\.\\d{1,2})?)?";

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

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Where the version number at the end of a mention begins, or its size.
size_t number_begin(std::string_view name) {
  size_t at = name.size();
  while (at > 0 && (is_digit(name[at - 1]) || name[at - 1] == '.')) --at;
  return at;
}

bool is_joiner(std::string_view between) {
  static const RE2 joiner(
      R"(\s*(?:[ /&+,、|]|and|or|vs\.?|nor|和|与|跟|及|或|还是|以及|と|や|랑|와|과|하고|y|e|, ?and|, ?or|, ?y)(?:\s*(?:the|also|even|both|还是|还有|google|openai'?s?|minimax))?\s*)");
  return between.size() <= 24 &&
         RE2::FullMatch(re2::StringPiece(between.data(), between.size()),
                        joiner);
}

}  // namespace

ModelReader::ModelReader(const std::vector<ModelSource>& sources,
                         const PatternCompiler& patterns, Matcher& matcher) {
  const auto lazy = [&](const WordList& words) {
    return words.empty() ? -1 : lazy_.add(patterns.alternatives(words));
  };
  // Words beside a name: they end, or begin, exactly there.
  const auto name = [&](const std::string& pattern) {
    const int atom = matcher.add(pattern);
    is_name_.resize(matcher.size());
    is_name_[static_cast<size_t>(atom)] = true;
    return atom;
  };
  for (const ModelSource& source : sources) {
    names_.push_back(source.name);
    Model model;
    if (!source.aliases.empty()) {
      model.aliases = name(name_pattern(source.aliases, patterns));
    }
    model.unless = lazy(source.unless);
    for (const VersionSource& version : source.versions) {
      model.versions.push_back(version.name);
      if (!version.aliases.empty()) {
        model.version_aliases.emplace_back(
            name(patterns.alternatives(version.aliases)), version.name);
      }
    }
    for (const GuardSource& guard : source.guards) {
      Guard one;
      one.aliases = matcher.add(name_pattern(guard.aliases, patterns));
      is_name_.resize(matcher.size());
      one.capital = guard.capital;
      one.needs = lazy(guard.needs);
      if (!guard.not_after.empty()) {
        one.not_after = lazy_.add(
            "(?:" + patterns.alternatives(guard.not_after) + ")[ -]*$");
      }
      if (!guard.not_before.empty()) {
        one.not_before = lazy_.add(
            "^['s]*[ -]*(?:" + patterns.alternatives(guard.not_before) + ")");
      }
      model.guards.push_back(one);
    }
    models_.push_back(std::move(model));
  }
}

std::optional<size_t> ModelReader::index_of(std::string_view name) const {
  const auto at = std::find(names_.begin(), names_.end(), name);
  if (at == names_.end()) return std::nullopt;
  return static_cast<size_t>(at - names_.begin());
}

bool ModelReader::is_name(int atom) const {
  return static_cast<size_t>(atom) < is_name_.size() &&
         is_name_[static_cast<size_t>(atom)];
}

bool ModelReader::passes(const Guard& guard, const Input& input, Span span,
                         bool company) const {
  const std::string_view text = input.folded;
  if (guard.not_after >= 0) {
    const size_t from = span.begin > 32 ? span.begin - 32 : 0;
    const std::string_view before = text.substr(from, span.begin - from);
    if (lazy_.holds(guard.not_after, before, 0, before.size())) return false;
  }
  if (guard.not_before >= 0) {
    const std::string_view after = text.substr(span.end, 32);
    if (lazy_.holds(guard.not_before, after, 0, after.size())) return false;
  }
  if (company) return true;
  if (guard.capital) {
    const char first = input.original[input.map.original_begin(span.begin)];
    if (first >= 'A' && first <= 'Z') return true;
  }
  return guard.needs >= 0 && lazy_.holds(guard.needs, text, 0, text.size());
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

void ModelReader::read(const Input& input, std::vector<Mention>& mentions,
                       bool& homonym) const {
  thread_local std::vector<Span> spans;
  const auto holds = [&](int atom) {
    return atom >= 0 && input.hits.holds[static_cast<size_t>(atom)];
  };
  const auto find = [&](int atom) {
    spans.clear();
    input.matcher.find(atom, input.folded, 0, input.folded.size(), spans);
  };
  mentions.clear();
  thread_local std::vector<uint8_t> refused;
  refused.assign(models_.size(), 0);
  for (size_t i = 0; i < models_.size(); ++i) {
    const Model& model = models_[i];
    bool named = holds(model.aliases);
    for (const auto& [atom, version] : model.version_aliases) {
      named = named || holds(atom);
    }
    for (const Guard& guard : model.guards)
      named = named || holds(guard.aliases);
    if (!named) continue;
    if (model.unless >= 0 &&
        lazy_.holds(model.unless, input.folded, 0, input.folded.size())) {
      homonym = true;
      refused[i] = 1;
      continue;
    }
    for (const auto& [atom, version] : model.version_aliases) {
      if (!holds(atom)) continue;
      find(atom);
      for (const Span& span : spans) {
        mentions.push_back({span, i, version});
      }
    }
    if (holds(model.aliases)) {
      find(model.aliases);
      for (const Span& span : spans) {
        mentions.push_back(mention_of(i, input, span));
      }
    }
  }
  const bool firm = !mentions.empty();
  for (size_t i = 0; i < models_.size(); ++i) {
    if (refused[i]) continue;
    const bool around = std::find(input.around.begin(), input.around.end(),
                                  i) != input.around.end();
    for (const Guard& guard : models_[i].guards) {
      if (!holds(guard.aliases)) continue;
      find(guard.aliases);
      const std::vector<Span> places = spans;
      for (const Span& span : places) {
        if (passes(guard, input, span, firm || around)) {
          mentions.push_back(mention_of(i, input, span));
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
  if (!mentions.empty()) homonym = false;
}

void group_mentions(std::string_view text, const Clauses& clauses,
                    std::vector<Mention>& mentions) {
  for (size_t i = 0; i < mentions.size(); ++i) {
    Mention& mention = mentions[i];
    mention.group = i;
    for (const Span& object : clauses.objects) {
      const size_t gap = mention.span.begin - object.end;
      if (object.end <= mention.span.begin && gap <= 12) mention.object = true;
    }
    if (i == 0) continue;
    const Mention& before = mentions[i - 1];
    const std::string_view between =
        text.substr(before.span.end, mention.span.begin - before.span.end);
    if (is_joiner(between)) {
      mention.group = before.group;
      mention.object = before.object;
    }
  }
}

Attribution attribute(const Clauses& clauses,
                      const std::vector<Mention>& mentions, Span span) {
  Attribution found;
  if (mentions.empty()) return found;
  const size_t at = clauses.at(span.begin);
  const Clause& clause = clauses.list[at];
  const size_t end = std::max(clause.end, span.end);
  const Mention* best = nullptr;
  size_t best_cost = 0;
  for (const Mention& mention : mentions) {
    if (mention.span.begin < clause.begin || mention.span.begin >= end) {
      continue;
    }
    size_t cost = mention.span.begin < span.begin
                      ? span.begin - mention.span.begin
                      : 20 + mention.span.begin - span.begin;
    if (mention.object) cost += 1000;
    if (!best || cost < best_cost) {
      best = &mention;
      best_cost = cost;
    }
  }
  found.scope = domain::Scope::clause;
  if (!best) {
    found.scope = domain::Scope::text;
    for (const Mention& mention : mentions) {
      if (mention.span.begin >= clause.begin) break;
      if (!mention.object || !best) best = &mention;
    }
    if (!best) best = &mentions.front();
  }
  for (size_t i = 0; i < mentions.size(); ++i) {
    if (mentions[i].group != best->group) continue;
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
