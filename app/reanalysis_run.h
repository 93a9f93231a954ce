#pragma once

#include <chrono>
#include <functional>

#include "store/database.h"
#include "store/reanalysis.h"

namespace grumble::app {

/// How to work on a re-analysis.
struct ReanalysisRun {
  int batch = 500;  ///< posts a transaction
  /// Of its time, 0..1, while others land; the rest it sleeps. Alone, it takes
  /// all of it.
  double share = 0.2;
  std::function<bool()> stopped = [] { return false; };
  std::function<void()> step = [] {};  ///< after each transaction
};

/// Works on the re-analysis under way until its rule set is shown and what was
/// shown before is cleared away. `read` reads by that rule set. False when it
/// was stopped in between: the next call goes on. Throws store::DatabaseError,
/// also when somebody looks at the old rows for longer than a minute.
bool run_reanalysis(store::Database& database, const store::ReadText& read,
                    const ReanalysisRun& run);

/// The last part of it: for a re-analysis that was abandoned, too.
bool clear_reanalysis(store::Database& database, const ReanalysisRun& run);

}  // namespace grumble::app
