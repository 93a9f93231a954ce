#include <fmt/format.h>

#include <iostream>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/cli/interrupt.h"
#include "app/cli/progress.h"
#include "app/copies.h"
#include "app/pipeline.h"
#include "app/session.h"
#include "collector/importers/importer.h"

namespace grumble::app {
namespace {

/// in = landed + duplicates + rejected, always.
struct Tally {
  int64_t in = 0;
  int64_t landed = 0;  ///< new or changed
  int64_t duplicates = 0;
  int64_t rejected = 0;
  std::map<std::string, int64_t> reasons;
  std::map<std::string, int64_t> others;  ///< objects that hold no text

  void add(const Tally& tally) {
    in += tally.in;
    landed += tally.landed;
    duplicates += tally.duplicates;
    rejected += tally.rejected;
    for (const auto& [reason, count] : tally.reasons) reasons[reason] += count;
    for (const auto& [kind, count] : tally.others) others[kind] += count;
  }
};

std::string progress_text(const std::string& name,
                          const collector::Importer& importer, int64_t items) {
  const auto total = static_cast<double>(importer.bytes_total());
  const std::string share =
      total == 0 ? ""
                 : fmt::format("{:.0f} %, ",
                               100 * double(importer.bytes_done()) / total);
  return fmt::format("{}: {}{} items", name, share, items);
}

Tally import_file(const std::string& file, Pipeline& pipeline, bool quiet) {
  collector::Importer importer(file);
  Progress progress(quiet);
  Tally tally;
  while (!interrupted()) {
    const auto read = importer.next();
    if (!read) break;
    const store::Landed landed = pipeline.import("import", *read);
    tally.in += read->items;
    tally.landed += landed.inserted + landed.updated;
    tally.duplicates += landed.unchanged + landed.duplicates + read->duplicates;
    tally.rejected += landed.rejected;
    for (const auto& reject : read->page.rejects)
      ++tally.reasons[reject.reason];
    progress.show(
        [&] { return progress_text(printable(file), importer, tally.in); });
  }
  tally.others = importer.others();
  return tally;
}

/// Near-copies and probable bots among what came in.
void judge(store::Database& database, const Config& config, bool quiet) {
  Progress progress(quiet);
  int64_t steps = 0;
  judge_landed(database, config.bots, [&] {
    progress.show([&] {
      return fmt::format("looking for near-copies: step {}", ++steps);
    });
    return !interrupted();
  });
}

std::string joined(const std::map<std::string, int64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : "; ", name, count);
  }
  return text;
}

void add_row(Records& records, const std::string& file, const Tally& tally) {
  records.rows.push_back({file, tally.in, tally.landed, tally.duplicates,
                          tally.rejected, joined(tally.reasons),
                          joined(tally.others)});
}

}  // namespace

int run_import(const Options& options) {
  const Config config = config_from(options);
  for (const auto& file : options.arguments) {
    if (file != "-" && !std::filesystem::is_regular_file(file)) {
      throw UsageError(fmt::format("'{}' is no file", file));
    }
  }
  // The page under way lands whole; running the import again goes on from it.
  heed_signals();
  const analyzer::Analyzer analyzer(config.rules_dir);
  const Session session(config);
  store::Database database = session.connect();
  Pipeline pipeline(database, analyzer, config);
  note(options, pipeline.notice());
  Records records{{"file", "in", "landed", "duplicates", "rejected", "reasons",
                   "without_text"},
                  {}};
  Tally total;
  bool failed = false;
  for (const auto& file : options.arguments) {
    if (interrupted()) break;
    try {
      const Tally tally = import_file(file, pipeline, options.quiet);
      total.add(tally);
      add_row(records, file, tally);
    } catch (const store::DatabaseError&) {
      throw;
    } catch (const std::runtime_error& error) {
      if (interrupted()) break;
      std::cerr << "grumble: " << printable(error.what()) << '\n';
      failed = true;
    }
  }
  if (options.arguments.size() > 1) add_row(records, "total", total);
  write_records(options, records);
  judge(database, config, options.quiet);
  end_if_interrupted();
  if (total.in > 0 && total.rejected == total.in) {
    std::cerr
        << "grumble: nothing was taken: every item was rejected; 'grumble "
           "status' counts the reasons\n";
    failed = true;
  }
  return failed ? exit_failure : exit_ok;
}

}  // namespace grumble::app
