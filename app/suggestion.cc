#include "app/suggestion.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "analyzer/normalize.h"

namespace grumble::app {
namespace {

constexpr size_t kLongestWords = 4;
constexpr size_t kShortestCharacters = 2;
constexpr size_t kLongestCharacters = 6;

enum class Letter { none, word, character };

bool within(char32_t c, char32_t first, char32_t last) {
  return first <= c && c <= last;
}

Letter letter_of(char32_t c) {
  if (c < 0x80) {
    return within(c, 'a', 'z') || within(c, '0', '9') || c == '\'' || c == '$'
               ? Letter::word
               : Letter::none;
  }
  if (within(c, 0x3041, 0x30FF) || within(c, 0x3400, 0x9FFF) ||
      within(c, 0xAC00, 0xD7A3) || within(c, 0x20000, 0x3FFFF)) {
    return Letter::character;
  }
  const bool symbol = within(c, 0x80, 0xBF) || within(c, 0x2000, 0x2BFF) ||
                      within(c, 0x3000, 0x303F) || within(c, 0xFE00, 0xFFFF) ||
                      c >= 0x1F000;
  return symbol ? Letter::none : Letter::word;
}

bool by_characters(std::string_view lang) {
  const auto main = lang.substr(0, 2);
  return main == "zh" || main == "ja" || main == "ko";
}

/// Runs of tokens that nothing but a space parts.
using Runs = std::vector<std::vector<std::string>>;

Runs runs_of(std::string_view folded, bool characters) {
  Runs runs(1);
  bool open = false;  // whether the next letter goes on with a word
  for (size_t at = 0; at < folded.size();) {
    char32_t c = 0;
    const size_t size = analyzer::decode_utf8(folded, at, c);
    const std::string_view bytes = folded.substr(at, std::max<size_t>(size, 1));
    at += bytes.size();
    const Letter letter = size == 0 ? Letter::none : letter_of(c);
    const bool taken =
        letter == (characters ? Letter::character : Letter::word);
    if (taken && open && !characters) {
      runs.back().back() += bytes;
    } else if (taken) {
      runs.back().emplace_back(bytes);
    } else if (c != ' ' && !runs.back().empty()) {
      runs.emplace_back();
    }
    open = taken;
  }
  return runs;
}

std::string joined(const std::vector<std::string>& run, size_t begin,
                   size_t end, bool characters) {
  std::string phrase;
  for (size_t i = begin; i < end; ++i) {
    if (i > begin && !characters) phrase += ' ';
    phrase += run[i];
  }
  return phrase;
}

std::set<std::string> phrases_of(const Runs& runs, bool characters) {
  const size_t shortest = characters ? kShortestCharacters : 1;
  const size_t longest = characters ? kLongestCharacters : kLongestWords;
  std::set<std::string> phrases;
  for (const auto& run : runs) {
    for (size_t begin = 0; begin < run.size(); ++begin) {
      for (size_t size = shortest;
           size <= longest && begin + size <= run.size(); ++size) {
        phrases.insert(joined(run, begin, begin + size, characters));
      }
    }
  }
  return phrases;
}

struct Count {
  int64_t target = 0;
  int64_t rest = 0;
  std::vector<size_t> samples;  ///< of the target
};
using Counts = std::unordered_map<std::string, Count>;

/// How often a token stands in running text.
using Frequencies = std::unordered_map<std::string, int64_t>;

/// The frequency of the token in the middle of the text, if its tokens were put
/// in order of their frequency: the few that are as frequent make half of it.
int64_t median_frequency(const Frequencies& frequencies) {
  std::vector<int64_t> all;
  int64_t total = 0;
  for (const auto& [token, count] : frequencies) {
    all.push_back(count);
    total += count;
  }
  std::sort(all.rbegin(), all.rend());
  int64_t before = 0;
  for (const int64_t count : all) {
    before += count;
    if (2 * before >= total) return count;
  }
  return 0;
}

/// The prior is the phrase's share of all, with the target's weight.
double z_of(const Count& count, double targets, double rests) {
  const double all = targets + rests;
  const double prior =
      targets * static_cast<double>(count.target + count.rest) / all;
  const double in_target = static_cast<double>(count.target) + prior;
  const double in_rest = static_cast<double>(count.rest) + prior;
  const auto odds = [&](double in, double all_in) {
    return std::log(in / std::max(all_in + targets - in, 0.5));
  };
  const double delta = odds(in_target, targets) - odds(in_rest, rests);
  return delta / std::sqrt(1 / in_target + 1 / in_rest);
}

/// Whether two phrases stand in mostly the same texts, one within the other.
bool same_story(const std::string& a, const Count& of_a, const std::string& b,
                const Count& of_b) {
  if (a.find(b) == std::string::npos && b.find(a) == std::string::npos) {
    return false;
  }
  const auto [fewer, more] = std::minmax(of_a.target, of_b.target);
  return static_cast<double>(fewer) >= 0.7 * static_cast<double>(more);
}

class Language {
 public:
  Language(std::string lang, const std::vector<Sample>& samples)
      : lang_(std::move(lang)),
        characters_(by_characters(lang_)),
        samples_(samples) {}

  void add(size_t sample) {
    const Sample& text = samples_[sample];
    if (!seen_.insert(text.folded).second) return;
    const Runs runs = runs_of(text.folded, characters_);
    if (!text.target) {
      for (const auto& run : runs) {
        for (const auto& token : run) ++frequencies_[token];
      }
    }
    const auto phrases = phrases_of(runs, characters_);
    (text.target ? targets_ : rests_) += static_cast<double>(phrases.size());
    for (const auto& phrase : phrases) {
      Count& count = counts_[phrase];
      ++(text.target ? count.target : count.rest);
      if (text.target) count.samples.push_back(sample);
    }
  }

  void suggest(const SuggestionLimits& limits,
               std::vector<Suggestion>& out) const {
    std::vector<std::pair<double, const Counts::value_type*>> ranked;
    const int64_t common = median_frequency(frequencies_);
    for (const auto& entry : counts_) {
      if (entry.second.target < limits.texts) continue;
      if (!has_content(entry.first, common)) continue;
      const double z = z_of(entry.second, targets_, rests_);
      if (z >= limits.z) ranked.emplace_back(z, &entry);
    }
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      const auto size = [](const auto& one) {
        return one.second->first.size();
      };
      return std::tuple(-a.first, size(b), a.second->first) <
             std::tuple(-b.first, size(a), b.second->first);
    });
    std::vector<std::pair<double, const Counts::value_type*>> kept;
    for (const auto& [z, entry] : ranked) {
      if (kept.size() == limits.phrases) break;
      const auto twin =
          std::find_if(kept.begin(), kept.end(), [&](const auto& other) {
            return same_story(entry->first, entry->second, other.second->first,
                              other.second->second);
          });
      if (twin == kept.end()) {
        kept.emplace_back(z, entry);
      } else if (entry->first.size() > twin->second->first.size()) {
        *twin = {z, entry};
      }
    }
    for (const auto& [z, entry] : kept) out.push_back(made(z, *entry, limits));
  }

 private:
  /// `common`: from which frequency on a token is grammar.
  bool has_content(const std::string& phrase, int64_t common) const {
    const Runs runs = runs_of(phrase, characters_);
    const auto& tokens = runs.front();
    const auto is_content = [&](const std::string& token) {
      const auto known = frequencies_.find(token);
      return known == frequencies_.end() || known->second < common;
    };
    return characters_
               ? std::any_of(tokens.begin(), tokens.end(), is_content)
               : is_content(tokens.front()) && is_content(tokens.back());
  }

  Suggestion made(double z, const Counts::value_type& entry,
                  const SuggestionLimits& limits) const {
    const auto& [phrase, count] = entry;
    Suggestion made{lang_, phrase, z, count.target, count.rest, {}};
    for (size_t i = 0; i < std::min(limits.ids, count.samples.size()); ++i) {
      made.ids.push_back(samples_[count.samples[i]].id);
    }
    return made;
  }

  std::string lang_;
  bool characters_;
  const std::vector<Sample>& samples_;
  std::unordered_set<std::string> seen_;
  Counts counts_;
  Frequencies frequencies_;  ///< in the rest
  double targets_ = 0;  ///< phrases, so that long texts have no more weight
  double rests_ = 0;
};

}  // namespace

std::vector<Suggestion> suggest(const std::vector<Sample>& samples,
                                const SuggestionLimits& limits) {
  std::map<std::string, Language> languages;
  for (size_t i = 0; i < samples.size(); ++i) {
    const std::string& lang = samples[i].lang;
    languages.try_emplace(lang, lang, samples).first->second.add(i);
  }
  std::vector<Suggestion> all;
  for (const auto& [lang, language] : languages) language.suggest(limits, all);
  std::stable_sort(
      all.begin(), all.end(),
      [](const Suggestion& a, const Suggestion& b) { return a.z > b.z; });
  if (all.size() > limits.phrases) all.resize(limits.phrases);
  return all;
}

}  // namespace grumble::app
