#include <utility>

#include "analyzer/analyzer_impl.h"

namespace grumble::analyzer {
namespace {

using domain::Finding;
using domain::Polarity;

void check(const Analyzer::Impl& impl, const Example& example,
           const std::string& id, Polarity wanted, bool match) {
  domain::Text text{example.text, example.lang, {}};
  if (!example.context.empty()) {
    text.context.push_back({"reply", example.context, {}});
  }
  const domain::Analysis found = impl.analyze(text, match);
  std::string seen;
  for (const Finding& finding : found.findings) {
    const bool model_fits = !example.model || finding.model == example.model;
    if (finding.rule == id && finding.polarity == wanted && model_fits) {
      if (match) return;
      fail(example.place,
           "rule \"" + id + "\" must not match \"" + example.text +
               "\", but finds \"" +
               example.text.substr(finding.begin, finding.end - finding.begin) +
               "\"");
    }
    seen += " " + finding.rule + "=" +
            std::string(domain::to_string(finding.polarity)) + "(" +
            finding.model.value_or("no model") + ")";
  }
  if (!match) return;
  fail(example.place, "rule \"" + id + "\" does not find " +
                          std::string(domain::to_string(wanted)) +
                          (example.model ? " of " + *example.model : "") +
                          " in \"" + example.text +
                          "\"; findings:" + (seen.empty() ? " none" : seen));
}

void check(const Analyzer::Impl& impl, const Example& example,
           const NoiseSource& noise, bool match) {
  const auto found = impl.analyze({example.text, example.lang, {}}, false);
  if ((found.noise == noise.kind) == match) return;
  fail(example.place, "noise \"" + noise.id + "\" must " +
                          (match ? "" : "not ") + "match \"" + example.text +
                          "\"");
}

void check(const Analyzer::Impl& impl, const ComparisonSource::Match& example,
           const ComparisonSource& one) {
  domain::Text text{example.text, "", {}};
  if (!example.context.empty()) {
    text.context.push_back({"reply", example.context, {}});
  }
  const auto found = impl.analyze(text, false);
  std::string seen;
  for (const domain::Comparison& pair : found.comparisons) {
    if (pair.better == example.better && pair.worse == example.worse) return;
    seen += " " + pair.better + " above " + pair.worse;
  }
  fail(example.place, "comparison \"" + one.id + "\" does not find " +
                          example.better + " above " + example.worse +
                          " in \"" + example.text +
                          "\"; found:" + (seen.empty() ? " none" : seen));
}

void check(const Analyzer::Impl& impl, const Example& example,
           const ComparisonSource& one) {
  const auto found = impl.analyze({example.text, example.lang, {}}, false);
  for (const Finding& finding : found.findings) {
    if (!finding.rule.ends_with("." + one.id)) continue;
    fail(example.place, "comparison \"" + one.id + "\" must not match \"" +
                            example.text + "\"");
  }
}

}  // namespace

std::vector<std::string> check_examples(const Analyzer::Impl& impl) {
  std::vector<std::string> errors;
  const auto gather = [&](auto check_one) {
    try {
      check_one();
    } catch (const RuleError& error) {
      errors.emplace_back(error.what());
    }
  };
  for (const auto& category : impl.files.categories) {
    for (const RuleSource& rule : category.rules) {
      for (bool match : {true, false}) {
        for (const Example& example : match ? rule.matches : rule.rejects) {
          gather([&] {
            check(impl, example, rule.id,
                  example.polarity.value_or(rule.polarity), match);
          });
        }
      }
    }
  }
  for (const NoiseSource& noise : impl.files.noise) {
    for (bool match : {true, false}) {
      for (const Example& example : match ? noise.matches : noise.rejects) {
        gather([&] { check(impl, example, noise, match); });
      }
    }
  }
  for (const ComparisonSource& one : impl.files.comparisons) {
    for (const auto& example : one.matches)
      gather([&] { check(impl, example, one); });
    for (const Example& example : one.rejects) {
      gather([&] { check(impl, example, one); });
    }
  }
  return errors;
}

}  // namespace grumble::analyzer
