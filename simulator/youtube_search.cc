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
    if (!joined) clauses_.push_back({excluded, {}});
    clauses_.back().alternatives.push_back(words);
    joined = false;
  }
}

bool SearchTerms::match(const std::string& words) const {
  return std::all_of(
      clauses_.begin(), clauses_.end(), [&](const Clause& clause) {
        const bool any =
            std::any_of(clause.alternatives.begin(), clause.alternatives.end(),
                        [&](const std::string& each) {
                          return words.find(each) != words.npos;
                        });
        return any != clause.excluded;
      });
}

}  // namespace grumble::simulator
