#include <fmt/format.h>

#include <iostream>

#include "analyzer/analyzer.h"
#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/render/evidence.h"
#include "app/render/explanation.h"

namespace grumble::app {

int run_rules_test(const Options& options) {
  const analyzer::Analyzer analyzer(config_from(options).rules_dir);
  const std::string lang = options.langs.empty() ? "" : options.langs[0];
  for (const auto& text : options.arguments) {
    explain(options, analyzer, {text, lang, {}});
  }
  return exit_ok;
}

void explain(const Options& options, const analyzer::Analyzer& analyzer,
             const domain::Text& text) {
  const auto explanation = analyzer.explain(text);
  if (output_format(options) == Format::table) {
    std::cout << evidence_lines(mark(text.text, explanation.analysis.findings),
                                terminal(options), 0);
  }
  write_records(options, explanation_records(explanation, text.text));
  if (explanation.analysis.findings.empty() && !options.quiet) {
    std::cerr << "no finding\n";
  }
}

}  // namespace grumble::app
