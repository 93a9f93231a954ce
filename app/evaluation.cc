#include "app/evaluation.h"

#include <algorithm>
#include <random>

namespace grumble::app {
namespace {

constexpr int kResamples = 300;

bool extra_category(const std::string& category) {
  return category == "general_quality" || category == "other";
}

/// What one text was labelled with and what was found in it.
struct Pair {
  const GoldText* gold = nullptr;
  domain::Analysis found;
};

using Labels = std::set<Label>;

Labels at_level(const Labels& labels, const Level& level) {
  Labels result;
  for (const auto& [model, category] : labels) {
    if (!level.extras && extra_category(category)) continue;
    result.insert({level.tuple ? model : "", category});
  }
  return result;
}

bool counts_as(const domain::Finding& finding, bool complaint) {
  const auto polarity = finding.polarity;
  return complaint ? polarity == domain::Polarity::complaint
                   : polarity == domain::Polarity::praise ||
                         polarity == domain::Polarity::resolved;
}

Label label_of(const domain::Finding& finding) {
  return {finding.model.value_or(""), finding.category};
}

Labels labels_of(const domain::Analysis& analysis, bool complaints) {
  Labels labels;
  for (const auto& finding : analysis.findings) {
    if (counts_as(finding, complaints)) labels.insert(label_of(finding));
  }
  return labels;
}

enum class Kind { right, extra, missed };

/// Tells each label of the text, wanted or found, at the level.
template <typename Tell>
void compare(const Pair& pair, const Level& level, Tell tell) {
  const GoldText& gold = *pair.gold;
  const Labels want =
      at_level(level.complaints ? gold.complaints : gold.praise, level);
  const Labels fine = at_level(
      level.complaints ? gold.complaints_also_ok : gold.praise_also_ok, level);
  const Labels got = at_level(labels_of(pair.found, level.complaints), level);
  for (const auto& label : got) {
    if (want.contains(label)) {
      tell(label, Kind::right);
    } else if (!fine.contains(label)) {
      tell(label, Kind::extra);
    }
  }
  for (const auto& label : want) {
    if (!got.contains(label)) tell(label, Kind::missed);
  }
}

void add(Counts& counts, Kind kind) {
  ++(kind == Kind::right   ? counts.tp
     : kind == Kind::extra ? counts.fp
                           : counts.fn);
}

using Groups = std::map<std::string, Counts>;

/// The 95 % interval of F1 when as many groups are drawn again, with repeats.
void set_interval(const Groups& groups, Score& score) {
  std::vector<Counts> flat;
  for (const auto& [group, counts] : groups) flat.push_back(counts);
  if (flat.empty()) return;
  std::mt19937_64 random(1);
  std::vector<double> sample;
  for (int i = 0; i < kResamples; ++i) {
    Counts sum;
    for (size_t k = 0; k < flat.size(); ++k) {
      const Counts& drawn = flat[random() % flat.size()];
      sum.tp += drawn.tp;
      sum.fp += drawn.fp;
      sum.fn += drawn.fn;
    }
    sample.push_back(sum.f1());
  }
  std::sort(sample.begin(), sample.end());
  score.low = sample[static_cast<size_t>(0.025 * kResamples)];
  score.high = sample[static_cast<size_t>(0.975 * kResamples)];
}

/// Scores by a key of a text's label: its language, its category, or nothing.
template <typename KeyOf>
void add_scores(const std::vector<Pair>& pairs, const Level& level,
                const std::string& by, KeyOf key_of, Evaluation& evaluation) {
  std::map<std::string, Counts> counts;
  std::map<std::string, Groups> groups;
  for (const Pair& pair : pairs) {
    if (by != "category") {  // also what has no label at all is a group
      groups[key_of(pair, Label{})][pair.gold->group];
      counts[key_of(pair, Label{})];
    }
    compare(pair, level, [&](const Label& label, Kind kind) {
      const std::string key = key_of(pair, label);
      add(counts[key], kind);
      add(groups[key][pair.gold->group], kind);
    });
  }
  std::vector<Score> scores;
  for (const auto& [key, sum] : counts) {
    Score& score = scores.emplace_back(Score{level, by, key, sum, 0, 0});
    set_interval(groups[key], score);
  }
  std::stable_sort(
      scores.begin(), scores.end(),
      [](const Score& a, const Score& b) { return a.labels() > b.labels(); });
  evaluation.scores.insert(evaluation.scores.end(), scores.begin(),
                           scores.end());
}

void add_levels(const std::vector<Pair>& pairs, Evaluation& evaluation) {
  const auto all = [](const Pair&, const Label&) { return std::string(); };
  const auto language = [](const Pair& pair, const Label&) {
    return pair.gold->text.lang;
  };
  const auto category = [](const Pair&, const Label& label) {
    return label.second;
  };
  for (const bool complaints : {true, false}) {
    for (const bool tuple : {false, true}) {
      for (const bool extras : {true, false}) {
        add_scores(pairs, {complaints, tuple, extras}, "all", all, evaluation);
      }
      const Level level{complaints, tuple, true};
      add_scores(pairs, level, "language", language, evaluation);
      add_scores(pairs, level, "category", category, evaluation);
    }
  }
}

void count_comparisons(const Pair& pair, Evaluation& evaluation) {
  std::set<std::pair<std::string, std::string>> got;
  for (const auto& comparison : pair.found.comparisons) {
    got.insert({comparison.better, comparison.worse});
  }
  const auto& want = pair.gold->comparisons;
  for (const auto& one : got) {
    add(evaluation.comparisons, want.contains(one) ? Kind::right : Kind::extra);
    if (want.contains({one.second, one.first})) ++evaluation.reversed;
  }
  for (const auto& one : want) {
    if (!got.contains(one)) add(evaluation.comparisons, Kind::missed);
  }
}

std::string rule_of(const domain::Analysis& analysis, const Label& label,
                    bool complaint) {
  for (const auto& finding : analysis.findings) {
    if (counts_as(finding, complaint) && label_of(finding) == label) {
      return finding.rule;
    }
  }
  return {};
}

Miss miss_of(const Pair& pair) {
  Miss miss{pair.gold, {}};
  for (const bool complaint : {true, false}) {
    compare(pair, {complaint, true, true}, [&](const Label& label, Kind kind) {
      if (kind == Kind::right) return;
      const bool missed = kind == Kind::missed;
      miss.wrongs.push_back(
          {missed, complaint, label,
           missed ? "" : rule_of(pair.found, label, complaint)});
    });
  }
  return miss;
}

bool clean(const domain::Analysis& analysis) {
  return std::none_of(
      analysis.findings.begin(), analysis.findings.end(),
      [](const domain::Finding& finding) {
        return finding.model &&
               (finding.polarity == domain::Polarity::complaint ||
                finding.polarity == domain::Polarity::praise);
      });
}

}  // namespace

double Counts::precision() const {
  return tp + fp == 0 ? 0.0
                      : static_cast<double>(tp) / static_cast<double>(tp + fp);
}

double Counts::recall() const {
  return tp + fn == 0 ? 0.0
                      : static_cast<double>(tp) / static_cast<double>(tp + fn);
}

double Counts::f1() const {
  const double p = precision();
  const double r = recall();
  return p + r == 0 ? 0.0 : 2 * p * r / (p + r);
}

Evaluation evaluate(
    const std::vector<GoldText>& gold,
    const std::function<domain::Analysis(const domain::Text&)>& analyze) {
  std::vector<Pair> pairs;
  pairs.reserve(gold.size());
  for (const auto& text : gold) pairs.push_back({&text, analyze(text.text)});
  Evaluation evaluation;
  evaluation.texts = static_cast<int64_t>(pairs.size());
  for (const auto& pair : pairs) {
    count_comparisons(pair, evaluation);
    if (pair.gold->distractor) {
      ++evaluation.distractors;
      if (clean(pair.found)) ++evaluation.distractors_clean;
    }
    Miss miss = miss_of(pair);
    if (!miss.wrongs.empty()) evaluation.misses.push_back(std::move(miss));
  }
  add_levels(pairs, evaluation);
  std::stable_sort(evaluation.misses.begin(), evaluation.misses.end(),
                   [](const Miss& a, const Miss& b) {
                     return a.wrongs.size() > b.wrongs.size();
                   });
  return evaluation;
}

}  // namespace grumble::app
