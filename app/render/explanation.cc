#include "app/render/explanation.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

namespace grumble::app {
namespace {

using analyzer::Explanation;

class Writer {
 public:
  explicit Writer(const std::string& text) : text_(text) {}

  void add(const char* step, size_t begin, size_t end, const std::string& name,
           const std::string& detail) {
    records_.rows.push_back({std::string(step), static_cast<int64_t>(begin),
                             static_cast<int64_t>(end),
                             text_.substr(begin, end - begin), name, detail});
  }
  /// What has no place of its own.
  void add(const char* step, const std::string& name,
           const std::string& detail) {
    records_.rows.push_back(
        {std::string(step), Cell(), Cell(), Cell(), name, detail});
  }
  Records take() { return std::move(records_); }

 private:
  const std::string& text_;
  Records records_{{"step", "begin", "end", "text", "name", "detail"}, {}};
};

std::string scope_text(domain::Scope scope) {
  switch (scope) {
    case domain::Scope::clause:
      return "named in the clause";
    case domain::Scope::text:
      return "named elsewhere in the text";
    case domain::Scope::context:
      return "named in what it stands under";
    case domain::Scope::none:
      break;
  }
  return "no model named";
}

std::string detail_of(const domain::Finding& finding) {
  return fmt::format(
      "{} {}{}, {}; {}; confidence {:.2f}{}",
      finding.model.value_or("(no model)"),
      finding.version ? *finding.version + " " : "", finding.category,
      domain::to_string(finding.polarity), scope_text(finding.scope),
      finding.confidence,
      finding.counterpart ? "; against " + *finding.counterpart : "");
}

void add_reading(const Explanation& explanation, Writer& writer) {
  const auto& analysis = explanation.analysis;
  writer.add("folded", "", explanation.folded);
  writer.add(
      "about", "",
      fmt::format(
          "language {}, noise {}, {}, {}", analysis.lang,
          domain::to_string(analysis.noise),
          explanation.about_video ? "about AI video" : "not about AI video",
          analysis.models.empty()
              ? "no model"
              : fmt::format("{}", fmt::join(analysis.models, " + "))));
  for (const auto& clause : explanation.clauses) {
    writer.add("clause", clause.begin, clause.end, "after " + clause.before,
               fmt::format("{}", fmt::join(clause.marks, ", ")));
  }
  for (const auto& marker : explanation.markers) {
    writer.add("marker", marker.begin, marker.end, marker.kind, "");
  }
  for (const auto& mention : explanation.mentions) {
    writer.add("name", mention.begin, mention.end, mention.model,
               mention.version.value_or(""));
  }
}

/// Words by place, with those of their rules that came to something: many a
/// rule has one of its words in a text and misses the others.
std::map<std::pair<size_t, size_t>, std::set<std::string>> words_of(
    const Explanation& explanation) {
  std::set<std::string> told;
  for (const auto& one : explanation.stopped) told.insert(one.rule);
  for (const auto& one : explanation.analysis.findings) told.insert(one.rule);
  std::map<std::pair<size_t, size_t>, std::set<std::string>> words;
  for (const auto& hit : explanation.hits) {
    for (const auto& rule : hit.rules) {
      if (told.contains(rule)) words[{hit.begin, hit.end}].insert(rule);
    }
  }
  return words;
}

void add_outcome(const Explanation& explanation, Writer& writer) {
  const auto& analysis = explanation.analysis;
  for (const auto& [place, rules] : words_of(explanation)) {
    writer.add("words", place.first, place.second, "",
               fmt::format("{}", fmt::join(rules, ", ")));
  }
  for (const auto& stopped : explanation.stopped) {
    if (stopped.begin == stopped.end) {
      writer.add("stopped", stopped.rule, stopped.why);
    } else {
      writer.add("stopped", stopped.begin, stopped.end, stopped.rule,
                 stopped.why);
    }
  }
  for (const auto& finding : analysis.findings) {
    writer.add("finding", finding.begin, finding.end, finding.rule,
               detail_of(finding));
  }
  for (const auto& comparison : analysis.comparisons) {
    writer.add(
        "comparison", "",
        fmt::format("{} above {} in {}", comparison.better, comparison.worse,
                    comparison.category.value_or("everything")));
  }
  for (const auto& value : analysis.values) {
    writer.add("value", value.begin, value.end, value.kind,
               fmt::format("{} {}{}", value.amount, value.unit,
                           value.per.empty() ? "" : " a " + value.per));
  }
}

}  // namespace

Records explanation_records(const Explanation& explanation,
                            const std::string& text) {
  Writer writer(text);
  add_reading(explanation, writer);
  add_outcome(explanation, writer);
  return writer.take();
}

}  // namespace grumble::app
