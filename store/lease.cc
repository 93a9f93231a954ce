#include "store/lease.h"

#include <random>

#include "store/statement.h"

namespace grumble::store {

std::optional<Lease> hold_lease(Database& database, const std::string& source,
                                const std::string& holder,
                                std::chrono::seconds span) {
  Transaction transaction(database);
  // A program that sleeps in the middle of a transaction must not hold its
  // locks, this row's among them, for longer than the lease.
  transaction.run(
      "select set_config('idle_in_transaction_session_timeout', $1, false)",
      Params(std::to_string(span.count()) + "s"));
  const Rows rows = transaction.run(
      "insert into lease as l"
      " (source, holder, epoch, expires_at, backend, backend_start)"
      " select $1, $2::uuid, 1, clock_timestamp() + $3::int * interval '1 s',"
      "  pg_backend_pid(), (select backend_start from pg_stat_activity"
      "  where pid = pg_backend_pid())"
      " on conflict (source) do update set"
      "  epoch = l.epoch + (l.holder <> excluded.holder)::int,"
      "  holder = excluded.holder, expires_at = excluded.expires_at,"
      "  backend = excluded.backend, backend_start = excluded.backend_start"
      " where l.holder = excluded.holder or l.expires_at < clock_timestamp()"
      "  or not exists (select from pg_stat_activity a where a.pid = l.backend"
      "   and a.backend_start is not distinct from l.backend_start)"
      " returning epoch",
      Params(source, holder, span.count()));
  transaction.commit();
  if (rows.empty()) return std::nullopt;
  return Lease{source, rows.integer(0, 0)};
}

void release_leases(Database& database, const std::string& holder) {
  Transaction transaction(database);
  transaction.run(
      "update lease set expires_at = '-infinity' where holder = $1::uuid",
      Params(holder));
  transaction.commit();
}

void prove(Transaction& transaction, const Lease& lease) {
  const Rows rows = transaction.run(
      "select from lease where source = $1 and epoch = $2 for share",
      Params(lease.source, lease.epoch));
  if (rows.empty()) {
    throw LeaseLost("another instance has taken over '" + lease.source + "'");
  }
}

std::string new_uuid() {
  std::random_device random;
  std::string uuid;
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) uuid += '-';
    uuid += "0123456789abcdef"[random() & 15];
  }
  uuid[14] = '4';
  return uuid;
}

}  // namespace grumble::store
