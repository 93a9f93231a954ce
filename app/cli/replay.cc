// Reads again what was paid for, without a request: replay, and dead letters.

#include <fmt/format.h>

#include <charconv>
#include <iostream>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/cli/interrupt.h"
#include "app/copies.h"
#include "app/journal.h"
#include "app/pipeline.h"
#include "app/session.h"
#include "collector/registry.h"
#include "domain/crash_point.h"
#include "store/dead_letters.h"
#include "store/page.h"

namespace grumble::app {
namespace {

constexpr int kPagesAtOnce = 50;
constexpr int64_t kMostLetters = 100;

int64_t number(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) {
    throw UsageError(fmt::format("'{}' is no number", text));
  }
  return value;
}

/// Raw pages and the way from them to rows.
class Replay {
 public:
  explicit Replay(const Config& config)
      : config_(config),
        session_(config),
        analyzer_(config.rules_dir),
        database_(session_.connect()),
        pipeline_(database_, analyzer_, config) {}

  store::Database& database() { return database_; }
  /// After the last landing.
  void judge() {
    judge_landed(database_, config_.bots, [] { return !interrupted(); });
  }
  const std::string& notice() const { return pipeline_.notice(); }

  /// Lands the page's items again; what it still rejects, or why it cannot be
  /// read at all.
  std::vector<std::string> land(const store::StoredPage& stored) {
    const auto settings = config_.sources.find(stored.gap.source);
    if (settings == config_.sources.end()) {
      throw UsageError(
          fmt::format("page {} is of source '{}', which is not "
                      "in the configuration",
                      stored.id, stored.gap.source));
    }
    const auto source = collector::make_source(settings->second.source);
    const auto page =
        source->read(answer_of(stored), stored.gap, stored.received_at);
    const auto landed = pipeline_.land(page, [&](store::Batch batch) {
      batch.source = stored.gap.source;
      batch.query = stored.gap.query;
      batch.page = stored.id;
      return store::replay_page(database_, batch);
    });
    inserted += landed.inserted;
    updated += landed.updated;
    unchanged += landed.unchanged + landed.duplicates;
    domain::crash_point("CP23");
    std::vector<std::string> pointers;
    for (const auto& reject : page.rejects) pointers.push_back(reject.pointer);
    return pointers;
  }

  int64_t inserted = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;

 private:
  const Config& config_;
  Session session_;
  analyzer::Analyzer analyzer_;
  store::Database database_;
  Pipeline pipeline_;
};

/// `A..B`, `A..` or `A`.
std::pair<int64_t, int64_t> range_of(const Options& options) {
  if (options.arguments.empty()) return {1, INT64_MAX};
  const std::string& text = options.arguments[0];
  const size_t dots = text.find("..");
  if (dots == std::string::npos) return {number(text), number(text)};
  const std::string last = text.substr(dots + 2);
  return {number(text.substr(0, dots)),
          last.empty() ? INT64_MAX : number(last)};
}

store::DeadLetter letter_at(store::Database& database,
                            const std::string& argument) {
  const auto letter = store::dead_letter(database, number(argument));
  if (!letter) throw UsageError(fmt::format("no dead letter {}", argument));
  return *letter;
}

}  // namespace

int run_replay(const Options& options) {
  const auto [first, last] = range_of(options);
  const Config config = config_from(options);
  heed_signals();
  Replay replay(config);
  note(options, replay.notice());
  int64_t pages = 0;
  int64_t unread = 0;
  for (int64_t after = first - 1;;) {
    const auto batch =
        store::pages_after(replay.database(), after, kPagesAtOnce);
    for (const auto& page : batch) {
      after = page.id;
      if (page.id > last) break;
      end_if_interrupted();
      try {
        replay.land(page);
        ++pages;
      } catch (const collector::SourceError& error) {
        ++unread;
        std::cerr << printable(
            fmt::format("page {}: {}\n", page.id, error.what()));
      }
    }
    if (batch.empty() || after >= last) break;
  }
  replay.judge();
  std::cout << fmt::format(
      "{} pages read again: {} new, {} changed, {} known; {} could not be "
      "read\n",
      pages, replay.inserted, replay.updated, replay.unchanged, unread);
  return unread == 0 ? exit_ok : exit_failure;
}

int run_dead_list(const Options& options) {
  const Config config = config_from(options);
  const Session session(config);
  store::Database database = session.connect();
  Records records{{"number", "source", "query", "item", "pointer", "reason",
                   "page", "tries", "time"},
                  {}};
  const int64_t limit = options.limit > 0 ? options.limit : kMostLetters;
  for (const auto& letter : store::dead_letters(database, limit)) {
    records.rows.push_back(
        {letter.id, letter.source, letter.query, letter.item_id, letter.pointer,
         letter.reason, letter.page ? Cell(*letter.page) : Cell(), letter.tries,
         domain::to_string(letter.rejected_at)});
  }
  return write_records(options, records);
}

int run_dead_show(const Options& options) {
  const Config config = config_from(options);
  const Session session(config);
  store::Database database = session.connect();
  for (const auto& argument : options.arguments) {
    const auto letter = letter_at(database, argument);
    std::cout << fmt::format("{} {} {}: {} ({})\n", letter.id, letter.source,
                             printable(letter.pointer),
                             printable(letter.reason), letter.state)
              << printable(letter.raw) << '\n';
  }
  return exit_ok;
}

int run_dead_retry(const Options& options) {
  const Config config = config_from(options);
  heed_signals();
  Replay replay(config);
  note(options, replay.notice());
  int64_t landed = 0;
  for (const auto& argument : options.arguments) {
    end_if_interrupted();
    const auto letter = letter_at(replay.database(), argument);
    const auto page = letter.page
                          ? store::page_with_id(replay.database(), *letter.page)
                          : std::nullopt;
    if (!page) {
      throw UsageError(fmt::format(
          "dead letter {}: its page is not kept any more; import the file "
          "again, or drop it",
          letter.id));
    }
    const auto rejected = replay.land(*page);
    landed += store::note_retry(replay.database(), page->id, rejected);
  }
  replay.judge();
  std::cout << fmt::format("{} landed\n", landed);
  return exit_ok;
}

int run_dead_drop(const Options& options) {
  const Config config = config_from(options);
  const Session session(config);
  store::Database database = session.connect();
  int64_t dropped = 0;
  for (const auto& argument : options.arguments) {
    dropped += store::drop_dead_letter(database, number(argument)) ? 1 : 0;
  }
  std::cout << fmt::format("{} dropped\n", dropped);
  return exit_ok;
}

}  // namespace grumble::app
