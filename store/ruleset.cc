#include "store/ruleset.h"

#include "store/statement.h"
#include "store/stored_posts.h"

namespace grumble::store {

void record_ruleset(Database& database, const std::string& version,
                    const std::string& files) {
  Transaction transaction(database);
  transaction.run("lock table ruleset in share row exclusive mode");
  transaction.run(
      "insert into ruleset (version, files)"
      " select $1, $2 where not exists"
      " (select from ruleset where version = $1)",
      Params(version, files));
  transaction.run(
      "select show_analysis(h.slot, r.ruleset_id, false)"
      " from history h, ruleset r"
      " where h.ruleset_id is null and r.version = $1",
      Params(version));
  transaction.commit();
}

void adopt_ruleset(Database& database, const std::string& version) {
  Transaction transaction(database);
  stop_history(transaction);
  transaction.run(
      "select show_analysis(h.slot, r.ruleset_id,"
      "  exists (select 1 from post_key))"
      " from history h, ruleset r"
      " where r.version = $1 and h.ruleset_id is distinct from r.ruleset_id",
      Params(version));
  transaction.commit();
}

std::optional<Ruleset> current_ruleset(Database& database) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select r.version, r.activated_at"
      " from history h join ruleset r using (ruleset_id)");
  if (rows.empty()) return std::nullopt;
  return Ruleset{rows.text(0, 0), rows.time(0, 1)};
}

bool mixed_rulesets(Database& database) {
  return Transaction(database).run("select mixed from history").flag(0, 0);
}

std::optional<std::string> ruleset_files(Database& database,
                                         const std::string& version) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select files from ruleset where version = $1", Params(version));
  if (rows.empty()) return std::nullopt;
  return rows.text(0, 0);
}

}  // namespace grumble::store
