#include <boost/json.hpp>
#include <iostream>

#include "analyzer/analyzer.h"
#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/json.h"
#include "app/text_lines.h"

namespace grumble::app {
namespace {

namespace json = boost::json;

json::object answer(const analyzer::Analyzer& analyzer, const TextLine& line) {
  json::object result{{"id", line.id}};
  if (!line.error.empty()) {
    result["error"] = line.error;
    return result;
  }
  auto found = to_json(analyzer.analyze(line.text), line.text.text);
  for (auto& [key, field] : found) result[key] = std::move(field);
  return result;
}

}  // namespace

int run_analyze(const Options& options) {
  std::ios::sync_with_stdio(false);
  const analyzer::Analyzer analyzer(config_from(options).rules_dir);
  read_text_files(options.arguments, [&](const TextLine& line) {
    std::cout << json_text(answer(analyzer, line)) << '\n';
  });
  return exit_ok;
}

}  // namespace grumble::app
