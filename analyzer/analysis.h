#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/attribution.h"
#include "analyzer/clause.h"
#include "analyzer/comparison.h"
#include "analyzer/matcher.h"
#include "analyzer/normalize.h"
#include "analyzer/rule_book.h"
#include "analyzer/trace.h"
#include "domain/finding.h"

namespace grumble::analyzer {

/// Everything that is worked out about one text. Reused from text to text.
struct Work {
  Folded folded;
  Hits gate;  ///< names, noise, topic
  Hits hits;  ///< the atoms of rules; only of texts that the gate lets in
  std::vector<size_t> candidates;
  std::vector<Mention> mentions;
  std::vector<Span> names;
  Clauses clauses;
  std::vector<RuleMatch> matches;
  std::vector<HeadToHead> duels;
  std::vector<size_t> around;  ///< models of the nearest context, by index
  bool homonym = false;
  Trace* trace = nullptr;  ///< takes down what was stopped, when somebody asks
};

/// A finding before its names are written out.
struct Draft {
  size_t category = 0;
  domain::Polarity polarity = domain::Polarity::complaint;
  domain::Scope scope = domain::Scope::none;
  std::optional<size_t> model;
  std::optional<size_t> mention;  ///< the place that names the model
  std::optional<size_t> counterpart;
  size_t rule = 0;             ///< index, unless `duel` says so
  std::optional<size_t> duel;  ///< index into `Work::duels`
  double confidence = 0;
  Span span;       ///< in the text as given
  Span statement;  ///< in the folded text
};

/// Turns what stands in a text into findings and comparisons.
class FindingWriter {
 public:
  /// Keeps references, which must outlive the writer.
  FindingWriter(const RuleFiles& files, const RuleBook& book,
                const ModelReader& models);

  /// `raw`: keep also what a better finding would displace.
  void write(const Work& work, bool raw, domain::Analysis& out) const;

 private:
  using Drafts = std::vector<Draft>;

  void draft_matches(const Work& work, Drafts& drafts) const;
  void draft_match(const Work& work, const RuleMatch& match,
                   domain::Polarity polarity, Drafts& drafts) const;
  void draft_duels(const Work& work, bool raw, Drafts& drafts) const;
  void compare_by_findings(const Drafts& drafts, domain::Analysis& out) const;
  void drop_compared(const Work& work, Drafts& drafts) const;
  void drop_vague(const Work& work, Drafts& drafts) const;
  void drop_less_sure(const Work& work, Drafts& drafts) const;
  void settle(const Work& work, Drafts& drafts) const;
  std::string rule_id(const Work& work, const Draft& draft) const;
  void stop(const Work& work, const Draft& draft, const char* why) const;
  domain::Finding finding_of(const Work& work, const Draft& draft) const;

  const RuleFiles& files_;
  const RuleBook& book_;
  const ModelReader& models_;
  /// Keys of the files' categories, then those that only comparisons name.
  std::vector<std::string> categories_;
  std::map<std::string, size_t> category_ids_;
  size_t overall_ = 0;  ///< the category of unnamed aspects
};

}  // namespace grumble::analyzer
