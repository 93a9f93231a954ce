#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace grumble::simulator {

/// The `q` of search.list: a space is AND, `|` is OR and binds tighter, `-`
/// excludes, quotes hold a phrase together. An empty one matches everything.
class SearchTerms {
 public:
  explicit SearchTerms(std::string_view q);

  /// `words` as fold_words makes them.
  bool match(const std::string& words) const;

 private:
  struct Clause {
    bool excluded = false;
    std::vector<std::string> alternatives;
  };

  std::vector<Clause> clauses_;
};

}  // namespace grumble::simulator
