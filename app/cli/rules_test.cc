#include <fmt/format.h>

#include <iostream>

#include "analyzer/analyzer.h"
#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/render/evidence.h"

namespace grumble::app {
namespace {

Records to_records(const domain::Analysis& analysis, const std::string& text) {
  Records records{{"model", "version", "category", "polarity", "evidence",
                   "rule", "scope", "confidence", "counterpart"},
                  {}};
  const auto maybe = [](const auto& value) {
    return value ? Cell(*value) : Cell();
  };
  for (const auto& finding : analysis.findings) {
    records.rows.push_back(
        {maybe(finding.model), maybe(finding.version), finding.category,
         std::string(domain::to_string(finding.polarity)),
         text.substr(finding.begin, finding.end - finding.begin), finding.rule,
         std::string(domain::to_string(finding.scope)), finding.confidence,
         maybe(finding.counterpart)});
  }
  return records;
}

}  // namespace

int run_rules_test(const Options& options) {
  const analyzer::Analyzer analyzer(config_from(options).rules_dir);
  const Terminal screen = terminal(options);
  for (const auto& text : options.arguments) {
    const domain::Analysis analysis = analyzer.analyze(
        {text, options.langs.empty() ? "" : options.langs[0], {}});
    const Records records = to_records(analysis, text);
    if (output_format(options) != Format::table) {
      write_records(options, records);
      continue;
    }
    std::cout << evidence_lines(mark(text, analysis.findings), screen, 0);
    std::cout << fmt::format(
        "language {}, noise {}, about {}\n", analysis.lang,
        domain::to_string(analysis.noise),
        analysis.models.empty()
            ? "no model"
            : fmt::format("{}", fmt::join(analysis.models, ", ")));
    if (records.rows.empty()) {
      std::cout << "no finding\n";
    } else {
      write_records(options, records);
    }
    for (const auto& comparison : analysis.comparisons) {
      std::cout << fmt::format("{} above {} in {}\n", comparison.better,
                               comparison.worse,
                               comparison.category.value_or("everything"));
    }
  }
  return exit_ok;
}

}  // namespace grumble::app
