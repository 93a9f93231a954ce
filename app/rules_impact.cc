#include "app/rules_impact.h"

#include <algorithm>
#include <set>

#include "app/rules_diff.h"

namespace grumble::app {
namespace {

using Name = std::pair<std::string, std::string>;

std::string model_of(const domain::Finding& finding) {
  return finding.model.value_or("(no model)");
}

/// The rows that a post stands in.
std::set<Name> names_of(const domain::Analysis& analysis) {
  std::set<Name> names;
  if (!analysis.findings.empty()) names.insert({"all", ""});
  for (const auto& finding : analysis.findings) {
    names.insert({"category", finding.category});
    names.insert({"model", model_of(finding)});
  }
  if (analysis.noise != domain::Noise::none) {
    names.insert({"noise", std::string(domain::to_string(analysis.noise))});
  }
  return names;
}

}  // namespace

void RulesImpact::add(const domain::Analysis& shown,
                      const domain::Analysis& coming) {
  ++posts_;
  const auto changes = changes_between(shown, coming);
  if (!changes.empty() || shown.noise != coming.noise) ++changed_;
  const auto before = names_of(shown);
  const auto after = names_of(coming);
  for (const Name& name : before) {
    Row& row = rows_[name];
    ++row.before;
    if (!after.contains(name)) ++row.gone;
  }
  for (const Name& name : after) {
    Row& row = rows_[name];
    ++row.after;
    if (!before.contains(name)) ++row.come;
  }
  for (const Change& change : changes) {
    const auto kind = static_cast<size_t>(change.kind);
    const domain::Finding& finding = change.finding();
    for (const Name& name :
         {Name{"all", ""}, Name{"category", finding.category},
          Name{"model", model_of(finding)}}) {
      ++rows_[name].findings.at(kind);
    }
  }
}

Records RulesImpact::records() const {
  Records records{{"by", "name", "posts_now", "posts_after", "posts_come",
                   "posts_go", "added", "removed", "turned", "moved"},
                  {}};
  for (const auto& [name, row] : rows_) {
    const auto& [added, removed, turned, moved] = row.findings;
    if (row.come + row.gone + added + removed + turned + moved == 0) continue;
    records.rows.push_back({name.first, name.second, row.before, row.after,
                            row.come, row.gone, added, removed, turned, moved});
  }
  return records;
}

}  // namespace grumble::app
