#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "analyzer/analyzer.h"
#include "app/config.h"
#include "collector/importers/importer.h"
#include "collector/source.h"
#include "store/author_naming.h"
#include "store/database.h"
#include "store/landing.h"

namespace grumble::app {

/// What is read of a text of this site: no more than its language where the
/// configuration wants no findings of it.
domain::Analysis analysis_of(const Config& config,
                             const analyzer::Analyzer& analyzer,
                             const std::string& platform,
                             const domain::Text& text);

/// The one way from a page to rows: analysis with the context of each post,
/// then landing. Everything is read by the rule set that the database shows,
/// whatever the rule files say, until 'grumble rules apply' shows another. Not
/// thread-safe; borrows what it is made of.
class Pipeline {
 public:
  /// Keeps the text of the analyzer's rule set, which is shown from now on if
  /// there was none, or if this program cannot read by the one there was.
  /// Throws ConfigError when the database stores authors otherwise than the
  /// configuration says.
  Pipeline(store::Database& database, const analyzer::Analyzer& analyzer,
           const Config& config);

  /// What an operator should know of the rules; mostly nothing.
  const std::string& notice() const { return notice_; }

  /// Lands what an import read. `name` says where it came from.
  store::Landed import(const std::string& name,
                       const collector::ImportPage& read);

  /// A page's items, analysed, their authors as this database stores them; who
  /// found them is still to be said. Calls `between` before each post is read:
  /// all of them may take long. Throws std::runtime_error when others have
  /// shown rules that this program cannot read by.
  store::Batch batch(
      const collector::Page& page,
      const std::function<void()>& between = [] {});

  /// Calls `land` with the page's batch, and once more whenever other rules
  /// came to be shown in between, or another transaction was in the way.
  store::Landed land(const collector::Page& page,
                     const std::function<store::Landed(store::Batch)>& land);

 private:
  const analyzer::Analyzer& shown();
  const analyzer::Analyzer& with_version(const std::string& version);
  std::string notice_on(const std::filesystem::path& rules);
  const store::AuthorNaming& author_naming();

  store::Database& database_;
  const analyzer::Analyzer& analyzer_;  ///< of the rule files
  const Config& config_;
  std::optional<analyzer::Analyzer> stored_;          ///< of the database
  std::optional<store::AuthorNaming> author_naming_;  ///< of the database
  std::string notice_;
};

}  // namespace grumble::app
