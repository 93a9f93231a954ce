#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/rule_source.h"

namespace grumble::analyzer {

/// Every rule file of a directory, read and checked for form, not yet compiled.
struct RuleFiles {
  std::vector<CategorySource> categories;
  std::vector<ModelSource> models;
  WordList topic;
  WordList other_trades;  ///< speak of something else, unless `video` stands
  WordList video;
  std::map<std::string, WordList> lists;
  std::vector<MarkerSource> markers;
  std::vector<NoiseSource> noise;
  std::vector<ComparisonSource> comparisons;
  std::map<std::string, WordList> aspects;  ///< category: words, comparisons
  std::string han_pairs;
  std::string version;  ///< SHA-256 over names and bytes, in hex

  /// Gives back the words, patterns and examples, for who has compiled and
  /// tried them: what is left says what becomes of a match.
  void forget_words();
};

/// Adds what one file holds; its name tells of what kind it is. Throws
/// RuleError at the first thing that does not hold.
void read_rule_file(const std::string& name, std::string_view bytes,
                    RuleFiles& files);

/// Every `*.toml` of the directory. Throws like read_rule_file().
RuleFiles read_rule_files(const std::filesystem::path& directory);

}  // namespace grumble::analyzer
