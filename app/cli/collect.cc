#include <fmt/format.h>

#include <csignal>
#include <iostream>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/collector_run.h"

namespace grumble::app {
namespace {

std::string_view word(collector::Ended ended) {
  switch (ended) {
    case collector::Ended::complete:
      return "complete";
    case collector::Ended::budget:
      return "stopped by the budget";
    case collector::Ended::refused:
      return "refused";
    case collector::Ended::taken:
      return "taken over";
    case collector::Ended::stopped:
      return "stopped";
  }
  return "";
}

}  // namespace

int run_collect(const Options& options) {
  if (!options.once) {
    throw UsageError(
        "collect needs --once; to collect on and on, run 'grumbled'");
  }
  const Config config = config_from(options);
  CollectorRun run(config);
  note(options, terms_notice(config));
  note(options, run.rules_notice());
  collector::Landed total;
  bool refused = false;
  CollectionEvents events;
  events.round = [&](const std::string& source, const std::string& query,
                     const collector::RoundReport& report) {
    total.inserted += report.landed.inserted;
    total.updated += report.landed.updated;
    total.unchanged += report.landed.unchanged;
    total.rejected += report.landed.rejected;
    if (report.ended == collector::Ended::refused) refused = true;
    if (options.quiet) return;
    std::cerr << printable(fmt::format(
                     "{} {}: {}, {} pages, {} new, {} changed, {} known, {} "
                     "rejected{}",
                     source, query, word(report.ended), report.pages,
                     report.landed.inserted, report.landed.updated,
                     report.landed.unchanged, report.landed.rejected,
                     report.reason.empty() ? "" : " (" + report.reason + ")"))
              << '\n';
  };
  events.notice = [&](const std::string& source, const std::string& text) {
    if (!options.quiet) {
      std::cerr << printable(source + ": " + text) << '\n';
    }
  };
  run.run(1, events);
  std::cout << fmt::format("{} new, {} changed, {} known, {} rejected\n",
                           total.inserted, total.updated, total.unchanged,
                           total.rejected);
  if (run.signal()) return exit_interrupted;
  return refused ? exit_failure : exit_ok;
}

}  // namespace grumble::app
