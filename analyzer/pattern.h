#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/normalize.h"
#include "analyzer/rule_file.h"
#include "analyzer/syntax.h"

namespace grumble::analyzer {

/// A phrase as regular expressions: pieces in order, with at most
/// `gaps[i]` words between piece i and piece i + 1. Mostly one piece.
struct Pattern {
  std::vector<std::string> pieces;
  std::vector<double> gaps;
};

/// Turns what rule writers write into RE2 syntax over folded text. Throws
/// RuleError with the writer's place when it cannot. Keeps the lists that it
/// has expanded: for one thread.
class PatternCompiler {
 public:
  PatternCompiler(const Normalizer& normalizer,
                  const std::map<std::string, WordList>& lists);

  /// Plain words. `( | )` and `?` as in regular expressions, `[..]` sets,
  /// `word*` any ending,
  /// `#` a number, `{list}` a list of words.toml, `~` up to three words
  /// and `~5` up to five words between.
  Pattern phrase(const Words& source) const;

  /// One expression for phrases without gaps.
  std::string alternatives(const WordList& sources) const;

  /// A regular expression, checked for gaps and for upper case.
  std::string regex(const Words& source) const;

  /// Gives back what the lists have expanded to.
  void forget() {
    expansions_.clear();
    syntax_ = Syntax();
  }

 private:
  /// A list of words.toml as an expression, and how deep lists name lists.
  struct Expansion {
    std::string text;
    int depth = 0;
  };

  const Expansion& expand(std::string_view name, const Place& place,
                          int depth) const;
  std::string piece(std::string_view text, const Place& place, int depth,
                    int& deepest) const;
  /// Whether `pattern` is content with no byte. Throws RuleError at `place`
  /// when it is no pattern.
  bool can_be_empty(const std::string& pattern, const Place& place) const;

  const Normalizer& normalizer_;
  const std::map<std::string, WordList>& lists_;
  mutable std::map<std::string, Expansion, std::less<>> expansions_;
  mutable Syntax syntax_;  ///< of what was looked at
};

/// One expression for all of `patterns`, sorted so that RE2 can share their
/// beginnings: an automaton's state then stays small.
std::string join_patterns(std::vector<std::string> patterns);

}  // namespace grumble::analyzer
