#include "app/pipeline.h"

#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "store/budget.h"
#include "store/context.h"
#include "store/cursors.h"
#include "store/history.h"
#include "store/ruleset.h"

namespace grumble::app {
namespace {

/// Comments of so many of a query's newest videos are looked at again.
constexpr int kKnownVideos = 50;

constexpr int64_t kMicrodollars = 1'000'000;

/// The rule files as one text, each after a line with its name.
std::string rule_text(const std::filesystem::path& rules) {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(rules)) {
    if (entry.path().extension() == ".toml") files.insert(entry.path());
  }
  std::ostringstream text;
  for (const auto& file : files) {
    text << "# " << file.filename().string() << '\n'
         << std::ifstream(file).rdbuf() << '\n';
  }
  return text.str();
}

/// The parents of a page's posts: those on the page itself, the others from
/// the database.
store::ParentTexts parent_texts(store::Database& database,
                                const std::vector<domain::Post>& posts) {
  store::ParentTexts texts;
  for (const auto& post : posts) {
    texts[post.key] = {
        post.kind == domain::PostKind::video ? post.title : post.text, {}};
  }
  std::vector<domain::PostKey> elsewhere;
  for (const auto& post : posts) {
    for (const auto& parent : store::parents_of(post)) {
      if (!texts.contains(parent.key)) elsewhere.push_back(parent.key);
    }
  }
  for (auto& [key, text] : store::contexts_of(database, elsewhere)) {
    texts[key] = std::move(text);
  }
  return texts;
}

}  // namespace

Pipeline::Pipeline(store::Database& database,
                   const analyzer::Analyzer& analyzer,
                   const std::filesystem::path& rules)
    : database_(database), analyzer_(analyzer) {
  store::record_ruleset(database_, analyzer_.version(), rule_text(rules));
}

store::Batch Pipeline::batch(const collector::Page& page) {
  store::Batch batch;
  const store::ParentTexts parents = parent_texts(database_, page.posts);
  for (const auto& post : page.posts) {
    batch.posts.push_back(
        {post, analyzer_.analyze(store::text_in_context(post, parents))});
  }
  batch.authors = page.authors;
  batch.rejects = page.rejects;
  batch.ruleset = analyzer_.version();
  return batch;
}

store::Landed Pipeline::import(const std::string& name,
                               const collector::Page& page) {
  store::Batch landing = batch(page);
  landing.source = name;
  return store::land(database_, landing);
}

store::Landed Pipeline::land(const collector::Cursor& cursor,
                             const collector::Page& page,
                             const std::string& receipt) {
  store::Batch landing = batch(page);
  landing.source = cursor.source;
  landing.query = cursor.query;
  store::PageMove move{cursor, page.next, {}};
  if (!receipt.empty()) move.settles = {receipt, page.cost.amount};
  return store::land_page(database_, landing, move).value_or(store::Landed{});
}

DatabaseJournal::DatabaseJournal(store::Database& database, Pipeline& pipeline,
                                 const Config& config)
    : database_(database), pipeline_(pipeline), config_(config) {}

std::vector<collector::Cursor> DatabaseJournal::open_cursors(
    const std::string& source, const std::string& query) {
  return store::open_cursors(database_, source, query);
}

collector::Round DatabaseJournal::next_round(const std::string& source,
                                             const std::string& query) {
  const auto start = store::next_round(database_, source, query, kKnownVideos);
  collector::Round round;
  round.query = query;
  round.watermark = start.watermark;
  round.known = start.known;
  round.now = std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::system_clock::now());
  round.since = config_.since.value_or(round.now - config_.first_span);
  return round;
}

void DatabaseJournal::open(const std::string& source, const std::string& query,
                           const collector::Opening& opening) {
  if (const auto now = std::chrono::steady_clock::now(); now >= next_tending_) {
    store::tend_history(database_);
    next_tending_ = now + std::chrono::hours(1);
  }
  store::open_round(database_, source, query, opening.cursors,
                    opening.watermark);
}

std::string DatabaseJournal::reserve(const collector::Cursor& cursor,
                                     const collector::Cost& worst) {
  const BudgetSettings& budget = config_.budget;
  store::Reservation reservation;
  reservation.bucket = worst.bucket;
  reservation.worst = worst.amount;
  reservation.source = cursor.source;
  reservation.query = cursor.query;
  if (worst.bucket == "x.posts") {
    const auto micro = [](double usd) {
      return std::llround(usd * kMicrodollars);
    };
    reservation.caps = {
        {micro(budget.x_usd_per_day), store::Window::day, "UTC"},
        {micro(budget.x_usd_per_month), store::Window::month, "UTC"}};
  } else {
    const int64_t cap = worst.bucket == "youtube.search"
                            ? budget.youtube_searches_per_day
                            : budget.youtube_units_per_day;
    reservation.caps = {{cap, store::Window::day, "America/Los_Angeles"}};
  }
  return store::reserve(database_, reservation).value_or("");
}

collector::Landed DatabaseJournal::land(const collector::Cursor& cursor,
                                        const collector::Page& page,
                                        const std::string& receipt) {
  const store::Landed landed = pipeline_.land(cursor, page, receipt);
  return {landed.inserted, landed.updated, landed.unchanged + landed.duplicates,
          landed.rejected};
}

void DatabaseJournal::refuse(const collector::Cursor&,
                             const std::string& receipt, bool charged) {
  if (receipt.empty()) return;
  if (charged) {
    store::keep_worst(database_, receipt);
  } else {
    store::release(database_, receipt);
  }
}

void DatabaseJournal::drop(const collector::Cursor& cursor,
                           const std::string& reason) {
  store::drop_cursor(database_, cursor, reason);
}

}  // namespace grumble::app
