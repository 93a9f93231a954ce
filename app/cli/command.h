#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/analyzer.h"
#include "app/render/records.h"
#include "app/render/terminal.h"

namespace grumble::app {

/// Everything the command line can say, as it was said; commands take what
/// they declare in their row of `commands()`.
struct Options {
  std::string config;
  std::string format;  ///< empty: table
  std::string color = "auto";
  bool quiet = false;
  bool verbose = false;
  bool csv_safe = false;

  std::string since;
  std::string until;
  std::vector<std::string> models;
  std::vector<std::string> categories;
  std::vector<std::string> sources;
  std::vector<std::string> langs;
  std::string polarity = "complaint";
  std::string time_zone;
  std::string match;
  bool noise = false;
  bool fail_empty = false;
  int64_t limit = 0;  ///< 0: the command's own default
  bool by_day = false;    ///< cost: a row a day and query
  bool once = false;      ///< collect, compliance run
  bool ready = false;     ///< status: exit status only
  bool absolute = false;  ///< matrix: counts in place of rates
  std::string where;      ///< rules eval: key=value of the lines to score
  bool errors = false;    ///< rules eval: what was read wrongly, not scores
  int64_t worst = 10;     ///< rules eval, rules diff: texts listed below
  std::string gold;       ///< rules diff: labelled texts
  std::string with = "ids";  ///< export: how much of a post
  bool dry_run = false;   ///< db retain: show what would go
  bool yes = false;       ///< backfill, rules apply: unasked
  bool state = false;     ///< rules apply: only say how far it is
  bool abandon = false;   ///< rules apply: leave history as it is shown
  bool again = false;     ///< rules apply: also the rules that are shown
  int64_t sample = 0;     ///< rules apply: posts to look at first; 0: default
  int64_t share = 0;      ///< rules apply: percent of time beside landings
  bool authors = false;   ///< compliance apply, ids: the ids are of authors
  bool stored = false;    ///< rules diff, rules suggest: texts of the database
  int64_t min_texts = 3;  ///< rules suggest: that must hold a phrase
  std::vector<std::string> arguments;
};

/// Which groups of options a command takes.
struct Takes {
  bool filters = false;
  bool span = false;  ///< those filters that any time has: since, source, ...
  bool output = false;
  const char* arguments = nullptr;  ///< name of the positional, if any
  bool arguments_required = false;
};

/// One command: a row here and a file beside this one.
struct Command {
  std::string_view name;  ///< "matrix", or "rules check"
  std::string_view summary;
  std::string_view example;
  Takes takes;
  int (*run)(const Options&);
};

std::span<const Command> commands();

/// Exit statuses; documented in `grumble --help`.
enum Exit : int {
  exit_ok = 0,
  exit_failure = 1,
  exit_usage = 2,
  exit_empty = 3,
  exit_database = 4,
  exit_config = 5,
  exit_interrupted = 130,
};

/// A request that cannot be meant: bad option value, missing file.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Writes the records in the format that the options ask for; exit_empty when
/// there are no rows and --fail-empty was given.
int write_records(const Options& options, const Records& records);
Format output_format(const Options& options);
Terminal terminal(const Options& options);
/// A line on standard error, if there is something to say; nothing when quiet.
void note(const Options& options, const std::string& text);
/// Whether the user agrees: by --yes, or on the terminal. Where nobody can
/// answer, `unasked` is written.
bool agreed(const Options& options, const std::string& question,
            const std::string& unasked);

/// Writes how the analyzer read a text; with the text on top in a table.
void explain(const Options& options, const analyzer::Analyzer& analyzer,
             const domain::Text& text);

int run_analyze(const Options& options);
int run_backfill(const Options& options);
int run_budget(const Options& options);
int run_budget_reset(const Options& options);
int run_collect(const Options& options);
int run_compliance_apply(const Options& options);
int run_compliance_ids(const Options& options);
int run_compliance_run(const Options& options);
int run_compliance_status(const Options& options);
int run_config_check(const Options& options);
int run_db_distribute(const Options& options);
int run_db_migrate(const Options& options);
int run_db_verify(const Options& options);
int run_db_retain(const Options& options);
int run_erase(const Options& options);
int run_cost(const Options& options);
int run_coverage(const Options& options);
int run_dead_drop(const Options& options);
int run_dead_list(const Options& options);
int run_dead_retry(const Options& options);
int run_dead_show(const Options& options);
int run_export(const Options& options);
int run_gaps(const Options& options);
int run_import(const Options& options);
int run_matrix(const Options& options);
int run_posts(const Options& options);
int run_replay(const Options& options);
int run_rules_apply(const Options& options);
int run_rules_check(const Options& options);
int run_rules_diff(const Options& options);
int run_rules_eval(const Options& options);
int run_rules_explain(const Options& options);
int run_rules_suggest(const Options& options);
int run_rules_test(const Options& options);
int run_status(const Options& options);
int run_stops(const Options& options);

}  // namespace grumble::app
