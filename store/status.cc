#include "store/status.h"

#include "store/statement.h"

namespace grumble::store {
namespace {

std::vector<NoiseCount> noise_of(Transaction& transaction,
                                 const std::string& platform) {
  const Rows rows = transaction.run(
      "select kind, posts from report.noise_by_kind("
      "platforms => array[$1::text], include_context => true)",
      Params(platform));
  std::vector<NoiseCount> counts;
  for (size_t i = 0; i < rows.size(); ++i) {
    counts.push_back({rows.text(i, 0), rows.integer(i, 1)});
  }
  return counts;
}

std::vector<PlatformStatus> platforms(Transaction& transaction) {
  const Rows rows = transaction.run(
      "select platform, posts, videos, comments, context, noise, authors,"
      " findings, newest, observed from report.coverage order by platform");
  std::vector<PlatformStatus> result;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string platform = rows.text(i, 0);
    result.push_back({platform, rows.integer(i, 1), rows.integer(i, 2),
                      rows.integer(i, 3), rows.integer(i, 4),
                      rows.integer(i, 5), noise_of(transaction, platform),
                      rows.integer(i, 6), rows.integer(i, 7),
                      rows.time_or_null(i, 8), rows.time_or_null(i, 9)});
  }
  return result;
}

std::vector<RoundStatus> rounds(Transaction& transaction) {
  const Rows rows = transaction.run(
      "select source, query, opened_at, completed_at, open_gaps"
      " from report.round order by source, query");
  std::vector<RoundStatus> result;
  for (size_t i = 0; i < rows.size(); ++i) {
    result.push_back({rows.text(i, 0), rows.text(i, 1), rows.time_or_null(i, 2),
                      rows.time_or_null(i, 3), rows.integer(i, 4)});
  }
  return result;
}

std::vector<RejectCount> rejects(Transaction& transaction) {
  const Rows rows = transaction.run(
      "select source, reason, items from report.reject"
      " order by items desc, source, reason");
  std::vector<RejectCount> result;
  for (size_t i = 0; i < rows.size(); ++i) {
    result.push_back({rows.text(i, 0), rows.text(i, 1), rows.integer(i, 2)});
  }
  return result;
}

std::vector<LedgerStatus> ledger(Transaction& transaction) {
  const Rows rows = transaction.run(
      "select bucket, sum(settled)::bigint, sum(reserved)::bigint,"
      " sum(unknown)::bigint, sum(requests)::bigint"
      " from report.spending group by bucket order by bucket");
  std::vector<LedgerStatus> result;
  for (size_t i = 0; i < rows.size(); ++i) {
    result.push_back({rows.text(i, 0), rows.integer(i, 1), rows.integer(i, 2),
                      rows.integer(i, 3), rows.integer(i, 4)});
  }
  return result;
}

/// The one value of a query that may return nothing.
std::string text_or_empty(const Rows& rows) {
  return rows.empty() ? std::string() : rows.text(0, 0);
}

}  // namespace

Status status(Database& database) {
  Transaction transaction(database);
  transaction.run("set transaction isolation level repeatable read");
  return {
      .platforms = platforms(transaction),
      .rounds = rounds(transaction),
      .rejects = rejects(transaction),
      .ledger = ledger(transaction),
      .ruleset =
          text_or_empty(transaction.run("select version from report.ruleset"
                                        " order by activated_at desc limit 1")),
      .migration = text_or_empty(transaction.run(
          "select name from report.migration order by number desc limit 1")),
  };
}

}  // namespace grumble::store
