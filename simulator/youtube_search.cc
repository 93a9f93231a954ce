#include "simulator/youtube_search.h"

#include <algorithm>

#include "simulator/text.h"

namespace grumble::simulator {

SearchTerms::SearchTerms(std::string_view q) {
  bool joined = false;  // the last thing read was a `|`
  while (!q.empty()) {
    if (q.front() == ' ' || q.front() == '|') {
      joined = joined || (q.front() == '|' && !clauses_.empty());
      q.remove_prefix(1);
      continue;
    }
    const bool excluded = q.front() == '-';
    if (excluded) q.remove_prefix(1);
    const bool phrase = !q.empty() && q.front() == '"';
    if (phrase) q.remove_prefix(1);
    const size_t end =
        std::min(phrase ? q.find('"') : q.find_first_of(" |"), q.size());
    const std::string words = fold_words(to_code_points(q.substr(0, end)));
    q.remove_prefix(std::min(end + (phrase ? 1 : 0), q.size()));
    if (words.size() < 2) continue;
    if (!joined) clauses_.push_back({excluded, phrase || excluded, {}});
    clauses_.back().alternatives.push_back(words);
    joined = false;
  }
}

bool SearchTerms::Clause::holds(const std::string& words) const {
  const bool any = std::any_of(
      alternatives.begin(), alternatives.end(),
      [&](const std::string& each) { return words.find(each) != words.npos; });
  return any != excluded;
}

bool SearchTerms::match(const std::string& words) const {
  return std::all_of(clauses_.begin(), clauses_.end(),
                     [&](const Clause& clause) { return clause.holds(words); });
}

std::vector<std::optional<double>> SearchTerms::scores(
    const std::vector<const std::string*>& corpus) const {
  std::vector<double> reached(corpus.size(), 0);
  std::vector<bool> dropped(corpus.size(), false);
  double total = 0;
  double weight = 1;
  bool loose = false;
  for (const Clause& clause : clauses_) {
    std::vector<bool> holds(corpus.size());
    for (size_t i = 0; i < corpus.size(); ++i) {
      holds[i] = clause.holds(*corpus[i]);
      if (clause.required && !holds[i]) dropped[i] = true;
    }
    if (clause.required) continue;
    loose = true;
    weight /= 2;
    if (std::find(holds.begin(), holds.end(), true) == holds.end()) continue;
    total += weight;
    for (size_t i = 0; i < corpus.size(); ++i) {
      if (holds[i]) reached[i] += weight;
    }
  }
  std::vector<std::optional<double>> scores(corpus.size());
  for (size_t i = 0; i < corpus.size(); ++i) {
    const bool enough = !loose || (total > 0 && reached[i] * 2 >= total);
    if (enough && !dropped[i]) scores[i] = reached[i];
  }
  return scores;
}

}  // namespace grumble::simulator
