#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "analyzer/analyzer.h"
#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/cli/texts.h"
#include "app/suggestion.h"

namespace grumble::app {
namespace {

using analyzer::Explanation;

bool is_complaint(const domain::Finding& finding) {
  return finding.polarity == domain::Polarity::complaint;
}

/// The categories that say no more than that something is bad.
bool is_fallback(const std::string& category) {
  return category == "general_quality" || category == "other";
}

bool denies(const Explanation::Marker& marker) {
  return marker.kind.starts_with("negation");
}

/// Negative, and nothing says about what: blamed in general only, or nothing
/// found at all where the text denies something.
bool is_target(const Explanation& explanation) {
  const auto& findings = explanation.analysis.findings;
  if (findings.empty()) {
    const auto& markers = explanation.markers;
    return std::any_of(markers.begin(), markers.end(), denies);
  }
  return std::any_of(findings.begin(), findings.end(), is_complaint) &&
         std::all_of(findings.begin(), findings.end(),
                     [](const domain::Finding& finding) {
                       return !is_complaint(finding) ||
                              is_fallback(finding.category);
                     });
}

/// The text without what was found in it, the models' names and the words that
/// made it a target.
std::string unknown_part(const std::string& text,
                         const Explanation& explanation) {
  std::string rest = text;
  const auto cut = [&](size_t begin, size_t end) {
    std::fill(rest.begin() + static_cast<std::ptrdiff_t>(begin),
              rest.begin() + static_cast<std::ptrdiff_t>(end), '|');
  };
  for (const auto& finding : explanation.analysis.findings) {
    cut(finding.begin, finding.end);
  }
  for (const auto& name : explanation.mentions) cut(name.begin, name.end);
  for (const auto& marker : explanation.markers) {
    if (denies(marker)) cut(marker.begin, marker.end);
  }
  return rest;
}

class Collector {
 public:
  explicit Collector(const analyzer::Analyzer& analyzer)
      : analyzer_(analyzer) {}

  void add(const std::string& id, const domain::Text& text) {
    const Explanation explanation = analyzer_.explain(text);
    if (!explanation.about_video ||
        explanation.analysis.noise != domain::Noise::none) {
      return;
    }
    Sample sample;
    sample.id = id;
    sample.lang = explanation.analysis.lang.substr(0, 2);
    sample.target = is_target(explanation);
    sample.folded =
        analyzer_
            .explain({unknown_part(text.text, explanation), sample.lang, {}})
            .folded;
    targets_ += sample.target ? 1 : 0;
    samples_.push_back(std::move(sample));
  }

  const std::vector<Sample>& samples() const { return samples_; }
  int64_t targets() const { return targets_; }

 private:
  const analyzer::Analyzer& analyzer_;
  std::vector<Sample> samples_;
  int64_t targets_ = 0;
};

Records to_records(const std::vector<Suggestion>& suggestions) {
  Records records{{"lang", "phrase", "z", "texts", "rest", "examples"}, {}};
  for (const auto& one : suggestions) {
    records.rows.push_back({one.lang, one.phrase, std::round(one.z * 100) / 100,
                            one.target, one.rest, one.ids});
  }
  return records;
}

}  // namespace

int run_rules_suggest(const Options& options) {
  const analyzer::Analyzer analyzer(config_from(options).rules_dir);
  Collector collector(analyzer);
  each_text(options, options.arguments,
            [&](const std::string& id, const domain::Text& text) {
              collector.add(id, text);
            });
  SuggestionLimits limits;
  limits.texts = options.min_texts;
  if (options.limit > 0) limits.phrases = static_cast<size_t>(options.limit);
  const int result =
      write_records(options, to_records(suggest(collector.samples(), limits)));
  if (!options.quiet) {
    std::cerr << fmt::format(
        "{} texts about AI video, {} of them negative without a category of "
        "their own; z: how far beyond chance\n",
        collector.samples().size(), collector.targets());
  }
  return result;
}

}  // namespace grumble::app
