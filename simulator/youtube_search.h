#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grumble::simulator {

/// The `q` of search.list: a space joins, `|` is OR, `-` excludes, quotes hold
/// a phrase together. Texts are given as fold_words makes them.
class SearchTerms {
 public:
  explicit SearchTerms(std::string_view q);

  /// Every clause holds. An empty query matches everything.
  bool match(const std::string& words) const;

  /// Loose, as the site is: quoted and excluded clauses must hold, and of the
  /// rest so many that they carry half of the weight. A clause weighs twice as
  /// much as the next; one that no text of `corpus` meets weighs nothing. One
  /// score a text, higher is better, empty where it does not match.
  std::vector<std::optional<double>> scores(
      const std::vector<const std::string*>& corpus) const;

 private:
  struct Clause {
    bool excluded = false;
    bool required = false;
    std::vector<std::string> alternatives;

    bool holds(const std::string& words) const;
  };

  std::vector<Clause> clauses_;
};

}  // namespace grumble::simulator
