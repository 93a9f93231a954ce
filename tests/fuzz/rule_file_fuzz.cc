// Loading any bytes as a rule file: it is taken or refused with its place.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "analyzer/attribution.h"
#include "analyzer/clause.h"
#include "analyzer/comparison.h"
#include "analyzer/rule_book.h"

namespace grumble::analyzer {
namespace {

constexpr std::array<const char*, 6> kNames = {
    "price.toml",   "models.toml",      "words.toml",
    "clauses.toml", "comparisons.toml", "noise.toml"};

void load(const std::string& name, std::string_view bytes) {
  RuleFiles files;
  try {
    read_rule_file(name, bytes, files);
    const Normalizer normalizer;
    const PatternCompiler patterns(normalizer, files.lists);
    Matcher matcher;
    const ModelReader models(files.models, patterns, matcher);
    const RuleBook book(files, patterns, matcher);
    const ClauseReader clauses(files.markers, patterns);
    const ComparisonReader comparisons(files, patterns);
    refuse(book.errors());
    matcher.compile(int64_t{1} << 20);
  } catch (const RuleError& error) {
    if (!std::string_view(error.what()).starts_with(name)) std::abort();
  }
}

}  // namespace
}  // namespace grumble::analyzer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 4096) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                               size - 1);
  grumble::analyzer::load(
      grumble::analyzer::kNames[data[0] % grumble::analyzer::kNames.size()],
      bytes);
  return 0;
}
