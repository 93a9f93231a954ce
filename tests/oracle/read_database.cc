#include <pqxx/pqxx>

#include "tests/oracle/oracle.h"

namespace grumble::oracle {
namespace {

void read_posts(pqxx::transaction_base& transaction, Facts& facts) {
  const pqxx::result rows =
      transaction.exec("select platform, post_id, title, text from post");
  for (const auto& row : rows) {
    const bool added =
        facts.posts
            .emplace(Key{row[0].as<std::string>(), row[1].as<std::string>()},
                     Stored{row[2].as<std::string>(), row[3].as<std::string>()})
            .second;
    if (!added) ++facts.duplicates;
  }
}

void read_rejects(pqxx::transaction_base& transaction, Facts& facts) {
  for (const auto& row : transaction.exec("select item_id from reject")) {
    const auto id = row[0].as<std::string>();
    if (id.empty() || id == "not an id") ++facts.nameless_rejects;
    facts.rejected.insert(id);
  }
}

/// A site's day, as the ledger's cap counts it.
void read_ledger(pqxx::transaction_base& transaction, Facts& facts) {
  const pqxx::result rows = transaction.exec(
      "select bucket, sum(amount)::bigint, max(day_amount)::bigint from ("
      "  select bucket, sum(coalesce(actual, worst)) as amount,"
      "         sum(coalesce(actual, worst)) as day_amount"
      "  from ledger"
      "  group by bucket, (reserved_at at time zone case"
      "    when bucket like 'youtube.%' then 'America/Los_Angeles'"
      "    else 'UTC' end)::date) as day "
      "group by bucket");
  for (const auto& row : rows) {
    const auto bucket = row[0].as<std::string>();
    facts.spent[bucket] = row[1].as<int64_t>();
    facts.dearest_day[bucket] = row[2].as<int64_t>();
  }
}

/// What is open is also known to be missing, as is what never can be had.
void read_gaps(pqxx::transaction_base& transaction, Facts& facts) {
  const pqxx::result rows = transaction.exec(
      "select g.lo, g.hi, g.state = 'open', w.list = 'posts'"
      " from gap g join walk w using (walk_id) where g.state <> 'closed'");
  for (const auto& row : rows) {
    if (row[2].as<bool>()) ++facts.open;
    if (row[3].as<bool>()) {
      facts.gaps.emplace_back(row[0].as<int64_t>(), row[1].as<int64_t>());
    }
  }
}

}  // namespace

Facts read_database(const std::string& url) {
  pqxx::connection connection(url);
  pqxx::work transaction(connection);
  Facts facts;
  read_posts(transaction, facts);
  read_rejects(transaction, facts);
  read_ledger(transaction, facts);
  read_gaps(transaction, facts);
  return facts;
}

}  // namespace grumble::oracle
