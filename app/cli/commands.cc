#include <unistd.h>

#include <array>
#include <iostream>

#include "app/cli/command.h"

namespace grumble::app {
namespace {

constexpr Takes kQuestion{.filters = true, .output = true};
constexpr Takes kOutput{.output = true};
constexpr Takes kSpan{.span = true, .output = true};

constexpr std::array kCommands = {
    Command{"matrix", "complaints: models across, categories down",
            "grumble matrix --since 30d --source x", kQuestion, run_matrix},
    Command{"posts", "the posts behind a number, matched words marked",
            "grumble posts --model Sora --category price", kQuestion,
            run_posts},
    Command{"status", "what is stored, collected, spent and rejected",
            "grumble status -o json", kOutput, run_status},
    Command{"collect",
            "ask the configured sources",
            "grumble collect --once",
            {},
            run_collect},
    Command{"budget show",
            "caps, spent, reserved, unknown, forecast, cost a finding",
            "grumble budget show -o json", kOutput, run_budget},
    Command{"budget reset",
            "let requests of a bucket go again: the bill is paid, the key new",
            "grumble budget reset x.posts",
            {.arguments = "BUCKET", .arguments_required = true},
            run_budget_reset},
    Command{"cost", "what each query cost, and a finding in what it found",
            "grumble cost --since 30d -o csv", kSpan, run_cost},
    Command{"coverage",
            "what was collected by day and source, and what is missing",
            "grumble coverage --since 14d --source x", kSpan, run_coverage},
    Command{"stops",
            "what held collecting back: caps, limits, disabled comments",
            "grumble stops --since 7d", kSpan, run_stops},
    Command{"gaps", "what has not landed yet, and what never will",
            "grumble gaps -o csv", kOutput, run_gaps},
    Command{"dead list", "items that did not become posts", "", kOutput,
            run_dead_list},
    Command{"dead show",
            "the bytes of an item and what is wrong with it",
            "grumble dead show 17",
            {.arguments = "NUMBER", .arguments_required = true},
            run_dead_show},
    Command{"dead retry",
            "read its page again with the present parser",
            "grumble dead retry 17",
            {.arguments = "NUMBER", .arguments_required = true},
            run_dead_retry},
    Command{"dead drop",
            "nobody wants it",
            "grumble dead drop 17",
            {.arguments = "NUMBER", .arguments_required = true},
            run_dead_drop},
    Command{"replay",
            "land kept pages again, all or FIRST..LAST, without a request",
            "grumble replay 100..200",
            {.arguments = "PAGES"},
            run_replay},
    Command{"backfill",
            "count, price and open a past span of a query of X",
            "grumble backfill sora --since 2024-12-09 --until 2024-12-17",
            {.arguments = "QUERY", .arguments_required = true},
            run_backfill},
    Command{
        "import",
        "read archives: X API pages, twarc, YouTube API, yt-dlp, NDJSON; - is "
        "standard input",
        "grumble import tweets.jsonl video.info.json",
        {.output = true, .arguments = "FILE", .arguments_required = true},
        run_import},
    Command{"export",
            "posts as NDJSON that import reads: ids, or with findings or texts",
            "grumble export --with findings posts.ndjson",
            {.arguments = "FILE"},
            run_export},
    Command{
        "analyze",
        "findings of NDJSON texts, without a database",
        R"(echo '{"id":"1","text":"Sora keeps the watermark"}' | grumble analyze)",
        {.arguments = "FILE"},
        run_analyze},
    Command{"rules check",
            "load every rule file and run its examples",
            "grumble rules check rules/",
            {.arguments = "DIRECTORY"},
            run_rules_check},
    Command{"rules test",
            "what the rules see in a text, step by step, and why",
            "grumble rules test 'Kling is cheaper than Sora'",
            {.output = true, .arguments = "TEXT", .arguments_required = true},
            run_rules_test},
    Command{"rules explain",
            "the same for a stored post, with its stored context",
            "grumble rules explain x:1866123456789012345",
            {.output = true, .arguments = "POST", .arguments_required = true},
            run_rules_explain},
    Command{"rules eval",
            "score the rules against labelled texts, worst errors last",
            "grumble rules eval simulator/world.ndjson --where lang=zh",
            {.output = true, .arguments = "GOLD", .arguments_required = true},
            run_rules_eval},
    Command{"rules diff",
            "which texts another rule directory reads differently",
            "grumble rules diff rules/ ../new/rules --gold gold.jsonl",
            {.output = true,
             .arguments = "OLD NEW FILE",
             .arguments_required = true},
            run_rules_diff},
    Command{"rules apply",
            "read all that is stored by the present rules: what would change, "
            "then do it",
            "grumble rules apply --sample 50000", kOutput, run_rules_apply},
    Command{"rules suggest",
            "phrases of negative texts that no category speaks of",
            "grumble rules suggest posts.ndjson --min-texts 5",
            {.output = true, .arguments = "FILE"},
            run_rules_suggest},
    Command{"erase",
            "empty posts for good; what was found in them stays counted",
            "grumble erase x:1866123456789012345",
            {.arguments = "POST", .arguments_required = true},
            run_erase},
    Command{
        "compliance status", "texts kept of each site, and when they are due",
        "grumble compliance status -o json", kOutput, run_compliance_status},
    Command{
        "compliance run",
        "ask X about all posts that are kept, and about their authors where "
        "those are shown, and erase what is gone",
        "grumble compliance run --once",
        {},
        run_compliance_run},
    Command{"compliance ids",
            "ids of the X posts that are kept, or of authors where those are "
            "shown, for a compliance job",
            "grumble compliance ids > ids.txt",
            {},
            run_compliance_ids},
    Command{"compliance apply",
            "erase what the result of an X compliance job names",
            "grumble compliance apply result.jsonl",
            {.arguments = "FILE"},
            run_compliance_apply},
    Command{"db migrate",
            "bring the database's schema up to date",
            "",
            {},
            run_db_migrate},
    Command{"db verify",
            "count every stored post again and compare with the roll-ups",
            "",
            {},
            run_db_verify},
    Command{"db distribute",
            "spread the posts over the machines of a Citus cluster; there is "
            "no way back",
            "",
            {},
            run_db_distribute},
    Command{"db retain",
            "let go of what [retention] no longer keeps; or of all posts of "
            "before a month (UTC), whose counts stay",
            "grumble db retain --dry-run",
            {.output = true, .arguments = "MONTH"},
            run_db_retain},
    Command{"config check",
            "read the configuration and say what holds",
            "",
            {},
            run_config_check},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

Format output_format(const Options& options) {
  if (options.format.empty()) return Format::table;
  const auto format = parse_format(options.format);
  if (!format) {
    throw UsageError("-o: '" + options.format +
                     "' is none of table, csv, json, ndjson");
  }
  return *format;
}

Terminal terminal(const Options& options) {
  return detect_terminal(options.color == "always"  ? ColorChoice::always
                         : options.color == "never" ? ColorChoice::never
                                                    : ColorChoice::automatic);
}

void note(const Options& options, const std::string& text) {
  if (!options.quiet && !text.empty()) {
    std::cerr << printable(text, true) << '\n';
  }
}

bool agreed(const Options& options, const std::string& question,
            const std::string& unasked) {
  if (options.yes) return true;
  if (isatty(STDIN_FILENO) == 0) {
    std::cout << unasked << '\n';
    return false;
  }
  std::cout << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

int write_records(const Options& options, const Records& records) {
  write(std::cout, records, output_format(options), terminal(options),
        options.csv_safe);
  std::cout.flush();
  return records.rows.empty() && options.fail_empty ? exit_empty : exit_ok;
}

}  // namespace grumble::app
