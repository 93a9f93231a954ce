#include <toml++/toml.h>

#include <cctype>

#include "analyzer/rule_reader.h"

namespace grumble::analyzer {
namespace {

domain::Polarity polarity_of(RuleReader& reader, std::string_view key) {
  const std::string name = reader.text(key, "complaint");
  const auto polarity = domain::parse_polarity(name);
  if (!polarity) {
    fail(place_of(reader.file(), *reader.find(key)),
         "unknown polarity \"" + name +
             "\"; use complaint, praise, request, question or resolved");
  }
  return *polarity;
}

Turn turn_of(RuleReader& reader, std::string_view key) {
  const std::string name = reader.text(key, "auto");
  if (name == "auto") return Turn::automatic;
  if (name == "keep") return Turn::keep;
  if (name == "flip") return Turn::flip;
  if (name == "none") return Turn::none;
  fail(place_of(reader.file(), *reader.find(key)),
       "unknown value \"" + name + "\"; use auto, keep, flip or none");
}

std::vector<Example> examples_of(RuleReader& reader, std::string_view key) {
  std::vector<Example> examples;
  const toml::node* node = reader.find(key);
  if (!node) return examples;
  const toml::array* array = node->as_array();
  if (!array) {
    fail(place_of(reader.file(), *node),
         "\"" + std::string(key) + "\" must be a list of texts or tables");
  }
  for (const toml::node& item : *array) {
    Example example;
    example.place = place_of(reader.file(), item);
    if (const toml::table* table = item.as_table()) {
      RuleReader one(reader.file(), *table);
      example.text = one.required_text("text");
      example.lang = one.text("lang");
      example.context = one.text("context");
      if (one.find("polarity")) example.polarity = polarity_of(one, "polarity");
      if (one.find("model")) example.model = one.text("model");
      one.finish("an example");
    } else {
      example.text = reader.string_of(item, key);
    }
    examples.push_back(std::move(example));
  }
  return examples;
}

void need_examples(const Place& place, const std::string& id, bool matches,
                   bool rejects) {
  if (!matches) fail(place, "rule \"" + id + "\" has no `matches` example");
  if (!rejects) fail(place, "rule \"" + id + "\" has no `rejects` example");
}

std::vector<NearSource> near_of(RuleReader& rule) {
  std::vector<NearSource> all;
  for (RuleReader& reader : rule.tables("near")) {
    NearSource near;
    near.place = reader.place();
    const toml::node* groups = reader.find("groups");
    const toml::array* array = groups ? groups->as_array() : nullptr;
    if (!array || array->size() < 2 || array->size() > 4) {
      fail(near.place, "`near` needs `groups` with 2 to 4 lists of phrases");
    }
    for (const toml::node& group : *array) {
      near.groups.push_back(reader.words_of(group, "groups"));
      if (near.groups.back().empty()) {
        fail(place_of(reader.file(), group), "empty group in `near`");
      }
    }
    near.within = reader.number("within", 4, 0, 20);
    near.ordered = reader.flag("ordered", false);
    reader.finish("`near`");
    all.push_back(std::move(near));
  }
  return all;
}

RuleSource rule_of(RuleReader& reader, const std::string& category) {
  RuleSource rule;
  rule.place = reader.place();
  rule.id = category + "." + reader.required_text("id");
  rule.phrases = reader.words("phrases");
  rule.regexes = reader.words("regex");
  rule.near = near_of(reader);
  rule.require = reader.words("require");
  rule.require_text = reader.words("require_text");
  rule.unless = reader.words("unless");
  rule.unless_sentence = reader.words("unless_sentence");
  rule.unless_text = reader.words("unless_text");
  rule.langs = reader.names("lang");
  rule.models = reader.words("model");
  rule.polarity = polarity_of(reader, "polarity");
  rule.negated = turn_of(reader, "negated");
  rule.question = turn_of(reader, "question");
  rule.wish = turn_of(reader, "wish");
  rule.conditional = turn_of(reader, "conditional");
  rule.topic = reader.flag("topic", true);
  rule.named = reader.flag("named", false);
  rule.vague = reader.flag("vague", false);
  rule.confidence = reader.number("confidence", 0.9, 0, 1);
  rule.matches = examples_of(reader, "matches");
  rule.rejects = examples_of(reader, "rejects");
  reader.finish("a rule");
  if (rule.phrases.empty() && rule.regexes.empty() && rule.near.empty()) {
    fail(rule.place, "rule \"" + rule.id +
                         "\" matches nothing: give it phrases, regex or near");
  }
  need_examples(rule.place, rule.id, !rule.matches.empty(),
                !rule.rejects.empty());
  return rule;
}

CategorySource category_of(RuleReader& root, const std::string& stem) {
  auto head = root.child("category");
  if (!head) {
    fail(root.place(), "no [category] table; is \"" + stem +
                           ".toml\" meant to be a category?");
  }
  CategorySource category;
  category.key = head->required_text("key");
  category.title = head->required_text("title");
  category.fallback = head->flag("fallback", false);
  head->finish("[category]");
  if (category.key != stem) {
    fail(head->place(), "key \"" + category.key +
                            "\" differs from the file's name \"" + stem + "\"");
  }
  for (RuleReader& reader : root.tables("rule")) {
    category.rules.push_back(rule_of(reader, category.key));
  }
  if (category.rules.empty()) fail(root.place(), "the file has no [[rule]]");
  return category;
}

VersionSource version_of(RuleReader& reader) {
  VersionSource version;
  version.name = reader.required_text("name");
  version.aliases = reader.words("aliases");
  version.from = reader.text("from");
  version.until = reader.text("until");
  reader.finish("a version");
  return version;
}

GuardSource guard_of(RuleReader& reader) {
  GuardSource guard;
  guard.aliases = reader.words("aliases");
  guard.langs = reader.names("lang");
  guard.capital = reader.flag("capital", false);
  guard.needs = reader.words("needs");
  guard.not_after = reader.words("not_after");
  guard.not_before = reader.words("not_before");
  if (guard.aliases.empty()) fail(reader.place(), "a guard without `aliases`");
  reader.finish("a guard");
  return guard;
}

void read_models(RuleReader& root, RuleFiles& files) {
  files.topic = root.words("topic");
  files.other_trades = root.words("other_trades");
  files.video = root.words("video");
  for (RuleReader& reader : root.tables("model")) {
    ModelSource model;
    model.place = reader.place();
    model.name = reader.required_text("name");
    model.maker = reader.text("maker");
    model.aliases = reader.words("aliases");
    model.unless = reader.words("unless");
    for (RuleReader& one : reader.tables("versions")) {
      model.versions.push_back(version_of(one));
    }
    for (RuleReader& one : reader.tables("guards")) {
      model.guards.push_back(guard_of(one));
    }
    reader.finish("a model");
    files.models.push_back(std::move(model));
  }
}

void read_clauses(RuleReader& root, RuleFiles& files) {
  for (size_t kind = 0; kind < kMarkerNames.size(); ++kind) {
    if (auto table = root.child(kMarkerNames[kind])) {
      for (auto& [lang, words] : table->all_words()) {
        files.markers.push_back(
            {static_cast<MarkerKind>(kind), lang, std::move(words)});
      }
    }
  }
}

void read_noise(RuleReader& root, RuleFiles& files) {
  for (RuleReader& reader : root.tables("noise")) {
    NoiseSource noise;
    noise.place = reader.place();
    noise.id = reader.required_text("id");
    const std::string kind = reader.required_text("kind");
    const auto parsed = domain::parse_noise(kind);
    if (!parsed || *parsed == domain::Noise::none) {
      fail(noise.place, "unknown kind \"" + kind + "\" of noise");
    }
    if (*parsed == domain::Noise::bot || *parsed == domain::Noise::duplicate) {
      fail(noise.place, "noise of kind \"" + kind +
                            "\" is found among stored posts, not by rules");
    }
    noise.kind = *parsed;
    noise.phrases = reader.words("phrases");
    noise.regexes = reader.words("regex");
    noise.matches = examples_of(reader, "matches");
    noise.rejects = examples_of(reader, "rejects");
    reader.finish("noise");
    need_examples(noise.place, noise.id, !noise.matches.empty(),
                  !noise.rejects.empty());
    files.noise.push_back(std::move(noise));
  }
}

void read_comparisons(RuleReader& root, RuleFiles& files) {
  if (auto aspects = root.child("aspects"))
    files.aspects = aspects->all_words();
  for (RuleReader& reader : root.tables("comparison")) {
    ComparisonSource comparison;
    comparison.place = reader.place();
    comparison.id = reader.required_text("id");
    comparison.patterns = reader.words("patterns");
    comparison.unless = reader.words("unless");
    comparison.others = reader.flag("others", false);
    const std::string better = reader.text("better", "A");
    if (better != "A" && better != "B") {
      fail(comparison.place, "`better` must be \"A\" or \"B\"");
    }
    comparison.a_wins = better == "A";
    comparison.loser_complaint = reader.flag("loser_complaint", false);
    comparison.category = reader.text("category");
    comparison.rejects = examples_of(reader, "rejects");
    for (RuleReader& one : reader.tables("matches")) {
      comparison.matches.push_back({one.required_text("text"),
                                    one.text("context"),
                                    one.required_text("better"),
                                    one.required_text("worse"), one.place()});
      one.finish("an example");
    }
    reader.finish("a comparison");
    need_examples(comparison.place, comparison.id, !comparison.matches.empty(),
                  !comparison.rejects.empty());
    files.comparisons.push_back(std::move(comparison));
  }
}

}  // namespace

void read_rule_file(const std::string& name, std::string_view bytes,
                    RuleFiles& files) {
  const std::string stem = std::filesystem::path(name).stem().string();
  toml::table table;
  try {
    table = toml::parse(bytes, name);
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    std::string message(error.description());
    if (!message.empty()) {
      message[0] = static_cast<char>(std::tolower(message[0]));
    }
    fail({name, at.line, at.column}, message);
  }
  RuleReader root(name, table);
  if (stem == "models") {
    read_models(root, files);
  } else if (stem == "words") {
    files.lists = root.all_words();
  } else if (stem == "clauses") {
    read_clauses(root, files);
  } else if (stem == "noise") {
    read_noise(root, files);
  } else if (stem == "comparisons") {
    read_comparisons(root, files);
  } else if (stem == "han") {
    files.han_pairs = root.required_text("pairs");
  } else {
    files.categories.push_back(category_of(root, stem));
  }
  root.finish("the file");
}

}  // namespace grumble::analyzer
