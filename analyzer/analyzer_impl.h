#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analyzer/analysis.h"
#include "analyzer/analyzer.h"
#include "analyzer/normalize.h"
#include "analyzer/pattern.h"
#include "analyzer/rule_file.h"

namespace grumble::analyzer {

/// The compiled rules, and the way of one text through them.
class Analyzer::Impl {
 public:
  explicit Impl(const std::filesystem::path& directory,
                Footprint size = Footprint::fast);

  /// `raw`: keep also what a better finding would displace.
  domain::Analysis analyze(const domain::Text& text, bool raw) const;
  Explanation explain(const domain::Text& text) const;
  std::vector<domain::Finding> keyword_hits(const domain::Text& text) const;

  Footprint footprint;
  RuleFiles files;  ///< without words and examples, once these are compiled
  std::vector<Category> categories;
  Normalizer normalizer;
  PatternCompiler patterns;
  /// Names, noise, topic words, and what begins rules that need no topic: what
  /// decides whether a text needs a look at all. Most posts end here, and its
  /// automaton is small enough for the nearest caches.
  Matcher gate;
  Matcher matcher;  ///< the atoms of the rules
  /// Those of the rules that need no topic, under the same numbers: what a text
  /// that is about nothing else is asked for.
  Matcher untopical;
  ModelReader models;
  std::vector<int> noise_atoms;
  int topic_atom = -1;
  size_t first_untopical = 0;  ///< atoms of the gate from here on
  RuleBook book;
  int other_trades_atom = -1;  ///< of `matcher`, as the next
  int video_atom = -1;
  ClauseReader clauses;
  ComparisonReader comparisons;
  FindingWriter writer;

 private:
  /// Gives back the memory that the examples have asked for.
  void forget() const;
  void run(const domain::Text& text, bool raw, Work& work,
           domain::Analysis& out) const;
  std::vector<size_t> models_around(const domain::Text& text) const;
  void read_names(const domain::Text& text, Work& work,
                  domain::Analysis& out) const;
  void read_noise(const Work& work, domain::Analysis& out) const;
  /// Whether the text may speak of AI video, as far as names and topic words
  /// tell, and whether it does.
  bool may_be_about_video(const domain::Text& text, const Work& work) const;
  bool is_about_video(const domain::Text& text, const Work& work) const;
};

/// Runs every example of the files; what does not hold, a message each.
std::vector<std::string> check_examples(const Analyzer::Impl& impl);

}  // namespace grumble::analyzer
