#pragma once

#include <filesystem>
#include <string>

#include "analyzer/analyzer.h"
#include "app/config.h"
#include "collector/source.h"
#include "store/database.h"
#include "store/landing.h"

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

  /// A page's items, analysed; who found them is still to be said.
  store::Batch batch(const collector::Page& page);

 private:
  store::Database& database_;
  const analyzer::Analyzer& analyzer_;
};

}  // namespace grumble::app
