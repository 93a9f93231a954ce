#pragma once

#include <optional>
#include <string>

#include "domain/timestamp.h"
#include "store/landing.h"

// Small invented posts for the tests of the store.
namespace grumble::tests {

inline domain::Timestamp at(const std::string& time) {
  return domain::parse_timestamp(time).value();
}

inline store::AnalysedPost post(const std::string& id,
                                const std::string& text = "sora is too dear") {
  store::AnalysedPost result;
  result.post.key = {"x", id};
  result.post.author_id = "u" + id;
  result.post.text = text;
  result.post.lang = "en";
  result.post.created_at = at("2024-12-10T08:00:00Z");
  result.post.observed_at = at("2024-12-11T00:00:00Z");
  result.analysis.lang = "en";
  return result;
}

inline domain::Finding finding(
    const std::string& model, const std::string& category,
    domain::Polarity polarity = domain::Polarity::complaint) {
  domain::Finding result;
  if (!model.empty()) result.model = model;
  result.category = category;
  result.polarity = polarity;
  result.begin = 0;
  result.end = 4;
  result.rule = category + ".test";
  result.confidence = 0.9;
  result.scope = domain::Scope::clause;
  return result;
}

inline store::Batch batch(std::vector<store::AnalysedPost> posts) {
  store::Batch result;
  result.source = "x";
  result.query = "sora";
  result.posts = std::move(posts);
  result.ruleset = "rules-1";
  return result;
}

}  // namespace grumble::tests
