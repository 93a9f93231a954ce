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
  std::map<std::string, std::string> fields;  ///< the line's, as text
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

/// What a score counts: which findings, and when two are the same.
struct Level {
  bool complaints = true;  ///< else praise, which `resolved` counts as
  bool tuple = false;      ///< (text, model, category), else (text, category)
  bool extras = true;      ///< with `general_quality` and `other`
};

/// One line of an evaluation.
struct Score {
  Level level;
  std::string by;    ///< "all", "language", "category"
  std::string name;  ///< the language or category; empty for all
  Counts counts;
  double low = 0.0;  ///< bootstrap 95 % interval of F1 over groups
  double high = 0.0;

  int64_t labels() const { return counts.tp + counts.fn; }
};

/// A label that was not found, or a finding that was not labelled.
struct Wrong {
  bool missed = false;
  bool complaint = true;
  Label label;
  std::string rule;  ///< of the finding; empty when missed
};

/// A text that was read otherwise than labelled.
struct Miss {
  const GoldText* gold = nullptr;
  std::vector<Wrong> wrongs;
};

struct Evaluation {
  int64_t texts = 0;
  /// Every level over all texts, by language, by category (most labels
  /// first); the last two with extras only.
  std::vector<Score> scores;
  Counts comparisons;
  int64_t reversed = 0;     ///< comparisons found the wrong way round
  int64_t distractors = 0;  ///< texts that must yield nothing
  int64_t distractors_clean = 0;
  std::vector<Miss> misses;  ///< worst first: most wrong labels
};

/// Scores what `analyze` finds against the labels, by the measures of the
/// labelling guidelines: pair (text, category) and tuple (text, model,
/// category), micro. The bootstrap is seeded: the same input, the same
/// figures. The misses point into `gold`.
Evaluation evaluate(
    const std::vector<GoldText>& gold,
    const std::function<domain::Analysis(const domain::Text&)>& analyze);

}  // namespace grumble::app
