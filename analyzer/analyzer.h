#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/explanation.h"
#include "analyzer/rule_error.h"
#include "domain/finding.h"

namespace grumble::analyzer {

/// A category as its file describes it, for tables and reports.
struct Category {
  std::string key;    ///< "price"
  std::string title;  ///< "Price and credits"
};

/// How much of what texts have led to is remembered for the next ones: up to
/// 160 MiB beside the rules, for many texts at once, or 54, where little memory
/// matters more; texts unlike each other are read a few times slower then.
enum class Footprint { fast, small };

/// Reads texts for findings. Immutable after construction and safe from any
/// thread; `analyze` is linear in the text's length.
class Analyzer {
 public:
  /// Loads and compiles every `*.toml` of the directory and runs every rule's
  /// examples. Throws RuleError at the first file that does not hold.
  explicit Analyzer(const std::filesystem::path& rules,
                    Footprint footprint = Footprint::fast);
  ~Analyzer();
  Analyzer(Analyzer&&) noexcept;
  Analyzer& operator=(Analyzer&&) noexcept;

  domain::Analysis analyze(const domain::Text& text) const;

  /// The same, with what every step saw. Slower; for people who write rules.
  Explanation explain(const domain::Text& text) const;

  /// What a plain keyword list would find, to measure the rest against: the
  /// words of every complaint rule wherever all of them stand in the text,
  /// whatever its clauses say, as a complaint about every model of the text.
  /// By begin, then rule.
  std::vector<domain::Finding> keyword_hits(const domain::Text& text) const;

  /// SHA-256 over the names and bytes of the rule files, in hex.
  const std::string& version() const;
  Footprint footprint() const;
  const std::vector<Category>& categories() const;
  /// Canonical model names, in the order of `models.toml`.
  const std::vector<std::string>& models() const;
  size_t rule_count() const;

  class Impl;  ///< of the library's own files

 private:
  std::unique_ptr<const Impl> impl_;
};

}  // namespace grumble::analyzer
