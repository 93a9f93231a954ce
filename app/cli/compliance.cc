// What the sites' terms ask of whoever keeps their posts.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <iostream>
#include <map>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/cli/interrupt.h"
#include "app/session.h"
#include "app/text_lines.h"
#include "store/erasure.h"

namespace grumble::app {
namespace {

namespace json = boost::json;

constexpr size_t kAtOnce = 1000;
/// So soon after we learn of it, X wants a post gone everywhere.
constexpr std::chrono::hours kEraseWithin{24};

/// Keys of a kind, erased a batch at a time, with what came of it. Ends with
/// the program's first signal.
class Eraser {
 public:
  explicit Eraser(store::Database& database) : database_(database) {
    heed_signals();
  }

  void add(domain::PostKey key, const std::string& reason) {
    auto& keys = by_reason_[reason];
    keys.push_back(std::move(key));
    ++asked_;
    if (keys.size() >= kAtOnce) flush(reason, keys);
  }

  void finish() {
    end_if_interrupted();
    for (auto& [reason, keys] : by_reason_) flush(reason, keys);
    const int64_t pages = store::scrub_pages(database_);
    std::cout << fmt::format(
        "{} posts named, {} of them were stored and are erased now, with {} "
        "raw pages that held them\n",
        asked_, erased_, pages);
  }

 private:
  void flush(const std::string& reason, std::vector<domain::PostKey>& keys) {
    end_if_interrupted();
    erased_ += store::erase_posts(database_, keys, reason);
    keys.clear();
  }

  store::Database& database_;
  std::map<std::string, std::vector<domain::PostKey>> by_reason_;
  int64_t erased_ = 0;
  int64_t asked_ = 0;
};

struct Affected {
  std::string id;
  std::string reason;
};

/// One line of a compliance job's result. Throws std::invalid_argument.
Affected read_affected(const std::string& line) {
  json::error_code error;
  const json::value value = json::parse(line, error);
  if (error) throw std::invalid_argument("is no JSON: " + error.message());
  const auto text = [&](const char* key) -> std::string {
    const auto* object = value.if_object();
    const auto* found = object ? object->if_contains(key) : nullptr;
    return found && found->is_string() ? std::string(found->get_string()) : "";
  };
  if (text("action") != "delete") {
    throw std::invalid_argument("has no \"action\": \"delete\"");
  }
  if (text("id").empty()) throw std::invalid_argument("has no string 'id'");
  return {text("id"), text("reason").empty() ? "deleted" : text("reason")};
}

Cell time_cell(const std::optional<domain::Timestamp>& time) {
  return time ? Cell(domain::to_string(*time)) : Cell();
}

}  // namespace

int run_erase(const Options& options) {
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
  const Session session(config_from(options));
  store::Database database = session.connect();
  Eraser eraser(database);
  std::map<std::string, std::vector<std::string>> authors;
  int status = exit_ok;
  read_lines(options.arguments, [&](const std::string& place,
                                    const std::string& line) {
    try {
      const Affected affected = read_affected(line);
      if (options.authors) {
        authors[affected.reason].push_back(affected.id);
      } else {
        eraser.add({"x", affected.id}, affected.reason);
      }
    } catch (const std::invalid_argument& wrong) {
      std::cerr << "grumble: " << printable(place + ": " + wrong.what())
                << '\n';
      status = exit_failure;
    }
  });
  for (const auto& [reason, ids] : authors) {
    for (auto& key : store::posts_of_authors(database, "x", ids)) {
      eraser.add(std::move(key), reason);
    }
  }
  eraser.finish();
  return status;
}

int run_compliance_ids(const Options& options) {
  const Session session(config_from(options));
  store::Database database = session.connect();
  std::string after;
  for (;;) {
    const auto ids =
        store::kept_ids(database, "x", after, static_cast<int>(kAtOnce));
    if (ids.empty()) return exit_ok;
    for (const auto& id : ids) std::cout << id << '\n';
    after = ids.back();
  }
}

int run_compliance_status(const Options& options) {
  const Config config = config_from(options);
  const Session session(config);
  store::Database database = session.connect();
  Records records{{"site", "texts", "oldest_seen", "due", "erased",
                   "last_erased", "raw_due"},
                  {}};
  for (const auto& duty : store::duties(database)) {
    std::optional<domain::Timestamp> due;
    if (duty.platform == "youtube" && duty.oldest) {
      due = *duty.oldest + config.keep_youtube;
    }
    std::optional<domain::Timestamp> raw_due = duty.raw_due_since;
    if (raw_due) *raw_due += kEraseWithin;
    records.rows.push_back(
        {duty.platform, duty.texts, time_cell(duty.oldest), time_cell(due),
         duty.erased, time_cell(duty.last_erased_at), time_cell(raw_due)});
  }
  return write_records(options, records);
}

}  // namespace grumble::app
