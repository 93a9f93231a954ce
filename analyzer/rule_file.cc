#include "analyzer/rule_file.h"

#include <toml++/toml.h>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "analyzer/analyzer.h"
#include "analyzer/sha256.h"

namespace grumble::analyzer {
namespace {

namespace fs = std::filesystem;

Place place_of(const std::string& file, const toml::node& node) {
  return {file, node.source().begin.line, node.source().begin.column};
}

/// One TOML table that knows which of its keys were asked for.
class Reader {
 public:
  Reader(const std::string& file, const toml::table& table)
      : file_(file), table_(table), place_(place_of(file, table)) {}

  const Place& place() const { return place_; }
  const toml::table& table() const { return table_; }
  const std::string& file() const { return file_; }

  /// Refuses every key that no call has named.
  void finish(std::string_view what) const {
    for (const auto& [key, node] : table_) {
      if (known_.contains(std::string(key.str()))) continue;
      std::string hint;
      for (const auto& name : known_) hint += (hint.empty() ? "" : ", ") + name;
      fail({file_, key.source().begin.line, key.source().begin.column},
           "unknown key \"" + std::string(key.str()) + "\" in " +
               std::string(what) + "; known are: " + hint);
    }
  }

  const toml::node* find(std::string_view key) {
    known_.emplace(key);
    return table_.get(key);
  }

  std::string text(std::string_view key, std::string fallback = {}) {
    const toml::node* node = find(key);
    return node ? string_of(*node, key) : fallback;
  }

  std::string required_text(std::string_view key) {
    if (!find(key)) fail(place_, "\"" + std::string(key) + "\" is missing");
    return text(key);
  }

  bool flag(std::string_view key, bool fallback) {
    const toml::node* node = find(key);
    if (!node) return fallback;
    if (!node->is_boolean()) {
      fail(place_of(file_, *node), quoted(key) + " must be true or false");
    }
    return node->value_or(fallback);
  }

  double number(std::string_view key, double fallback, double low,
                double high) {
    const toml::node* node = find(key);
    if (!node) return fallback;
    const auto value = node->value<double>();
    if (!node->is_number() || !value || *value < low || *value > high) {
      fail(place_of(file_, *node), quoted(key) + " must be a number from " +
                                       short_number(low) + " to " +
                                       short_number(high));
    }
    return *value;
  }

  WordList words(std::string_view key) {
    const toml::node* node = find(key);
    return node ? words_of(*node, key) : WordList{};
  }

  std::vector<std::string> names(std::string_view key) {
    std::vector<std::string> names;
    for (auto& word : words(key)) names.push_back(std::move(word.text));
    return names;
  }

  /// The tables of an array of tables.
  std::vector<Reader> tables(std::string_view key) {
    std::vector<Reader> readers;
    const toml::node* node = find(key);
    if (!node) return readers;
    const toml::array* array = node->as_array();
    if (!array) fail(place_of(file_, *node), quoted(key) + " must be a list");
    for (const toml::node& item : *array) {
      const toml::table* table = item.as_table();
      if (!table) {
        fail(place_of(file_, item), quoted(key) + " must be a list of tables");
      }
      readers.emplace_back(file_, *table);
    }
    return readers;
  }

  std::optional<Reader> child(std::string_view key) {
    const toml::node* node = find(key);
    if (!node) return std::nullopt;
    const toml::table* table = node->as_table();
    if (!table) fail(place_of(file_, *node), quoted(key) + " must be a table");
    return Reader(file_, *table);
  }

  /// Every key of this table with its list of words.
  std::map<std::string, WordList> all_words() {
    std::map<std::string, WordList> all;
    for (const auto& [key, node] : table_) {
      known_.emplace(key.str());
      all[std::string(key.str())] = words_of(node, key.str());
    }
    return all;
  }

  std::string string_of(const toml::node& node, std::string_view key) const {
    if (!node.is_string()) {
      fail(place_of(file_, node), quoted(key) + " must be a string");
    }
    return node.value_or(std::string());
  }

  WordList words_of(const toml::node& node, std::string_view key) const {
    WordList list;
    const toml::array* array = node.as_array();
    if (!array) {
      fail(place_of(file_, node), quoted(key) + " must be a list of strings");
    }
    for (const toml::node& item : *array) {
      list.push_back({string_of(item, key), place_of(file_, item)});
      if (list.back().text.empty()) {
        fail(list.back().place, "empty entry in " + quoted(key));
      }
    }
    return list;
  }

 private:
  static std::string quoted(std::string_view key) {
    return "\"" + std::string(key) + "\"";
  }
  static std::string short_number(double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (!text.empty() && text.back() == '.') text.pop_back();
    return text;
  }

  std::string file_;
  const toml::table& table_;
  Place place_;
  std::set<std::string> known_;
};

domain::Polarity polarity_of(Reader& reader, std::string_view key) {
  const std::string name = reader.text(key, "complaint");
  const auto polarity = domain::parse_polarity(name);
  if (!polarity) {
    fail(place_of(reader.file(), *reader.find(key)),
         "unknown polarity \"" + name +
             "\"; use complaint, praise, request, question or resolved");
  }
  return *polarity;
}

Turn turn_of(Reader& reader, std::string_view key) {
  const std::string name = reader.text(key, "auto");
  if (name == "auto") return Turn::automatic;
  if (name == "keep") return Turn::keep;
  if (name == "flip") return Turn::flip;
  if (name == "none") return Turn::none;
  fail(place_of(reader.file(), *reader.find(key)),
       "unknown value \"" + name + "\"; use auto, keep, flip or none");
}

std::vector<Example> examples_of(Reader& reader, std::string_view key) {
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
      Reader one(reader.file(), *table);
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

std::vector<NearSource> near_of(Reader& rule) {
  std::vector<NearSource> all;
  for (Reader& reader : rule.tables("near")) {
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

RuleSource rule_of(Reader& reader, const std::string& category) {
  RuleSource rule;
  rule.place = reader.place();
  rule.id = category + "." + reader.required_text("id");
  rule.phrases = reader.words("phrases");
  rule.regexes = reader.words("regex");
  rule.near = near_of(reader);
  rule.require = reader.words("require");
  rule.unless = reader.words("unless");
  rule.unless_text = reader.words("unless_text");
  rule.langs = reader.names("lang");
  rule.models = reader.words("model");
  rule.polarity = polarity_of(reader, "polarity");
  rule.negated = turn_of(reader, "negated");
  rule.question = turn_of(reader, "question");
  rule.wish = turn_of(reader, "wish");
  rule.conditional = turn_of(reader, "conditional");
  rule.topic = reader.flag("topic", true);
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

CategorySource category_of(Reader& root, const std::string& stem) {
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
  for (Reader& reader : root.tables("rule")) {
    category.rules.push_back(rule_of(reader, category.key));
  }
  if (category.rules.empty()) fail(root.place(), "the file has no [[rule]]");
  return category;
}

VersionSource version_of(Reader& reader) {
  VersionSource version;
  version.name = reader.required_text("name");
  version.aliases = reader.words("aliases");
  version.from = reader.text("from");
  version.until = reader.text("until");
  reader.finish("a version");
  return version;
}

GuardSource guard_of(Reader& reader) {
  GuardSource guard;
  guard.aliases = reader.words("aliases");
  guard.capital = reader.flag("capital", false);
  guard.needs = reader.words("needs");
  guard.not_after = reader.words("not_after");
  guard.not_before = reader.words("not_before");
  if (guard.aliases.empty()) fail(reader.place(), "a guard without `aliases`");
  reader.finish("a guard");
  return guard;
}

void read_models(Reader& root, RuleFiles& files) {
  files.topic = root.words("topic");
  for (Reader& reader : root.tables("model")) {
    ModelSource model;
    model.place = reader.place();
    model.name = reader.required_text("name");
    model.maker = reader.text("maker");
    model.aliases = reader.words("aliases");
    model.unless = reader.words("unless");
    for (Reader& one : reader.tables("versions")) {
      model.versions.push_back(version_of(one));
    }
    for (Reader& one : reader.tables("guards")) {
      model.guards.push_back(guard_of(one));
    }
    reader.finish("a model");
    files.models.push_back(std::move(model));
  }
}

void read_clauses(Reader& root, RuleFiles& files) {
  for (size_t kind = 0; kind < kMarkerNames.size(); ++kind) {
    if (auto table = root.child(kMarkerNames[kind])) {
      for (auto& [lang, words] : table->all_words()) {
        files.markers.push_back(
            {static_cast<MarkerKind>(kind), lang, std::move(words)});
      }
    }
  }
}

void read_noise(Reader& root, RuleFiles& files) {
  for (Reader& reader : root.tables("noise")) {
    NoiseSource noise;
    noise.place = reader.place();
    noise.id = reader.required_text("id");
    const std::string kind = reader.required_text("kind");
    const auto parsed = domain::parse_noise(kind);
    if (!parsed || *parsed == domain::Noise::none) {
      fail(noise.place, "unknown kind \"" + kind + "\" of noise");
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

void read_comparisons(Reader& root, RuleFiles& files) {
  if (auto aspects = root.child("aspects"))
    files.aspects = aspects->all_words();
  for (Reader& reader : root.tables("comparison")) {
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
    for (Reader& one : reader.tables("matches")) {
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

void refuse_duplicates(const RuleFiles& files) {
  std::map<std::string, Place> seen;
  const auto check = [&](const std::string& id, const Place& place) {
    const auto [first, fresh] = seen.emplace(id, place);
    if (fresh) return;
    fail(place, "id \"" + id + "\" is taken, first at " + first->second.file +
                    ":" + std::to_string(first->second.line));
  };
  for (const auto& category : files.categories) {
    for (const auto& rule : category.rules) check(rule.id, rule.place);
  }
  for (const auto& model : files.models) {
    check("model " + model.name, model.place);
  }
  for (const auto& noise : files.noise) check("noise " + noise.id, noise.place);
  for (const auto& one : files.comparisons) {
    check("comparison " + one.id, one.place);
  }
}

void read_file(const std::string& name, const std::string& stem,
               const std::string& bytes, RuleFiles& files) {
  toml::table table;
  try {
    table = toml::parse(std::string_view(bytes), name);
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    std::string message(error.description());
    if (!message.empty()) {
      message[0] = static_cast<char>(std::tolower(message[0]));
    }
    fail({name, at.line, at.column}, message);
  }
  Reader root(name, table);
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

}  // namespace

void fail(const Place& place, const std::string& message) {
  throw RuleError(place.file + ":" + std::to_string(place.line) + ":" +
                  std::to_string(place.column) + ": " + message);
}

RuleFiles read_rule_files(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".toml") paths.push_back(entry.path());
  }
  if (error) {
    fail({directory.string(), 1, 1},
         "cannot list the rule directory: " + error.message());
  }
  if (paths.empty()) fail({directory.string(), 1, 1}, "no rule files here");
  std::sort(paths.begin(), paths.end());
  RuleFiles files;
  std::string digest;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), {});
    if (in.bad() || !in.is_open()) fail({path.string(), 1, 1}, "cannot read");
    digest += path.filename().string() + '\0' + std::to_string(bytes.size()) +
              '\0' + bytes;
    read_file(path.string(), path.stem().string(), bytes, files);
  }
  files.version = sha256_hex(digest);
  refuse_duplicates(files);
  return files;
}

}  // namespace grumble::analyzer
