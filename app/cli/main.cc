// grumble: the command line. Parses, runs one command, maps errors to exit
// statuses.

#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <clocale>
#include <iostream>
#include <map>

#include "analyzer/analyzer.h"
#include "app/cli/command.h"
#include "app/cli/interrupt.h"
#include "app/config.h"
#include "app/version.h"
#include "store/database.h"

namespace grumble::app {
namespace {

constexpr std::string_view kFooter = R"(
exit status:
  0 done   1 failed   2 wrong usage   3 nothing found (with --fail-empty)
  4 database out of reach   5 configuration or rules not valid   130 interrupted
)";

constexpr std::string_view kNoUtf8 = "22021";  // SQLSTATE

constexpr const char* kFilters = "Filters";

/// Filters of whatever happened in a time.
void add_span(CLI::App& app, Options& options) {
  app.add_option("--since", options.since,
                 "from then on: 7d (grows to a whole hour, beyond 35d to a "
                 "whole day), 2024-12-09 or a full time")
      ->group(kFilters);
  app.add_option("--until", options.until, "up to then, exclusive")
      ->group(kFilters);
  app.add_option("--source", options.sources, "only these sources: x,youtube")
      ->delimiter(',')
      ->group(kFilters);
  app.add_option("--tz", options.time_zone,
                 "time zone of days (default: that of the configuration)")
      ->group(kFilters);
  app.add_flag("--noise", options.noise,
               "count promotion, prompts, copies, bots and homonyms too")
      ->group(kFilters);
}

void add_filters(CLI::App& app, Options& options) {
  add_span(app, options);
  app.add_option("--model", options.models, "only these models: sora,kling")
      ->delimiter(',')
      ->group(kFilters);
  app.add_option("--category", options.categories,
                 "only these categories: price,watermark")
      ->delimiter(',')
      ->group(kFilters);
  app.add_option("--lang", options.langs, "only these languages: en,zh")
      ->delimiter(',')
      ->group(kFilters);
  app.add_option("--polarity", options.polarity,
                 "complaint, praise, request, question or resolved")
      ->group(kFilters)
      ->capture_default_str();
  app.add_option("--limit", options.limit, "at most so many rows")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}))
      ->group(kFilters);
}

void add_output(CLI::App& app, Options& options) {
  const char* const group = "Output";
  app.add_option("-o,--output", options.format,
                 "table, csv, json or ndjson (default: table)")
      ->group(group);
  app.add_flag("--csv-safe", options.csv_safe,
               "put ' before CSV cells that a spreadsheet would run")
      ->group(group);
  app.add_flag("--fail-empty", options.fail_empty,
               "exit with 3 when nothing is found")
      ->group(group);
}

void add_rule_options(CLI::App& app, const std::string& name,
                      Options& options) {
  if (name == "eval" || name == "diff") {
    app.add_option("--where", options.where,
                   "only labelled lines with this field: half=tune, lang=zh");
    app.add_option("--worst", options.worst,
                   "so many texts are listed below the figures")
        ->check(CLI::Range(int64_t{0}, int64_t{1'000'000}))
        ->capture_default_str();
  }
  if (name == "diff" || name == "suggest") {
    app.add_flag("--stored", options.stored,
                 "read every stored post, with its context");
  }
  if (name == "eval") {
    app.add_flag("--errors", options.errors,
                 "every wrong label with its text and rule, not the scores");
  } else if (name == "diff") {
    app.add_option("--gold", options.gold,
                   "labelled texts: what the change does to F1");
  } else if (name == "suggest") {
    app.add_option("--min-texts", options.min_texts,
                   "texts that must hold a phrase")
        ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}))
        ->capture_default_str();
    app.add_option("--limit", options.limit, "so many phrases (default: 30)")
        ->check(CLI::Range(int64_t{1}, int64_t{100'000}));
  } else if (name == "test") {
    app.add_option("--lang", options.langs, "the text's language");
  } else if (name == "apply") {
    app.add_flag("-y,--yes", options.yes, "apply them without asking");
    app.add_flag("--status", options.state, "only say how far it is");
    app.add_flag("--abandon", options.abandon,
                 "leave everything as it is shown, and clear up");
    app.add_flag("--again", options.again,
                 "even if these rules are the ones that are shown");
    app.add_option("--sample", options.sample,
                   "so many posts tell what would change (default: 20000)")
        ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
    app.add_option("--share", options.share,
                   "percent of the time to work while others land "
                   "(default: 20)")
        ->check(CLI::Range(int64_t{1}, int64_t{100}));
  }
}

void add_command(CLI::App& root, std::map<std::string, CLI::App*>& groups,
                 const Command& command, Options& options,
                 const Command** chosen) {
  std::string name(command.name);
  CLI::App* parent = &root;
  if (const auto space = name.find(' '); space != std::string::npos) {
    const std::string group = name.substr(0, space);
    if (!groups.contains(group)) {
      groups[group] = root.add_subcommand(group);
      groups[group]->require_subcommand(1)->fallthrough();
    }
    parent = groups[group];
    name = name.substr(space + 1);
    const std::string own = parent->get_description();
    parent->description(own.empty()
                            ? std::string(command.summary)
                            : own + "; " + std::string(command.summary));
  }
  CLI::App* app = parent->add_subcommand(name, std::string(command.summary));
  app->fallthrough();
  if (!command.example.empty()) {
    app->footer("\nexample:\n  " + std::string(command.example) + "\n");
  }
  if (command.takes.arguments != nullptr) {
    auto* option = app->add_option(command.takes.arguments, options.arguments);
    if (command.takes.arguments_required) option->required();
  }
  if (command.takes.filters) add_filters(*app, options);
  if (command.takes.span) add_span(*app, options);
  if (command.takes.output) add_output(*app, options);
  if (name == "collect") {
    app->add_flag("--once", options.once, "one round of every query, then end");
  } else if (name == "export") {
    app->add_option("--since", options.since, "posts made from then on")
        ->group(kFilters);
    app->add_option("--until", options.until, "up to then, exclusive")
        ->group(kFilters);
    app->add_option("--source", options.sources, "only these sources")
        ->delimiter(',')
        ->group(kFilters);
    app->add_option("--with", options.with,
                    "ids: what X lets be passed on; findings: and our reading "
                    "of them; texts: and all that the sites showed")
        ->capture_default_str();
  } else if (name == "retain") {
    app->add_flag("--dry-run", options.dry_run, "show what would go");
  } else if (name == "cost") {
    app->add_flag("--by-day", options.by_day, "a row a day and query");
  } else if (name == "status") {
    app->add_flag("--ready", options.ready, "no output; exit 0 when ready");
  } else if (name == "matrix") {
    app->add_flag("--counts", options.absolute,
                  "posts in place of the rate per 100 posts about the model");
  } else if (name == "backfill") {
    app->add_option("--since", options.since, "from: a time, a day or a span")
        ->required();
    app->add_option("--until", options.until, "to, excluded (default: now)");
    app->add_flag("-y,--yes", options.yes, "open it without asking");
  } else if (parent->get_name() == "compliance" && name == "run") {
    app->add_flag("--once", options.once,
                  "do not wait for a job: the next run goes on with it");
  } else if (parent->get_name() == "compliance" && name == "ids") {
    app->add_flag(
        "--authors", options.authors,
        "of the authors, for a job of type 'users'; needs authors = \"shown\"");
  } else if (parent->get_name() == "compliance" && name == "apply") {
    app->add_flag("--authors", options.authors,
                  "the ids are X's own of authors: erase all their posts");
  } else if (parent->get_name() == "rules") {
    add_rule_options(*app, name, options);
  } else if (name == "posts") {
    app->add_option("--match", options.match, "only texts that contain this");
  }
  app->callback([&command, chosen] { *chosen = &command; });
}

/// Letters to change, add or drop to get from one word to the other.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

/// For a first word that is no command: what was meant, perhaps.
std::string unknown_command(std::string_view word) {
  std::string message = fmt::format("no command '{}'", word);
  size_t best = 3;
  std::string_view nearest;
  for (const Command& command : commands()) {
    const auto name = command.name.substr(0, command.name.find(' '));
    if (const size_t d = distance(word, name); d < best) {
      best = d;
      nearest = name;
    }
  }
  if (!nearest.empty()) message += fmt::format("; did you mean '{}'?", nearest);
  return message + " 'grumble --help' lists the commands";
}

bool known_command(std::string_view word) {
  const auto all = commands();
  return std::any_of(all.begin(), all.end(), [&](const Command& command) {
    return command.name.substr(0, command.name.find(' ')) == word;
  });
}

int report(const std::string& message, Exit status) {
  std::cerr << "grumble: " << printable(message, true) << '\n';
  return status;
}

int run(int argc, char** argv) {
  Options options;
  const Command* chosen = nullptr;
  CLI::App app{"What people complain about in AI video models, with evidence."};
  app.name("grumble");
  app.set_version_flag("--version", std::string("grumble ") + kVersion);
  app.require_subcommand(1);
  app.footer(std::string(kFooter));
  app.add_option("--config", options.config, "configuration file");
  app.add_option("--color", options.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("-q,--quiet", options.quiet, "no notes on standard error");
  app.add_flag("-v,--verbose", options.verbose, "more notes");
  std::map<std::string, CLI::App*> groups;
  for (const Command& command : commands()) {
    add_command(app, groups, command, options, &chosen);
  }
  if (argc == 1) {
    std::cerr << app.help();
    return exit_usage;
  }
  if (const std::string_view first = argv[1];
      !first.starts_with('-') && !known_command(first)) {
    return report(unknown_command(first), exit_usage);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? exit_ok : exit_usage;
  }
  try {
    const int status = chosen->run(options);
    std::cout.flush();
    if (!std::cout) {
      return report(
          "cannot write the output: the disk is full, or its reader "
          "is gone",
          exit_failure);
    }
    return status;
  } catch (const Interrupted& error) {
    return report(error.what(), exit_interrupted);
  } catch (const UsageError& error) {
    return report(error.what(), exit_usage);
  } catch (const ConfigError& error) {
    return report(error.what(), exit_config);
  } catch (const analyzer::RuleError& error) {
    return report(error.what(), exit_config);
  } catch (const store::Unreachable& error) {
    return report(error.what(), exit_database);
  } catch (const store::DatabaseError& error) {
    if (error.sqlstate() == kNoUtf8) {
      return report("an option is no valid UTF-8", exit_usage);
    }
    return report(error.what(), exit_failure);
  } catch (const std::exception& error) {
    return report(error.what(), exit_failure);
  }
}

}  // namespace
}  // namespace grumble::app

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");
  signal(SIGPIPE, SIG_DFL);
  return grumble::app::run(argc, argv);
}
