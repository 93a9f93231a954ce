#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "app/render/records.h"
#include "domain/finding.h"

namespace grumble::app {

/// What other rules would change of what is shown, added up text by text.
class RulesImpact {
 public:
  void add(const domain::Analysis& shown, const domain::Analysis& coming);

  int64_t posts() const { return posts_; }
  int64_t changed() const { return changed_; }

  /// A row for all, for each category, model and kind of noise with changes:
  /// posts now and after, posts that come and go, and findings that are added,
  /// removed, turned (another polarity) or moved (other words, another rule).
  /// Findings in posts that are noise count as well.
  Records records() const;

 private:
  struct Row {
    int64_t before = 0;
    int64_t after = 0;
    int64_t come = 0;
    int64_t gone = 0;
    std::array<int64_t, 4> findings{};  ///< by ChangeKind
  };
  /// What the row is by, and its name.
  using Name = std::pair<std::string, std::string>;

  int64_t posts_ = 0;
  int64_t changed_ = 0;
  std::map<Name, Row> rows_;
};

}  // namespace grumble::app
