#include "store/budget.h"

#include <string_view>

#include "store/statement.h"

namespace grumble::store {
namespace {

std::string_view unit_of(Window window) {
  return window == Window::day ? "day" : "month";
}

Spent spent_in(Transaction& transaction, const std::string& bucket,
               const Cap& cap, std::optional<domain::Timestamp> now) {
  const Rows rows = transaction.run(
      "select coalesce(sum(actual), 0)::bigint,"
      " coalesce(sum(worst) filter (where state = 'reserved'), 0)::bigint,"
      " coalesce(sum(worst) filter (where state = 'unknown'), 0)::bigint"
      " from ledger where bucket = $1 and reserved_at >="
      " date_trunc($2, coalesce($4::timestamptz, now()), $3)",
      Params(bucket, unit_of(cap.window), cap.zone, now));
  return {rows.integer(0, 0), rows.integer(0, 1), rows.integer(0, 2)};
}

}  // namespace

std::optional<std::string> reserve(Database& database,
                                   const Reservation& reservation) {
  Transaction transaction(database);
  // Locks the bucket to the end of the transaction; every sum taken after it
  // sees what the last holder booked.
  transaction.run(
      "insert into budget as b (bucket) values ($1)"
      " on conflict (bucket) do update set bucket = b.bucket",
      Params(reservation.bucket));
  for (const Cap& cap : reservation.caps) {
    const Spent so_far =
        spent_in(transaction, reservation.bucket, cap, reservation.now);
    if (reservation.worst > cap.amount - so_far.total()) return std::nullopt;
  }
  const Rows booked = transaction.run(
      "insert into ledger (bucket, source, query, worst, state, reserved_at)"
      " values ($1, $2, $3, $4, 'reserved', coalesce($5, clock_timestamp()))"
      " returning receipt",
      Params(reservation.bucket, reservation.source, reservation.query,
             reservation.worst, reservation.now));
  std::string receipt = booked.text(0, 0);
  transaction.commit();
  return receipt;
}

void release(Database& database, const std::string& receipt) {
  Transaction transaction(database);
  transaction.run(
      "update ledger set state = 'settled', actual = 0, settled_at = now()"
      " where receipt = $1 and state = 'reserved'",
      Params(receipt));
  transaction.commit();
}

void keep_worst(Database& database, const std::string& receipt) {
  Transaction transaction(database);
  transaction.run(
      "update ledger set state = 'unknown'"
      " where receipt = $1 and state = 'reserved'",
      Params(receipt));
  transaction.commit();
}

int64_t keep_worst_of_lost(Database& database, std::chrono::seconds age) {
  Transaction transaction(database);
  const Rows lost = transaction.run(
      "update ledger set state = 'unknown' where state = 'reserved'"
      " and reserved_at <= now() - $1::int * interval '1 second'",
      Params(age.count()));
  transaction.commit();
  return static_cast<int64_t>(lost.affected());
}

Spent spent(Database& database, const std::string& bucket, const Cap& cap,
            std::optional<domain::Timestamp> now) {
  Transaction transaction(database);
  return spent_in(transaction, bucket, cap, now);
}

}  // namespace grumble::store
