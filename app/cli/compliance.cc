// What the sites' terms ask of whoever keeps their posts.

#include <iostream>

#include "app/cli/command.h"
#include "app/cli/eraser.h"
#include "app/cli/filter.h"
#include "app/cli/interrupt.h"
#include "app/session.h"
#include "app/text_lines.h"
#include "collector/sources/x_compliance.h"
#include "store/author_naming.h"
#include "store/compliance.h"
#include "store/erasure.h"

namespace grumble::app {
namespace {

constexpr int64_t kIdsAtOnce = 100'000;
/// So soon after we learn of it, X wants a post gone everywhere.
constexpr std::chrono::hours kEraseWithin{24};

Cell time_cell(const std::optional<domain::Timestamp>& time) {
  return time ? Cell(domain::to_string(*time)) : Cell();
}

}  // namespace

int run_erase(const Options& options) {
  heed_signals();
  const Session session(config_from(options));
  store::Database database = session.connect();
  Eraser eraser(database);
  for (const auto& name : options.arguments) {
    const auto colon = name.find(':');
    if (colon == 0 || colon == name.npos || colon + 1 == name.size()) {
      throw UsageError("'" + name +
                       "' is no SITE:ID, as in 'x:1866123456789012345'");
    }
    eraser.add({name.substr(0, colon), name.substr(colon + 1)}, "deleted");
  }
  eraser.finish();
  return exit_ok;
}

int run_compliance_apply(const Options& options) {
  heed_signals();
  const Session session(config_from(options));
  store::Database database = session.connect();
  Eraser eraser(database);
  int status = exit_ok;
  read_lines(options.arguments, [&](const std::string& place,
                                    const std::string& line) {
    try {
      const auto affected = collector::read_x_affected(line);
      if (!affected) return;
      if (options.authors) {
        eraser.add_author("x", affected->id, affected->reason);
      } else {
        eraser.add({"x", affected->id}, affected->reason);
      }
    } catch (const std::invalid_argument& wrong) {
      std::cerr << "grumble: " << printable(place + ": " + wrong.what())
                << '\n';
      status = exit_failure;
    }
  });
  eraser.finish();
  return status;
}

int run_compliance_ids(const Options& options) {
  const Session session(config_from(options));
  store::Database database = session.connect();
  const auto about =
      options.authors ? store::Kept::authors : store::Kept::posts;
  if (options.authors &&
      store::author_mode(database) == store::AuthorMode::keyed) {
    throw UsageError(
        "authors are stored as pseudonyms, which X does not know; ask about "
        "their posts");
  }
  std::string after;
  for (;;) {
    const auto ids = store::kept_ids(database, "x", about, after, kIdsAtOnce);
    if (ids.empty()) return exit_ok;
    for (const auto& id : ids) std::cout << id << '\n';
    after = ids.back();
  }
}

int run_compliance_status(const Options& options) {
  const Config config = config_from(options);
  const Session session(config);
  store::Database database = session.connect();
  Records records{
      {"site", "texts", "oldest_seen", "due", "erased", "last_erased",
       "raw_due", "authors", "last_pass", "last_author_pass"},
      {}};
  const auto naming = store::author_mode(database);
  for (const auto& duty : store::duties(database)) {
    std::optional<domain::Timestamp> due;
    if (duty.platform == "youtube" && duty.oldest) {
      due = *duty.oldest + config.keep_youtube;
    }
    std::optional<domain::Timestamp> raw_due = duty.raw_due_since;
    if (raw_due) *raw_due += kEraseWithin;
    const auto last_pass = [&](store::Kept about) {
      return time_cell(
          store::last_compliance_pass(database, duty.platform, about));
    };
    records.rows.push_back(
        {duty.platform, duty.texts, time_cell(duty.oldest), time_cell(due),
         duty.erased, time_cell(duty.last_erased_at), time_cell(raw_due),
         naming ? Cell(std::string(to_string(*naming))) : Cell(),
         last_pass(store::Kept::posts), last_pass(store::Kept::authors)});
  }
  return write_records(options, records);
}

}  // namespace grumble::app
