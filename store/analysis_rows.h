#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/columns.h"
#include "store/landing.h"
#include "store/statement.h"

namespace grumble::store {

/// An analysis on its way to the tables, with what its rows repeat of the
/// stored post.
struct AnalysisRow {
  const domain::PostKey* key = nullptr;
  const domain::Analysis* analysis = nullptr;
  std::string lang;  ///< of the analysis, or else the site's
  domain::Timestamp created_at;
  bool context_only = false;
};

/// The rows of analyses, made ready without the database: on any thread.
class AnalysisColumns {
 public:
  explicit AnalysisColumns(const std::vector<AnalysisRow>& rows);

  /// Adds mentions, findings, comparisons and values of posts that have none
  /// in the slot.
  void add(Transaction& transaction, int64_t slot) const;

 private:
  Columns mentions_;
  Columns findings_;
  Columns comparisons_;
  Columns values_;
};

/// Takes away a slot's rows, or every slot's. `keys`: platforms, post ids,
/// created_at.
void drop_analyses(Transaction& transaction, const Columns& keys,
                   std::optional<int64_t> slot);

/// Copies rows from one slot to another, where the posts have none. `keys` as
/// above.
void copy_analyses(Transaction& transaction, const Columns& keys, int64_t from,
                   int64_t to);

/// Makes the rows follow posts that are mere context from now on, or no more,
/// in every slot. `keys` as above.
void set_context(Transaction& transaction, const Columns& keys,
                 bool context_only);

/// Labels the rows of each post in every slot, but for what the rules call
/// noise. `keys` as above, and what it is: none, duplicate or bot.
void set_noise(Transaction& transaction, const Columns& keys);

}  // namespace grumble::store
