#include "store/collector_lock.h"

#include "store/statement.h"

namespace grumble::store {
namespace {

// Any number serves, as long as no other program of this database uses it.
constexpr int64_t kCollectorLock = 0x6772756d626c65;  // "grumble"

}  // namespace

bool try_collector_lock(Database& database) {
  Transaction transaction(database);
  const bool taken =
      transaction.run("select pg_try_advisory_lock($1)", Params(kCollectorLock))
          .flag(0, 0);
  transaction.commit();
  return taken;
}

}  // namespace grumble::store
