#include "benchmarks/store_questions.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>

#include "benchmarks/measure.h"
#include "benchmarks/store_dashboards.h"
#include "store/coverage.h"
#include "store/report_queries.h"
#include "store/statement.h"
#include "store/status.h"

namespace grumble::benchmarks {
namespace {

using store::Filter;
using store::Transaction;

constexpr int kWarming = 3;
constexpr int kAsked = 20;

/// Asks one session of the server, and watches its process.
class Asker {
 public:
  explicit Asker(store::Database& database)
      : database_(database), server_(number("select pg_backend_pid()")) {}

  void ask(const char* name, const std::function<void()>& question) {
    for (int i = 0; i < kWarming; ++i) question();
    const int64_t scans = whole_scans();
    const double worked = server_time();
    std::vector<double> waits;
    for (int i = 0; i < kAsked; ++i) {
      waits.push_back(1000 * seconds(question));
    }
    const double each = (server_time() - worked) / kAsked;
    std::sort(waits.begin(), waits.end());
    asked_.push_back({name, waits[kAsked / 2], waits[kAsked * 95 / 100], each,
                      whole_scans() > scans});
  }

  void ask(const char* name, const std::string& sql) {
    ask(name, [&] { Transaction(database_).run(sql); });
  }

  std::vector<Asked> asked() && { return std::move(asked_); }

 private:
  int64_t number(const std::string& sql) {
    return Transaction(database_).run(sql).integer(0, 0);
  }

  /// Tables of posts and findings that were read from end to end so far; those
  /// that hold next to nothing do not count.
  int64_t whole_scans() {
    Transaction(database_).run("select pg_stat_force_next_flush()");
    return number(
        "select coalesce(sum(s.seq_scan), 0)::bigint"
        " from pg_stat_user_tables s join pg_class c on c.oid = s.relid"
        " where s.schemaname = 'public' and c.reltuples > 1000 and"
        "  s.relname ~ '^(post|mention|finding)_'");
  }

  /// Milliseconds that the server process has worked.
  double server_time() const {
    std::ifstream file("/proc/" + std::to_string(server_) + "/schedstat");
    double nanoseconds = 0;
    file >> nanoseconds;
    return nanoseconds / 1e6;
  }

  store::Database& database_;
  int64_t server_;
  std::vector<Asked> asked_;
};

std::string range(const Filter& filter) {
  return "('" + domain::to_string(*filter.since) + "', '" +
         domain::to_string(*filter.until) + "')";
}

/// The page, and the commands of the command line as they are given alone or
/// with `--since 30d`.
void ask_screens(Asker& asker, store::Database& database, const Filter& since,
                 const Filter& exactly) {
  const Filter ever;
  Filter cell;
  cell.models = {"Sora"};
  cell.categories = {"price"};
  Filter model = cell;
  model.categories = {};
  model.polarities = {};
  asker.ask("matrix, all time", [&] { store::matrix(database, ever); });
  asker.ask("matrix, 30 days", [&] { store::matrix(database, since); });
  asker.ask("matrix, 30 days to the millisecond",
            [&] { store::matrix(database, exactly); });
  asker.ask("posts of a cell, newest 50",
            [&] { store::posts(database, cell); });
  asker.ask("posts about a model, newest 50",
            [&] { store::posts(database, model); });
  asker.ask("sites, all time (readiness)",
            [&] { store::top(database, ever, store::Dimension::platform); });
  asker.ask("status", [&] { store::status(database); });
  asker.ask("coverage by day, 30 days",
            [&] { store::coverage_by_day(database, since); });
  asker.ask("cost by query, 30 days",
            [&] { store::cost_by_query(database, since); });
}

/// What report answers and no screen shows by itself.
void ask_views(Asker& asker, store::Database& database, const Filter& month) {
  const Filter ever;
  const auto trend = [&](const char* name, const Filter& filter,
                         store::Bucket bucket, store::By by) {
    asker.ask(name, [&] { store::trend(database, filter, bucket, by); });
  };
  Filter one = month;
  one.models = {"Kling"};
  trend("trend by model, 30 days", month, store::Bucket::day, store::By::model);
  trend("trend by model, weeks, all time", ever, store::Bucket::week,
        store::By::model);
  trend("trend by category, one model", one, store::Bucket::day,
        store::By::category);
  asker.ask("top categories, 30 days",
            [&] { store::top(database, month, store::Dimension::category); });
  const auto view = [&](const char* name, const std::string& function) {
    asker.ask(name, "select * from report." + function + range(month));
  };
  view("totals, 30 days", "totals");
  view("changes, 30 days", "changes");
  view("share of voice, 30 days", "share_of_voice");
  view("comparisons, 30 days", "comparisons");
  view("stated values, 30 days", "stated_values");
}

}  // namespace

std::vector<Asked> ask_all(store::Database& database, domain::Timestamp end) {
  const auto days = [&](int count, std::chrono::milliseconds after) {
    Filter filter;
    filter.since = end - std::chrono::days(count) + after;
    filter.until = end + after;
    return filter;
  };
  Asker asker(database);
  const Filter month = days(30, std::chrono::hours(-3));
  Filter since = month;
  since.until.reset();
  ask_screens(asker, database, since,
              days(30, std::chrono::milliseconds(-12345678)));
  for (const PanelQuestion& panel : panel_questions(database, end)) {
    asker.ask(panel.title.c_str(), panel.sql);
  }
  ask_views(asker, database, month);
  return std::move(asker).asked();
}

}  // namespace grumble::benchmarks
