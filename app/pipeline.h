#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "analyzer/analyzer.h"
#include "app/config.h"
#include "collector/collect.h"
#include "collector/source.h"
#include "store/database.h"
#include "store/landing.h"
#include "store/page.h"

namespace grumble::app {

/// The one way from a page to rows: analysis with the context of each post,
/// then landing. Not thread-safe; borrows both of its parts.
class Pipeline {
 public:
  /// Records the analyzer's rule set as the current one.
  Pipeline(store::Database& database, const analyzer::Analyzer& analyzer,
           const std::filesystem::path& rules);

  /// Lands what an import read. `name` says where it came from.
  store::Landed import(const std::string& name, const collector::Page& page);

  /// Lands what a source answered to `cursor`, and settles its receipt.
  store::Landed land(const collector::Cursor& cursor,
                     const collector::Page& page, const std::string& receipt);

 private:
  store::Batch batch(const collector::Page& page);

  store::Database& database_;
  const analyzer::Analyzer& analyzer_;
};

/// The collector's journal over the database: cursors, budget, landing.
class DatabaseJournal : public collector::Journal {
 public:
  /// Borrows all of its parts.
  DatabaseJournal(store::Database& database, Pipeline& pipeline,
                  const Config& config);

  std::vector<collector::Cursor> open_cursors(
      const std::string& source, const std::string& query) override;
  collector::Round next_round(const std::string& source,
                              const std::string& query) override;
  void open(const std::string& source, const std::string& query,
            const collector::Opening& opening) override;
  std::string reserve(const collector::Cursor& cursor,
                      const collector::Cost& worst) override;
  collector::Landed land(const collector::Cursor& cursor,
                         const collector::Page& page,
                         const std::string& receipt) override;
  void refuse(const collector::Cursor& cursor, const std::string& receipt,
              bool charged) override;
  void drop(const collector::Cursor& cursor,
            const std::string& reason) override;

 private:
  store::Database& database_;
  Pipeline& pipeline_;
  const Config& config_;
  std::chrono::steady_clock::time_point next_tending_{};
};

}  // namespace grumble::app
