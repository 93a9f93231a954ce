#include "store/ruleset.h"

#include "store/statement.h"

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
      "update ruleset set activated_at = clock_timestamp()"
      " where version = $1 and exists (select from ruleset newer"
      "  where newer.activated_at > ruleset.activated_at)",
      Params(version));
  transaction.commit();
}

std::optional<Ruleset> current_ruleset(Database& database) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select version, activated_at from ruleset"
      " order by activated_at desc, ruleset_id desc limit 1");
  if (rows.empty()) return std::nullopt;
  return Ruleset{rows.text(0, 0), rows.time(0, 1)};
}

}  // namespace grumble::store
