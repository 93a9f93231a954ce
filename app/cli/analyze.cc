#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>
#include <iostream>

#include "analyzer/analyzer.h"
#include "app/cli/command.h"
#include "app/config.h"
#include "app/json.h"

namespace grumble::app {
namespace {

namespace json = boost::json;

/// What a line answers when it is no text: its id if it has one, and why.
json::object refused(const json::value& id, const std::string& error) {
  return {{"id", id}, {"error", error}};
}

json::object answer(const analyzer::Analyzer& analyzer,
                    const std::string& line) {
  json::error_code error;
  const json::value value = json::parse(line, error);
  if (error) {
    return refused(nullptr, "not JSON: " + error.message());
  }
  if (!value.is_object()) return refused(nullptr, "not an object");
  const json::object& object = value.get_object();
  const json::value* id = object.if_contains("id");
  if (id == nullptr || !id->is_string()) {
    return refused(nullptr, "no string 'id'");
  }
  try {
    const domain::Text text = text_from_json(object);
    json::object result{{"id", *id}};
    for (auto& [key, field] : to_json(analyzer.analyze(text), text.text)) {
      result[key] = std::move(field);
    }
    return result;
  } catch (const std::invalid_argument& wrong) {
    return refused(*id, wrong.what());
  }
}

void analyze_stream(const analyzer::Analyzer& analyzer, std::istream& in) {
  std::string line;
  while (std::getline(in, line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    std::cout << answer(analyzer, line) << '\n';
  }
  if (in.bad()) throw std::runtime_error("cannot read the input to its end");
}

}  // namespace

int run_analyze(const Options& options) {
  std::ios::sync_with_stdio(false);
  const analyzer::Analyzer analyzer(
      load_config(options.config.empty()
                      ? std::nullopt
                      : std::optional<std::filesystem::path>(options.config))
          .rules_dir);
  if (options.arguments.empty()) {
    analyze_stream(analyzer, std::cin);
  }
  for (const auto& name : options.arguments) {
    if (name == "-") {
      analyze_stream(analyzer, std::cin);
      continue;
    }
    std::ifstream file(name);
    if (!file) throw UsageError(fmt::format("cannot open '{}'", name));
    analyze_stream(analyzer, file);
  }
  std::cout.flush();
  return exit_ok;
}

}  // namespace grumble::app
