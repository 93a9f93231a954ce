#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "analyzer/analyzer.h"
#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/evaluation.h"
#include "app/vader.h"

namespace grumble::app {
namespace {

/// A category with so many labels must reach so much.
constexpr int64_t kManyLabels = 10;
constexpr double kCategoryFloor = 0.55;
/// What VADER's own documentation calls negative.
constexpr double kNegative = -0.05;

/// A way to read texts, and how it did. The first is the rules.
struct Method {
  std::string name;
  Evaluation evaluation;
};

std::string figure(double value) { return fmt::format("{:.3f}", value); }

std::string interval(const Score& score) {
  return fmt::format("{:.2f}-{:.2f}", score.low, score.high);
}

const char* polarity_of(bool complaints) {
  return complaints ? "complaint" : "praise";
}

domain::Analysis keywords(const analyzer::Analyzer& analyzer,
                          const domain::Text& text) {
  domain::Analysis analysis;
  analysis.findings = analyzer.keyword_hits(text);
  return analysis;
}

std::vector<Method> run_methods(const analyzer::Analyzer& analyzer,
                                const std::vector<GoldText>& gold) {
  std::vector<Method> methods;
  methods.push_back({"rules", evaluate(gold, [&](const domain::Text& text) {
                       return analyzer.analyze(text);
                     })});
  methods.push_back({"keyword", evaluate(gold, [&](const domain::Text& text) {
                       return keywords(analyzer, text);
                     })});
  try {
    std::vector<std::string> texts;
    for (const auto& one : gold) texts.push_back(one.text.text);
    const std::vector<double> scores = vader_scores(texts);
    size_t next = 0;  // texts are read in the order of the labels
    methods.push_back({"keyword and VADER negative",
                       evaluate(gold, [&](const domain::Text& text) {
                         return scores[next++] <= kNegative
                                    ? keywords(analyzer, text)
                                    : domain::Analysis{};
                       })});
  } catch (const NoVader& error) {
    std::cerr << "no baseline by VADER: " << error.what() << '\n';
  }
  return methods;
}

/// For programs: one row a score.
Records long_form(const std::vector<Method>& methods) {
  Records records{
      {"method", "polarity", "level", "by", "name", "labels", "precision",
       "recall", "f1", "f1_low", "f1_high", "tp", "fp", "fn"},
      {}};
  for (const auto& [method, evaluation] : methods) {
    for (const auto& score : evaluation.scores) {
      const Counts& counts = score.counts;
      records.rows.push_back(
          {method, std::string(polarity_of(score.level.complaints)),
           std::string(score.level.tuple ? "tuple" : "pair"),
           score.level.extras ? score.by : score.by + " without extras",
           score.name, score.labels(), counts.precision(), counts.recall(),
           counts.f1(), score.low, score.high, counts.tp, counts.fp,
           counts.fn});
    }
    const Counts& counts = evaluation.comparisons;
    records.rows.push_back(
        {method, Cell(), std::string("direction"), std::string("comparisons"),
         Cell(), counts.tp + counts.fn, counts.precision(), counts.recall(),
         counts.f1(), Cell(), Cell(), counts.tp, counts.fp, counts.fn});
  }
  return records;
}

/// The score of the same texts at the other level.
const Score& tuple_of(const Evaluation& evaluation, const Score& pair) {
  for (const auto& score : evaluation.scores) {
    if (score.level.tuple && score.level.complaints == pair.level.complaints &&
        score.level.extras == pair.level.extras && score.by == pair.by &&
        score.name == pair.name) {
      return score;
    }
  }
  return pair;  // every pair has its tuple
}

Records wide_form(const char* title) {
  return {{title, "labels", "pair P", "R", "F1", "95 %", "tuple P", "R", "F1",
           "95 %"},
          {}};
}

void add_wide(Records& records, const Evaluation& evaluation,
              const Score& score, const std::string& name) {
  auto& row = records.rows.emplace_back();
  row = {name, score.labels()};
  for (const Score* one : {&score, &tuple_of(evaluation, score)}) {
    row.insert(row.end(),
               {figure(one->counts.precision()), figure(one->counts.recall()),
                figure(one->counts.f1()), interval(*one)});
  }
}

void print_table(const Records& records, const Options& options) {
  write(std::cout, records, Format::table, terminal(options));
  std::cout << '\n';
}

void print_polarity(const Evaluation& evaluation, bool complaints,
                    const Options& options) {
  Records records = wide_form(polarity_of(complaints));
  for (const auto& score : evaluation.scores) {
    const Counts& counts = score.counts;
    if (score.level.tuple || score.level.complaints != complaints ||
        counts.tp + counts.fp + counts.fn == 0) {
      continue;
    }
    add_wide(records, evaluation, score,
             score.by == "all"
                 ? score.level.extras ? "all" : "without general_quality, other"
                 : "  " + score.name);
  }
  print_table(records, options);
}

void print_weak_categories(const Evaluation& evaluation) {
  std::string weak;
  for (const auto& score : evaluation.scores) {
    if (!score.level.complaints || score.level.tuple ||
        score.by != "category" || score.labels() < kManyLabels ||
        score.counts.f1() >= kCategoryFloor) {
      continue;
    }
    weak += fmt::format("{}{} ({})", weak.empty() ? "" : ", ", score.name,
                        figure(score.counts.f1()));
  }
  std::cout << fmt::format(
      "complaint categories with {} labels or more and pair F1 under {}: {}\n",
      kManyLabels, kCategoryFloor, weak.empty() ? "none" : weak);
}

void print_methods(const std::vector<Method>& methods, const Options& options) {
  Records records = wide_form("complaints by");
  for (const auto& [name, evaluation] : methods) {
    for (const auto& score : evaluation.scores) {
      const Level& level = score.level;
      if (score.by == "all" && level.complaints && level.extras &&
          !level.tuple) {
        add_wide(records, evaluation, score, name);
      }
    }
  }
  print_table(records, options);
}

std::string model_of(const Label& label) {
  return label.first.empty() ? "(no model)" : label.first;
}

void print_misses(const Evaluation& evaluation, int64_t limit) {
  for (const auto& miss : evaluation.misses) {
    if (limit-- <= 0) break;
    std::cout << fmt::format("-- {}  {}\n", printable(miss.gold->id),
                             fit(printable(miss.gold->text.text), 200));
    for (const auto& wrong : miss.wrongs) {
      std::cout << fmt::format(
          "   {} {} {} {}{}\n", wrong.missed ? "missed" : "extra ",
          polarity_of(wrong.complaint), model_of(wrong.label),
          wrong.label.second,
          wrong.rule.empty() ? "" : " (" + wrong.rule + ")");
    }
  }
}

Records error_records(const Evaluation& evaluation) {
  Records records{
      {"id", "lang", "error", "polarity", "model", "category", "rule", "text"},
      {}};
  for (const auto& miss : evaluation.misses) {
    for (const auto& wrong : miss.wrongs) {
      records.rows.push_back(
          {miss.gold->id, miss.gold->text.lang,
           std::string(wrong.missed ? "missed" : "extra"),
           std::string(polarity_of(wrong.complaint)),
           wrong.label.first.empty() ? Cell() : Cell(wrong.label.first),
           wrong.label.second, wrong.rule, miss.gold->text.text});
    }
  }
  return records;
}

void print_for_person(const std::vector<Method>& methods,
                      const Options& options) {
  const Evaluation& rules = methods.front().evaluation;
  for (const bool complaints : {true, false}) {
    print_polarity(rules, complaints, options);
  }
  print_methods(methods, options);
  std::cout << fmt::format(
      "{} texts; {} of {} distractors clean\ncomparisons: precision {}, recall "
      "{} of {}; {} the wrong way round\n",
      rules.texts, rules.distractors_clean, rules.distractors,
      figure(rules.comparisons.precision()), figure(rules.comparisons.recall()),
      rules.comparisons.tp + rules.comparisons.fn, rules.reversed);
  print_weak_categories(rules);
  print_misses(rules, options.worst);
}

}  // namespace

int run_rules_eval(const Options& options) {
  const analyzer::Analyzer analyzer(config_from(options).rules_dir);
  for (const auto& file : options.arguments) {
    const auto gold = load_gold(file, options.where);
    if (gold.empty()) {
      throw UsageError(
          fmt::format("'{}' holds no labelled text{}", file,
                      options.where.empty() ? "" : " with " + options.where));
    }
    if (options.errors) {
      write_records(options,
                    error_records(evaluate(gold, [&](const domain::Text& text) {
                      return analyzer.analyze(text);
                    })));
      continue;
    }
    const std::vector<Method> methods = run_methods(analyzer, gold);
    if (output_format(options) == Format::table) {
      print_for_person(methods, options);
    } else {
      write_records(options, long_form(methods));
    }
  }
  return exit_ok;
}

}  // namespace grumble::app
