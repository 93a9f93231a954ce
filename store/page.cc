#include "store/page.h"

#include <stdexcept>

#include "store/collection_rows.h"
#include "store/statement.h"

namespace grumble::store {
namespace {

void settle(Transaction& transaction, const Settlement& settlement) {
  const Rows settled = transaction.run(
      "update ledger set state = 'settled', actual = $2, settled_at = now()"
      " where receipt = $1 and state in ('reserved', 'unknown')",
      Params(settlement.receipt, settlement.actual));
  if (settled.affected() == 0) {
    throw std::invalid_argument("receipt '" + settlement.receipt +
                                "' is settled already, or was never given");
  }
}

}  // namespace

std::optional<Landed> land_page(Database& database, const Batch& batch,
                                const PageMove& move) {
  Transaction transaction(database);
  if (!consume_cursor(transaction, move.consumes, move.next)) return {};
  if (move.settles) settle(transaction, *move.settles);
  const Landed landed = land_items(transaction, batch);
  transaction.commit();
  return landed;
}

}  // namespace grumble::store
