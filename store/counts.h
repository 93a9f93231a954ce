#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "store/columns.h"
#include "store/rollup.h"
#include "store/statement.h"
#include "store/stored_posts.h"

namespace grumble::store {

/// What one transaction changes of the roll-ups of each slot. For store/ only;
/// borrows its parts.
class Counts {
 public:
  Counts(Transaction& transaction, const History& history)
      : transaction_(transaction), history_(history) {}

  RollupChange& of(int64_t slot);

  /// Counts posts as they are once `change` has changed or deleted them, and
  /// no more as they were before. The posts are locked. `keys`: platforms,
  /// post ids.
  void anew(const Columns& keys, const std::function<void()>& change);

  /// Writes what has come together; what comes from now on is another change.
  void write();

 private:
  Transaction& transaction_;
  const History& history_;
  std::map<int64_t, RollupChange> changes_;
};

}  // namespace grumble::store
