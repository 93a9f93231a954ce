#include "analyzer/polarity.h"

namespace grumble::analyzer {

using domain::Polarity;

namespace {

Polarity flipped(Polarity polarity) {
  switch (polarity) {
    case Polarity::complaint:
      return Polarity::praise;
    case Polarity::praise:
    case Polarity::resolved:
      return Polarity::complaint;
    default:
      return polarity;
  }
}

}  // namespace

std::optional<Polarity> in_clause(const RuleSource& rule, const Clause& clause,
                                  Statement said) {
  Polarity polarity = rule.polarity;
  if (said.supposed &&
      (rule.conditional == Turn::automatic || rule.conditional == Turn::none)) {
    return std::nullopt;
  }
  if (said.negated && rule.negated != Turn::keep) {
    if (rule.negated == Turn::none) return std::nullopt;
    polarity = flipped(polarity);
  }
  if (clause.question && rule.question != Turn::keep) {
    if (rule.question == Turn::none) return std::nullopt;
    return Polarity::question;
  }
  if (clause.wish && rule.wish != Turn::keep) {
    if (rule.wish == Turn::none) return std::nullopt;
    return Polarity::request;
  }
  if (said.resolved && polarity == Polarity::complaint && !said.negated) {
    return Polarity::resolved;
  }
  if (clause.sarcasm && polarity == Polarity::praise) {
    return Polarity::complaint;
  }
  return polarity;
}

}  // namespace grumble::analyzer
