#include "store/status.h"

#include <fmt/format.h>

#include <iostream>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/session.h"
#include "store/author_naming.h"
#include "store/reanalysis.h"

namespace grumble::app {
namespace {

Cell time_cell(const std::optional<domain::Timestamp>& time) {
  return time ? Cell(domain::to_string(*time)) : Cell();
}

/// One table for every area, so that programs read one shape.
Records to_records(const store::Status& status, const std::string& place,
                   const std::optional<store::AuthorMode>& authors,
                   const std::optional<store::Reanalysis>& work) {
  Records records{{"area", "name", "measure", "value"}, {}};
  const auto add = [&](const char* area, const std::string& name,
                       const char* measure, Cell value) {
    records.rows.push_back(
        {std::string(area), name, std::string(measure), std::move(value)});
  };
  add("database", place, "migration", status.migration);
  if (authors) {
    add("database", place, "authors", std::string(to_string(*authors)));
  }
  add("rules", "current", "version", status.ruleset.substr(0, 12));
  if (work && !work->clearing) {
    const std::string coming = work->ruleset.substr(0, 12);
    add("rules", coming, "posts read", work->done);
    add("rules", coming, "of posts", work->posts);
  }
  for (const auto& platform : status.platforms) {
    const auto& name = platform.platform;
    add("stored", name, "posts", platform.posts);
    add("stored", name, "videos", platform.videos);
    add("stored", name, "comments", platform.comments);
    add("stored", name, "parents only", platform.context);
    add("stored", name, "noise", platform.noise);
    for (const auto& [kind, posts] : platform.noise_by_kind) {
      add("stored", name, ("noise, " + kind).c_str(), posts);
    }
    add("stored", name, "authors", platform.authors);
    add("stored", name, "findings", platform.findings);
    add("stored", name, "newest post", time_cell(platform.newest));
    add("stored", name, "last seen", time_cell(platform.observed));
  }
  for (const auto& round : status.rounds) {
    const std::string name = round.source + " " + round.query;
    add("round", name, "completed", time_cell(round.completed_at));
    if (round.open_gaps > 0) {
      add("round", name, "gaps open", round.open_gaps);
    }
  }
  for (const auto& reject : status.rejects) {
    add("rejected", reject.source, reject.reason.c_str(), reject.items);
  }
  for (const auto& bucket : status.ledger) {
    add("spent", bucket.bucket, "settled", bucket.settled);
    if (bucket.reserved + bucket.unknown > 0) {
      add("spent", bucket.bucket, "reserved or unknown",
          bucket.reserved + bucket.unknown);
    }
    add("spent", bucket.bucket, "requests", bucket.requests);
  }
  return records;
}

}  // namespace

int run_status(const Options& options) {
  const Config config = config_from(options);
  const Session session(config);
  store::Database database = session.connect();
  if (options.ready) return exit_ok;
  const store::Status status = store::status(database);
  const int result = write_records(
      options, to_records(status, session.place(), store::author_mode(database),
                          store::reanalysis(database)));
  if (status.platforms.empty() && !options.quiet) {
    std::cerr << "nothing is stored yet: 'grumble collect --once' or 'grumble "
                 "import FILE'\n";
  }
  return result;
}

}  // namespace grumble::app
