// The commands that look after an installation: rules check, db migrate,
// db verify, db retain, db distribute, config check.

#include <fmt/format.h>

#include <iostream>

#include "analyzer/analyzer.h"
#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/journal.h"
#include "app/session.h"
#include "store/history.h"
#include "store/migrate.h"
#include "store/placement.h"

namespace grumble::app {

int run_rules_check(const Options& options) {
  std::vector<std::string> places = options.arguments;
  if (places.empty()) places.push_back(config_from(options).rules_dir);
  for (const auto& place : places) {
    if (!std::filesystem::is_directory(place)) {
      throw UsageError(
          fmt::format("'{}' is no directory of rule files", place));
    }
    const analyzer::Analyzer analyzer{std::filesystem::path(place)};
    std::cout << fmt::format(
        "{}: {} rules in {} categories for {} models, version {}\n", place,
        analyzer.rule_count(), analyzer.categories().size(),
        analyzer.models().size(), analyzer.version().substr(0, 12));
  }
  return exit_ok;
}

int run_db_migrate(const Options& options) {
  const Config config = config_from(options);
  const RawDatabase raw = open_raw(config);
  store::Database database(raw.url);
  const auto applied = store::migrate(database, config.schema_dir);
  for (const auto& name : applied) std::cout << "applied " << name << '\n';
  if (applied.empty()) std::cout << raw.place << ": nothing to apply\n";
  return exit_ok;
}

int run_db_verify(const Options& options) {
  const Session session(config_from(options));
  store::Database database = session.connect();
  const auto result = store::verify_rollups(database);
  for (const auto& fault : result.faults) {
    const auto count = [](const std::optional<int64_t>& posts) {
      return posts ? std::to_string(*posts) : std::string("nothing");
    };
    std::cout << fmt::format("{} {}: counts {}, should count {}\n", fault.grain,
                             domain::to_string(fault.start), count(fault.kept),
                             count(fault.expected));
  }
  std::cout << fmt::format(
      "{} posts in {} months, {} roll-ups: {}\n", result.posts, result.months,
      result.rollups,
      result.faults.empty() ? "all as the rows add up to" : "wrong, as listed");
  return result.faults.empty() ? exit_ok : exit_failure;
}

namespace {

/// Posts of before a month, whatever the configuration says.
int retain_from(const std::string& argument, store::Database& database) {
  const auto month = domain::parse_timestamp(argument + "-01T00:00:00Z");
  if (!month) {
    throw UsageError("one month, as in '2025-01': posts of before it go");
  }
  const auto kept = store::retain(database, *month);
  std::cout << fmt::format(
      "dropped {} posts of {} months; posts are kept from {} on, counts for "
      "ever\n",
      kept.posts, kept.months, domain::to_string(kept.from).substr(0, 7));
  return exit_ok;
}

}  // namespace

int run_db_retain(const Options& options) {
  if (options.arguments.size() > 1 ||
      (options.dry_run && !options.arguments.empty())) {
    throw UsageError("one month, or --dry-run without a month");
  }
  const Config config = config_from(options);
  const Session session(config);
  store::Database database = session.connect();
  if (!options.arguments.empty()) {
    return retain_from(options.arguments[0], database);
  }
  const auto policy = retention_of(config);
  Records records{{"what", "source", "before", "items"}, {}};
  for (const auto& term : options.dry_run
                              ? store::past_terms(database, policy)
                              : store::enforce_retention(database, policy)) {
    records.rows.push_back({term.what,
                            term.source.empty() ? "all" : term.source,
                            domain::to_string(term.before), term.items});
  }
  const int status = write_records(options, records);
  if (!options.quiet) {
    std::cerr << (options.dry_run ? "would go; nothing was changed\n"
                                  : "gone; [retention] says what is kept\n");
  }
  return status;
}

int run_db_distribute(const Options& options) {
  const Session session(config_from(options));
  store::Database database = session.connect();
  try {
    store::distribute(database, [](const std::string& line) {
      std::cout << line << std::endl;
    });
  } catch (const store::NotDistributable& error) {
    throw UsageError(error.what());
  }
  return exit_ok;
}

int run_config_check(const Options& options) {
  const Config config = config_from(options);
  std::cout << (config.file.empty() ? std::string("no file, defaults only")
                                    : config.file.string())
            << '\n';
  for (const auto& [name, settings] : config.sources) {
    std::cout << fmt::format(
        "source {}: {}, {}, every {} s, {} queries, credential {}\n", name,
        settings.enabled ? "enabled" : "switched off", settings.source.base_url,
        settings.interval.count(), settings.source.queries.size(),
        settings.source.credential.empty() ? "missing" : "set");
  }
  return exit_ok;
}

}  // namespace grumble::app
