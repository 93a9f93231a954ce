#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "domain/finding.h"

namespace grumble::app {

/// (model or "", category): what a label names.
using Label = std::pair<std::string, std::string>;

/// A labelled text.
struct GoldText {
  std::string id;
  domain::Text text;
  std::string group;  ///< texts of one thread or article; else the id
  std::map<std::string, std::string> fields;  ///< the line's other strings
  std::set<Label> complaints;
  std::set<Label> praise;  ///< praise and resolved
  std::set<Label> complaints_also_ok;
  std::set<Label> praise_also_ok;
  std::set<std::pair<std::string, std::string>> comparisons;  ///< better, worse
  bool distractor = false;  ///< homonym, prompt or news: nothing may be found
};

/// Reads labelled texts: lines with `complaints`/`praise`, with `findings`, or
/// lines of a sample world (`gold`, with the context its refs give). `where` is
/// `key=value` and keeps matching lines only; empty keeps all. Throws
/// std::runtime_error with file:line.
std::vector<GoldText> load_gold(const std::filesystem::path& file,
                                const std::string& where);

struct Counts {
  int64_t tp = 0;
  int64_t fp = 0;
  int64_t fn = 0;

  double precision() const;
  double recall() const;
  double f1() const;
};

/// One line of an evaluation.
struct Score {
  std::string name;
  Counts counts;
  double low = 0.0;  ///< bootstrap 95 % interval of F1 over groups
  double high = 0.0;
};

/// A text that was read otherwise than labelled.
struct Miss {
  std::string id;
  std::string text;
  std::vector<std::string> missed;  ///< "Sora price"
  std::vector<std::string> extra;   ///< "Sora price (price.too_expensive)"
};

struct Evaluation {
  int64_t texts = 0;
  std::vector<Score> overall;     ///< polarity x level, with and without extras
  std::vector<Score> languages;   ///< complaints, pair level
  std::vector<Score> categories;  ///< complaints, pair level
  Counts comparisons;
  int64_t reversed = 0;     ///< comparisons found the wrong way round
  int64_t distractors = 0;  ///< texts that must yield nothing
  int64_t distractors_clean = 0;
  std::vector<Miss> misses;  ///< worst first: most wrong labels
};

/// Scores what `analyze` finds against the labels, by the measures of the
/// labelling guidelines: pair (text, category) and tuple (text, model,
/// category), micro; `resolved` counts as praise; `general_quality` and
/// `other` are extras. The bootstrap is seeded: the same input, the same
/// figures.
Evaluation evaluate(
    const std::vector<GoldText>& gold,
    const std::function<domain::Analysis(const domain::Text&)>& analyze);

}  // namespace grumble::app
