#include <fmt/format.h>

#include <iostream>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/cli/interrupt.h"
#include "app/cli/progress.h"
#include "app/pipeline.h"
#include "app/reanalysis_run.h"
#include "app/rule_sets.h"
#include "app/rules_impact.h"
#include "app/session.h"
#include "store/reanalysis.h"
#include "store/ruleset.h"
#include "store/stored_text.h"

namespace grumble::app {
namespace {

using analyzer::Analyzer;
using store::Database;

constexpr int64_t kSample = 20'000;
constexpr int kAtOnce = 1000;

int share_done(const store::Reanalysis& work) {
  if (work.posts == 0) return 100;
  return static_cast<int>(std::min<int64_t>(99, 100 * work.done / work.posts));
}

std::string state_of(const store::Reanalysis& work) {
  if (work.clearing) return "clearing up";
  return fmt::format("{} of {} posts read ({} %), {} due again", work.done,
                     work.posts, share_done(work), work.due);
}

int print_status(const Options& options, Database& database) {
  const auto shown = store::current_ruleset(database);
  const auto work = store::reanalysis(database);
  const auto time = [](const std::optional<domain::Timestamp>& at) {
    return at ? Cell(domain::to_string(*at)) : Cell();
  };
  Records records{{"state", "shown", "mixed", "coming", "posts", "read", "due",
                   "reached", "started"},
                  {}};
  auto& row = records.rows.emplace_back();
  row = {std::string(!work            ? "none"
                     : work->clearing ? "clearing"
                                      : "reading"),
         shown ? Cell(shown->version) : Cell(),
         store::mixed_rulesets(database)};
  if (work && !work->clearing) {
    row.insert(row.end(), {work->ruleset, work->posts, work->done, work->due,
                           time(work->reached), time(work->started_at)});
  }
  row.resize(records.columns.size());
  return write_records(options, records);
}

/// How the rules would read what is shown, text by text.
class Look {
 public:
  Look(const Options& options, Database& database, const store::ReadText& read,
       int64_t posts)
      : database_(database),
        read_(read),
        posts_(posts),
        progress_(options.quiet) {}

  void at(const std::vector<store::StoredText>& texts) {
    std::vector<domain::PostKey> keys;
    for (const auto& one : texts) keys.push_back(one.key);
    const auto shown = store::shown_analyses(database_, keys);
    for (const auto& [key, text] : texts) {
      const auto known = shown.find(key);
      // An emptied post stays as it is.
      if (known == shown.end() || text.text.empty()) continue;
      impact_.add(known->second, read_(key.platform, text));
    }
    progress_.show([&] {
      return fmt::format("{} of {} posts looked at", impact_.posts(), posts_);
    });
  }

  const RulesImpact& impact() const { return impact_; }

 private:
  Database& database_;
  const store::ReadText& read_;
  int64_t posts_;
  Progress progress_;
  RulesImpact impact_;
};

/// Of all stored posts, or of a sample of them.
RulesImpact impact_of(const Options& options, Database& database,
                      const store::ReadText& read, int64_t stored) {
  const int64_t sample = options.sample > 0 ? options.sample : kSample;
  Look look(options, database, read, std::min(sample, stored));
  if (sample >= stored) {
    domain::PostKey after;
    while (!interrupted()) {
      const auto texts = store::stored_texts(database, after, kAtOnce);
      if (texts.empty()) break;
      look.at(texts);
      after = texts.back().key;
    }
    return look.impact();
  }
  const auto keys = store::sample_of_posts(database, sample);
  for (size_t begin = 0; begin < keys.size() && !interrupted();
       begin += kAtOnce) {
    const auto from = keys.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto left = static_cast<std::ptrdiff_t>(keys.size() - begin);
    look.at(store::stored_texts(
        database, {from, from + std::min<std::ptrdiff_t>(kAtOnce, left)}));
  }
  return look.impact();
}

/// Says what would change. Whether the user wants it.
bool wanted(const Options& options, Database& database,
            const store::ReadText& read) {
  const int64_t stored = store::count_posts(database);
  const RulesImpact impact = impact_of(options, database, read, stored);
  if (interrupted()) return false;
  if (impact.changed() > 0) write_records(options, impact.records());
  const std::string seen = impact.posts() < stored
                               ? fmt::format("{} of {}", impact.posts(), stored)
                               : std::to_string(stored);
  note(options, fmt::format("{} of the {} posts looked at would change",
                            impact.changed(), seen));
  return agreed(options, fmt::format("apply them to {} posts?", stored),
                "nothing is applied: say --yes to apply");
}

ReanalysisRun run_for(const Options& options, Database& database,
                      Progress& progress) {
  ReanalysisRun run;
  if (options.share > 0) run.share = static_cast<double>(options.share) / 100;
  run.stopped = [] { return interrupted(); };
  run.step = [&] {
    progress.show([&] {
      const auto work = store::reanalysis(database);
      return work ? state_of(*work) : std::string("done");
    });
  };
  return run;
}

int finish(const Options& options, Database& database,
           const store::ReadText& read, const std::string& version) {
  bool done = false;
  {
    Progress progress(options.quiet);
    done = run_reanalysis(database, read, run_for(options, database, progress));
  }
  if (done) {
    std::cout << fmt::format("applied: everything is shown as rules {} read\n",
                             short_version(version));
    return exit_ok;
  }
  const auto work = store::reanalysis(database);
  std::cerr << fmt::format(
      "interrupted{}; the same command goes on, 'grumble rules apply "
      "--abandon' takes it back\n",
      work ? ": " + state_of(*work) : "");
  return exit_interrupted;
}

/// Clears up after what was shown or abandoned before. False: interrupted.
bool cleared(const Options& options, Database& database) {
  Progress progress(options.quiet);
  return clear_reanalysis(database, run_for(options, database, progress));
}

int abandon(const Options& options, Database& database) {
  const auto work = store::reanalysis(database);
  if (!work) {
    std::cout << "nothing is under way\n";
    return exit_ok;
  }
  store::abandon_reanalysis(database);
  if (!cleared(options, database)) return exit_interrupted;
  std::cout << (work->clearing ? "cleared up\n"
                               : "abandoned: everything is shown as before\n");
  return exit_ok;
}

}  // namespace

int run_rules_apply(const Options& options) {
  const Config config = config_from(options);
  // Each transaction is whole; what is left is gone on with.
  heed_signals();
  const Session session(config);
  Database database = session.connect();
  if (options.state) return print_status(options, database);
  if (options.abandon) return abandon(options, database);
  const Analyzer analyzer(config.rules_dir);
  const store::ReadText read = [&](const std::string& platform,
                                   const domain::Text& text) {
    return analysis_of(config, analyzer, platform, text);
  };
  const auto work = store::reanalysis(database);
  if (work && !work->clearing) {
    if (work->ruleset != analyzer.version()) {
      throw std::runtime_error(fmt::format(
          "rules {} are being applied, and those of {} are {}: go on with the "
          "files of before, or 'grumble rules apply --abandon'",
          short_version(work->ruleset), config.rules_dir.string(),
          short_version(analyzer.version())));
    }
    note(options, "goes on: " + state_of(*work));
    return finish(options, database, read, analyzer.version());
  }
  if (work && !cleared(options, database)) return exit_interrupted;
  store::record_ruleset(database, analyzer.version(),
                        rule_text(config.rules_dir));
  const auto shown = store::current_ruleset(database);
  if (shown && shown->version == analyzer.version() && !options.again &&
      !store::mixed_rulesets(database)) {
    std::cout << fmt::format(
        "the rules of {} ({}) are the ones that are shown\n",
        config.rules_dir.string(), short_version(analyzer.version()));
    return exit_ok;
  }
  if (!wanted(options, database, read)) {
    return interrupted() ? exit_interrupted : exit_ok;
  }
  store::begin_reanalysis(database, analyzer.version());
  return finish(options, database, read, analyzer.version());
}

}  // namespace grumble::app
