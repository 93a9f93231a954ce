#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace grumble::app {

/// A folded text for the search of phrases.
struct Sample {
  std::string id;
  std::string lang;     ///< decides between words and characters
  std::string folded;   ///< what the rules know already is cut out
  bool target = false;  ///< negative, and no category says about what
};

/// A phrase that stands in the target texts more often than in the rest.
struct Suggestion {
  std::string lang;
  std::string phrase;
  double z = 0;        ///< log-odds in standard deviations; above 1.96 is news
  int64_t target = 0;  ///< texts that hold it
  int64_t rest = 0;
  std::vector<std::string> ids;  ///< of some target texts
};

struct SuggestionLimits {
  int64_t texts = 3;    ///< of the target that must hold a phrase
  double z = 1.96;      ///< at least
  size_t phrases = 30;  ///< in all
  size_t ids = 3;       ///< a phrase
};

/// Phrases by weighted log-odds with an informative Dirichlet prior (Monroe,
/// Colaresi and Quinn 2008), a language at a time: up to four words, or two to
/// six characters of Han, kana and Hangul. A text counts once; a text that is
/// there twice, once. Words of which so few make half of the rest's running
/// text ("the", "is", "it") neither begin nor end a phrase, and such characters
/// make none by themselves: they are grammar, whatever their odds. Of phrases
/// that mean the same texts the longest stays. Highest z first.
std::vector<Suggestion> suggest(const std::vector<Sample>& samples,
                                const SuggestionLimits& limits);

}  // namespace grumble::app
