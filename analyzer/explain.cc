#include <algorithm>
#include <tuple>
#include <utility>

#include "analyzer/analyzer_impl.h"

namespace grumble::analyzer {
namespace {

std::string name_of(Break before) {
  switch (before) {
    case Break::sentence:
      return "sentence";
    case Break::contrast:
      return "contrast";
    case Break::comma:
      return "comma";
  }
  return "";
}

std::vector<std::string> marks_of(const Clause& clause) {
  std::vector<std::string> marks;
  if (clause.question) marks.emplace_back("question");
  if (clause.wish) marks.emplace_back("wish");
  if (clause.sarcasm) marks.emplace_back("sarcasm");
  return marks;
}

/// Writes what stands in `work` with the offsets of the text as given.
class Explainer {
 public:
  Explainer(const Analyzer::Impl& impl, const Work& work, Explanation& out)
      : impl_(impl), work_(work), out_(out) {}

  void clauses() {
    const Clauses& all = work_.clauses;
    for (const Clause& clause : all.list) {
      const Span span = original({clause.begin, clause.end});
      out_.clauses.push_back(
          {span.begin, span.end, name_of(clause.before), marks_of(clause)});
    }
    if (all.list.empty()) return;
    markers("negation", all.negations);
    markers("negation_after", all.negations_after);
    markers("conditional", all.supposed.spans());
    markers("resolved", all.resolutions);
    markers("object", all.objects);
    markers("object_after", all.objects_after);
    markers("quoted", all.quoted.spans());
  }

  void mentions() {
    for (const Mention& mention : work_.mentions) {
      const Span span = original(mention.span);
      out_.mentions.push_back({impl_.models.names()[mention.model],
                               mention.version, span.begin, span.end});
    }
  }

  void hits() {
    for (int atom : work_.hits.ids) {
      const auto& rules = impl_.book.rules_of(atom);
      if (rules.empty()) continue;
      for (const RawHit& hit : work_.hits.places(atom)) {
        const Span span = original({hit.begin, hit.end});
        out_.hits.push_back({span.begin, span.end, {}});
        for (size_t rule : rules) {
          out_.hits.back().rules.push_back(impl_.book.rules()[rule].id);
        }
      }
    }
    std::stable_sort(
        out_.hits.begin(), out_.hits.end(),
        [](const auto& a, const auto& b) { return a.begin < b.begin; });
  }

  void stops(const Trace& trace) {
    for (const Trace::Stop& stop : trace.stops) {
      const Span span = stop.span == Span{} ? Span{} : original(stop.span);
      out_.stopped.push_back({stop.rule, span.begin, span.end, stop.why});
    }
  }

 private:
  Span original(Span span) const {
    return {work_.folded.original_begin(span.begin),
            work_.folded.original_end(span.end)};
  }

  void markers(const std::string& kind, const std::vector<Span>& spans) {
    for (const Span& one : spans) {
      const Span span = original(one);
      out_.markers.push_back({kind, span.begin, span.end});
    }
  }

  const Analyzer::Impl& impl_;
  const Work& work_;
  Explanation& out_;
};

}  // namespace

Explanation Analyzer::Impl::explain(const domain::Text& text) const {
  Work work;
  Trace trace;
  work.trace = &trace;
  Explanation out;
  run(text, false, work, out.analysis);
  out.folded = work.folded.text();
  out.folded.pop_back();  // the line's end
  out.about_video = is_about_video(text, work);
  Explainer explainer(*this, work, out);
  explainer.clauses();
  explainer.mentions();
  explainer.hits();
  explainer.stops(trace);
  return out;
}

std::vector<domain::Finding> Analyzer::Impl::keyword_hits(
    const domain::Text& text) const {
  Work work;
  domain::Analysis named;
  normalizer.fold(text.text, work.folded);
  work.folded.end_line();
  gate.match(work.folded.text(), work.gate);
  matcher.match(work.folded.text(), work.hits);
  read_names(text, work, named);
  std::vector<domain::Finding> found;
  const auto add = [&](const Rule& rule, const RawHit& hit) {
    domain::Finding finding;
    finding.category = files.categories[rule.category].key;
    finding.begin = work.folded.original_begin(hit.begin);
    finding.end = work.folded.original_end(hit.end);
    finding.rule = rule.id;
    finding.confidence = rule.source->confidence;
    if (named.models.empty()) found.push_back(finding);
    for (const std::string& model : named.models) {
      finding.model = model;
      finding.scope =
          work.mentions.empty() ? domain::Scope::context : domain::Scope::text;
      found.push_back(finding);
    }
  };
  for (const Rule& rule : book.rules()) {
    if (rule.source->polarity != domain::Polarity::complaint) continue;
    for (const Form& form : rule.forms) {
      if (!book.present(form, work.hits)) continue;
      for (int atom : book.groups()[form.groups.front()]) {
        for (const RawHit& hit : work.hits.places(atom)) add(rule, hit);
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const domain::Finding& a, const domain::Finding& b) {
                     return std::tie(a.begin, a.rule) <
                            std::tie(b.begin, b.rule);
                   });
  return found;
}

}  // namespace grumble::analyzer
