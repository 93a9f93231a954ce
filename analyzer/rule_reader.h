#pragma once

#include <toml++/toml.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/rule_file.h"

namespace grumble::analyzer {

Place place_of(const std::string& file, const toml::node& node);

/// One TOML table that knows which of its keys were asked for. Everything
/// throws RuleError where a value is not of the kind that is asked for. Keeps
/// references to the table.
class RuleReader {
 public:
  RuleReader(const std::string& file, const toml::table& table)
      : file_(file), table_(table), place_(place_of(file, table)) {}

  const Place& place() const { return place_; }
  const std::string& file() const { return file_; }

  /// Refuses every key that no call has named.
  void finish(std::string_view what) const;

  /// Null when the key is absent.
  const toml::node* find(std::string_view key);
  std::string text(std::string_view key, std::string fallback = {});
  std::string required_text(std::string_view key);
  bool flag(std::string_view key, bool fallback);
  double number(std::string_view key, double fallback, double low, double high);
  WordList words(std::string_view key);
  std::vector<std::string> names(std::string_view key);
  /// The tables of an array of tables.
  std::vector<RuleReader> tables(std::string_view key);
  std::optional<RuleReader> child(std::string_view key);
  /// Every key of this table with its list of words.
  std::map<std::string, WordList> all_words();

  std::string string_of(const toml::node& node, std::string_view key) const;
  WordList words_of(const toml::node& node, std::string_view key) const;

 private:
  std::string file_;
  const toml::table& table_;
  Place place_;
  std::set<std::string> known_;
};

}  // namespace grumble::analyzer
