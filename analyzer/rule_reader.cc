#include "analyzer/rule_reader.h"

namespace grumble::analyzer {
namespace {

std::string quoted(std::string_view key) {
  return "\"" + std::string(key) + "\"";
}

std::string short_number(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (!text.empty() && text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

Place place_of(const std::string& file, const toml::node& node) {
  return {file, node.source().begin.line, node.source().begin.column};
}

void RuleReader::finish(std::string_view what) const {
  for (const auto& [key, node] : table_) {
    if (known_.contains(std::string(key.str()))) continue;
    std::string hint;
    for (const auto& name : known_) hint += (hint.empty() ? "" : ", ") + name;
    fail({file_, key.source().begin.line, key.source().begin.column},
         "unknown key \"" + std::string(key.str()) + "\" in " +
             std::string(what) + "; known are: " + hint);
  }
}

const toml::node* RuleReader::find(std::string_view key) {
  known_.emplace(key);
  return table_.get(key);
}

std::string RuleReader::text(std::string_view key, std::string fallback) {
  const toml::node* node = find(key);
  return node ? string_of(*node, key) : fallback;
}

std::string RuleReader::required_text(std::string_view key) {
  if (!find(key)) fail(place_, "\"" + std::string(key) + "\" is missing");
  return text(key);
}

bool RuleReader::flag(std::string_view key, bool fallback) {
  const toml::node* node = find(key);
  if (!node) return fallback;
  if (!node->is_boolean()) {
    fail(place_of(file_, *node), quoted(key) + " must be true or false");
  }
  return node->value_or(fallback);
}

double RuleReader::number(std::string_view key, double fallback, double low,
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

WordList RuleReader::words(std::string_view key) {
  const toml::node* node = find(key);
  return node ? words_of(*node, key) : WordList{};
}

std::vector<std::string> RuleReader::names(std::string_view key) {
  std::vector<std::string> names;
  for (auto& word : words(key)) names.push_back(std::move(word.text));
  return names;
}

std::vector<RuleReader> RuleReader::tables(std::string_view key) {
  std::vector<RuleReader> readers;
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

std::optional<RuleReader> RuleReader::child(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  const toml::table* table = node->as_table();
  if (!table) fail(place_of(file_, *node), quoted(key) + " must be a table");
  return RuleReader(file_, *table);
}

std::map<std::string, WordList> RuleReader::all_words() {
  std::map<std::string, WordList> all;
  for (const auto& [key, node] : table_) {
    known_.emplace(key.str());
    all[std::string(key.str())] = words_of(node, key.str());
  }
  return all;
}

std::string RuleReader::string_of(const toml::node& node,
                                  std::string_view key) const {
  if (!node.is_string()) {
    fail(place_of(file_, node), quoted(key) + " must be a string");
  }
  return node.value_or(std::string());
}

WordList RuleReader::words_of(const toml::node& node,
                              std::string_view key) const {
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

}  // namespace grumble::analyzer
