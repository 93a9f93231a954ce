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

struct Level {
  bool complaints = true;
  bool tuple = false;
  bool extras = true;
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

Labels labels_of(const domain::Analysis& analysis, bool complaints) {
  Labels labels;
  for (const auto& finding : analysis.findings) {
    const bool taken = complaints
                           ? finding.polarity == domain::Polarity::complaint
                           : finding.polarity == domain::Polarity::praise ||
                                 finding.polarity == domain::Polarity::resolved;
    if (taken) labels.insert({finding.model.value_or(""), finding.category});
  }
  return labels;
}

/// The three sets that a count is made of, by category.
void count(
    const Pair& pair, const Level& level,
    const std::function<void(const std::string& category, int kind)>& tell) {
  const GoldText& gold = *pair.gold;
  const Labels want =
      at_level(level.complaints ? gold.complaints : gold.praise, level);
  const Labels fine = at_level(
      level.complaints ? gold.complaints_also_ok : gold.praise_also_ok, level);
  const Labels got = at_level(labels_of(pair.found, level.complaints), level);
  for (const auto& label : got) {
    if (want.contains(label)) {
      tell(label.second, 0);
    } else if (!fine.contains(label)) {
      tell(label.second, 1);
    }
  }
  for (const auto& label : want) {
    if (!got.contains(label)) tell(label.second, 2);
  }
}

void add(Counts& counts, int kind) {
  ++(kind == 0 ? counts.tp : kind == 1 ? counts.fp : counts.fn);
}

Counts total(const std::vector<const Pair*>& pairs, const Level& level) {
  Counts counts;
  for (const Pair* pair : pairs) {
    count(*pair, level,
          [&](const std::string&, int kind) { add(counts, kind); });
  }
  return counts;
}

Score score(const std::string& name, const std::vector<const Pair*>& pairs,
            const Level& level) {
  Score result{name, total(pairs, level), 0, 0};
  std::map<std::string, Counts> groups;
  for (const Pair* pair : pairs) {
    Counts& group = groups[pair->gold->group];
    count(*pair, level,
          [&](const std::string&, int kind) { add(group, kind); });
  }
  std::vector<Counts> flat;
  for (const auto& [group, counts] : groups) flat.push_back(counts);
  if (flat.empty()) return result;
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
  result.low = sample[static_cast<size_t>(0.025 * kResamples)];
  result.high = sample[static_cast<size_t>(0.975 * kResamples)];
  return result;
}

std::string name_of(const Level& level) {
  return std::string(level.complaints ? "complaint" : "praise") +
         (level.tuple ? " tuple" : " pair") +
         (level.extras ? "" : " without extras");
}

void count_comparisons(const Pair& pair, Evaluation& evaluation) {
  std::set<std::pair<std::string, std::string>> got;
  for (const auto& comparison : pair.found.comparisons) {
    got.insert({comparison.better, comparison.worse});
  }
  const auto& want = pair.gold->comparisons;
  for (const auto& one : got) {
    add(evaluation.comparisons, want.contains(one) ? 0 : 1);
    if (want.contains({one.second, one.first})) ++evaluation.reversed;
  }
  for (const auto& one : want) {
    if (!got.contains(one)) add(evaluation.comparisons, 2);
  }
}

std::string label_text(const Label& label) {
  return (label.first.empty() ? "(no model)" : label.first) + " " +
         label.second;
}

Miss miss_of(const Pair& pair) {
  Miss miss{pair.gold->id, pair.gold->text.text, {}, {}};
  const Labels got = labels_of(pair.found, true);
  for (const auto& label : pair.gold->complaints) {
    if (!got.contains(label)) miss.missed.push_back(label_text(label));
  }
  for (const auto& label : got) {
    if (pair.gold->complaints.contains(label) ||
        pair.gold->complaints_also_ok.contains(label)) {
      continue;
    }
    for (const auto& finding : pair.found.findings) {
      if (finding.polarity == domain::Polarity::complaint &&
          finding.model.value_or("") == label.first &&
          finding.category == label.second) {
        miss.extra.push_back(label_text(label) + " (" + finding.rule + ")");
        break;
      }
    }
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
  std::vector<const Pair*> all;
  std::map<std::string, std::vector<const Pair*>> languages;
  for (const auto& pair : pairs) {
    all.push_back(&pair);
    languages[pair.gold->text.lang].push_back(&pair);
    count_comparisons(pair, evaluation);
    if (pair.gold->distractor) {
      ++evaluation.distractors;
      if (clean(pair.found)) ++evaluation.distractors_clean;
    }
    Miss miss = miss_of(pair);
    if (!miss.missed.empty() || !miss.extra.empty()) {
      evaluation.misses.push_back(std::move(miss));
    }
  }
  for (const bool complaints : {true, false}) {
    for (const bool tuple : {false, true}) {
      for (const bool extras : {true, false}) {
        const Level level{complaints, tuple, extras};
        evaluation.overall.push_back(score(name_of(level), all, level));
      }
    }
  }
  for (const auto& [language, some] : languages) {
    evaluation.languages.push_back(score(language, some, Level{}));
  }
  std::map<std::string, Counts> categories;
  for (const Pair* pair : all) {
    count(*pair, Level{}, [&](const std::string& category, int kind) {
      add(categories[category], kind);
    });
  }
  for (const auto& [category, counts] : categories) {
    evaluation.categories.push_back({category, counts, 0, 0});
  }
  const auto weight = [](const Counts& counts) {
    return counts.tp + counts.fn;
  };
  std::stable_sort(evaluation.categories.begin(), evaluation.categories.end(),
                   [&](const Score& a, const Score& b) {
                     return weight(a.counts) > weight(b.counts);
                   });
  std::stable_sort(evaluation.misses.begin(), evaluation.misses.end(),
                   [](const Miss& a, const Miss& b) {
                     return a.missed.size() + a.extra.size() >
                            b.missed.size() + b.extra.size();
                   });
  return evaluation;
}

}  // namespace grumble::app
