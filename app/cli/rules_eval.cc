#include <fmt/format.h>

#include <iostream>

#include "analyzer/analyzer.h"
#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/evaluation.h"

namespace grumble::app {
namespace {

constexpr int64_t kMissesShown = 10;

Records to_records(const Evaluation& evaluation) {
  Records records{{"measure", "name", "precision", "recall", "f1", "f1_low",
                   "f1_high", "tp", "fp", "fn"},
                  {}};
  const auto add = [&](const char* measure, const Score& score, bool interval) {
    const auto& counts = score.counts;
    const auto rounded = [](double value) {
      return Cell(fmt::format("{:.3f}", value));
    };
    records.rows.push_back({std::string(measure), score.name,
                            rounded(counts.precision()),
                            rounded(counts.recall()), rounded(counts.f1()),
                            interval ? rounded(score.low) : Cell(),
                            interval ? rounded(score.high) : Cell(), counts.tp,
                            counts.fp, counts.fn});
  };
  for (const auto& score : evaluation.overall) add("all", score, true);
  for (const auto& score : evaluation.languages) add("language", score, true);
  for (const auto& score : evaluation.categories) {
    add("category", score, false);
  }
  add("comparisons",
      {fmt::format("direction, {} reversed", evaluation.reversed),
       evaluation.comparisons, 0, 0},
      false);
  return records;
}

void print_misses(const Evaluation& evaluation, int64_t limit) {
  for (const auto& miss : evaluation.misses) {
    if (limit-- <= 0) break;
    std::cout << fmt::format("-- {}  {}\n", printable(miss.id),
                             fit(printable(miss.text), 200));
    if (!miss.missed.empty()) {
      std::cout << fmt::format("   missed: {}\n", fmt::join(miss.missed, "; "));
    }
    if (!miss.extra.empty()) {
      std::cout << fmt::format("   extra:  {}\n", fmt::join(miss.extra, "; "));
    }
  }
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
    const Evaluation evaluation = evaluate(
        gold, [&](const domain::Text& text) { return analyzer.analyze(text); });
    write_records(options, to_records(evaluation));
    if (output_format(options) != Format::table) continue;
    std::cout << fmt::format("{} texts; {} of {} distractors clean\n",
                             evaluation.texts, evaluation.distractors_clean,
                             evaluation.distractors);
    print_misses(evaluation, options.limit > 0 ? options.limit : kMissesShown);
  }
  return exit_ok;
}

}  // namespace grumble::app
