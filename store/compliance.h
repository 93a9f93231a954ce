#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/timestamp.h"
#include "store/database.h"

// Where a compliance job stands: each step is noted when it is done, so that
// whoever comes next goes on from there. A pass asks about all posts or all
// authors that are kept, so many a job.
namespace grumble::store {

/// What a job asks about.
enum class Kept {
  posts,    ///< those that still have a text
  authors,  ///< of such a post, or known by name
};

/// Their ids as they are stored, in order, from the one behind `after` on: of
/// authors, those of the site only where they are shown
/// (store/author_naming.h). They take a look at every post: better many at
/// once.
std::vector<std::string> kept_ids(Database& database,
                                  const std::string& platform, Kept about,
                                  const std::string& after, int64_t limit);

struct ComplianceJob {
  Kept about = Kept::posts;
  std::string name;   ///< ours, made before the site hears of it
  std::string id;     ///< the site's; empty: not known to be made
  std::string state;  ///< planned, created, uploaded
  std::string after;  ///< asks about the ids behind this one ...
  std::string last;   ///< ... up to this one
  int64_t ids = 0;    ///< so many
  domain::Timestamp planned_at;
};

/// The job under way, if any.
std::optional<ComplianceJob> open_compliance_job(Database& database,
                                                 const std::string& platform,
                                                 Kept about);

/// Plans the next job of up to `limit` ids: those behind the last one of the
/// pass. Empty, and the pass is over, when there are none left.
std::optional<ComplianceJob> plan_compliance_job(Database& database,
                                                 const std::string& platform,
                                                 Kept about, int64_t limit);

/// The ids that a job asks about, a line each.
std::string ids_of_job(Database& database, const std::string& platform,
                       const ComplianceJob& job);

/// Notes a step: created (with the site's id), uploaded, applied, or failed:
/// then the same ids are planned again.
void note_compliance_job(Database& database, const std::string& name,
                         const std::string& state, const std::string& id);

/// When the last pass ended.
std::optional<domain::Timestamp> last_compliance_pass(
    Database& database, const std::string& platform, Kept about);

}  // namespace grumble::store
