#include "app/rules_diff.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "domain/names.h"

namespace grumble::app {
namespace {

using domain::Finding;
using domain::Polarity;

constexpr domain::Names<ChangeKind, 4> kKinds{{
    {ChangeKind::added, "added"},
    {ChangeKind::removed, "removed"},
    {ChangeKind::turned, "turned"},
    {ChangeKind::moved, "moved"},
}};

using Key = std::tuple<std::string, std::string, Polarity>;
using Findings = std::map<Key, const Finding*>;

Findings by_key(const domain::Analysis& analysis) {
  Findings findings;
  for (const Finding& finding : analysis.findings) {
    findings.try_emplace(
        {finding.category, finding.model.value_or(""), finding.polarity},
        &finding);
  }
  return findings;
}

bool same_words(const Finding& a, const Finding& b) {
  return a.begin == b.begin && a.end == b.end && a.rule == b.rule;
}

/// 1 when the finding is labelled, -1 when it must not be, 0 when it may.
int labelled(const Finding& finding, const GoldText& gold) {
  const Label label{finding.model.value_or(""), finding.category};
  const bool complaint = finding.polarity == Polarity::complaint;
  if (!complaint && finding.polarity != Polarity::praise &&
      finding.polarity != Polarity::resolved) {
    return 0;
  }
  if ((complaint ? gold.complaints : gold.praise).contains(label)) return 1;
  const auto& fine = complaint ? gold.complaints_also_ok : gold.praise_also_ok;
  return fine.contains(label) ? 0 : -1;
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  return domain::name_of(kKinds, kind);
}

std::vector<Change> changes_between(const domain::Analysis& before,
                                    const domain::Analysis& after) {
  const Findings was = by_key(before);
  const Findings is = by_key(after);
  std::vector<const Finding*> gone;
  std::vector<Change> changes;
  for (const auto& [key, finding] : was) {
    const auto same = is.find(key);
    if (same == is.end()) {
      gone.push_back(finding);
    } else if (!same_words(*finding, *same->second)) {
      changes.push_back({ChangeKind::moved, *finding, *same->second});
    }
  }
  for (const auto& [key, finding] : is) {
    if (was.contains(key)) continue;
    const auto turned =
        std::find_if(gone.begin(), gone.end(), [&](const Finding* other) {
          return other->model == finding->model &&
                 other->category == finding->category;
        });
    if (turned == gone.end()) {
      changes.push_back({ChangeKind::added, std::nullopt, *finding});
    } else {
      changes.push_back({ChangeKind::turned, **turned, *finding});
      gone.erase(turned);
    }
  }
  for (const Finding* finding : gone) {
    changes.push_back({ChangeKind::removed, *finding, std::nullopt});
  }
  return changes;
}

int worth(const Change& change, const GoldText& gold) {
  int sum = 0;
  if (change.after) sum += labelled(*change.after, gold);
  if (change.before) sum -= labelled(*change.before, gold);
  return std::clamp(sum, -1, 1);
}

}  // namespace grumble::app
