#include "store/budget.h"

#include <string_view>

#include "store/lease.h"
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

/// The window that `now` lies in.
constexpr const char* kEnd =
    "(date_trunc($1, coalesce($3::timestamptz, now()) at time zone $2)"
    " + ('1 ' || $1)::interval) at time zone $2";

/// Why such requests must rest; empty when they need not.
Leave breaker_leave(Transaction& transaction, const Reservation& reservation) {
  Leave leave;
  const Rows rows = transaction.run(
      "select failures, reason, case when not_before > present then"
      "  ceil(extract(epoch from not_before - present) * 1000)::bigint end"
      " from breaker, coalesce($4, clock_timestamp()) as present"
      " where source = $1 and bucket = $2 and fingerprint = $3",
      Params(reservation.source, reservation.bucket, reservation.fingerprint,
             reservation.now));
  if (rows.empty()) return leave;
  leave.failures = static_cast<int>(rows.integer(0, 0));
  const auto rest = rows.integer_or_null(0, 2);
  if (!rest) return leave;
  leave.shut = true;
  leave.rest = std::chrono::milliseconds(*rest);
  leave.reason = rows.text(0, 1) + "; '" + reservation.bucket + "' rests";
  return leave;
}

/// What of a cap this request leaves to others.
int64_t kept_back(Transaction& transaction, const Cap& cap,
                  const Reservation& reservation) {
  if (reservation.kept_back <= 0) return 0;
  const double left =
      transaction
          .run(std::string("select extract(epoch from ") + kEnd +
                   " - present) / extract(epoch from " + kEnd +
                   " - date_trunc($1, present, $2))"
                   " from coalesce($3::timestamptz, now()) as present",
               Params(unit_of(cap.window), cap.zone, reservation.now))
          .number(0, 0);
  return static_cast<int64_t>(static_cast<double>(cap.amount) *
                              reservation.kept_back * left);
}

/// Notes that the cap was reached; how long its window lasts.
std::chrono::milliseconds rest_of_window(Transaction& transaction,
                                         const Reservation& reservation,
                                         const Cap& cap) {
  const Rows rows = transaction.run(
      std::string("insert into budget_stop as s"
                  " (bucket, source, query, ends_at, first_at, last_at)"
                  " select $4, $5, $6, ") +
          kEnd +
          ", present, present"
          " from coalesce($3::timestamptz, now()) as present"
          " on conflict (bucket, source, query, ends_at) do update set"
          "  last_at = excluded.last_at, refused = s.refused + 1"
          " returning ceil(extract(epoch from ends_at - last_at) * 1000)"
          "::bigint",
      Params(unit_of(cap.window), cap.zone, reservation.now, reservation.bucket,
             reservation.source, reservation.query));
  return std::chrono::milliseconds(rows.integer(0, 0));
}

}  // namespace

Leave reserve(Database& database, const Reservation& reservation) {
  Transaction transaction(database);
  // Locks the bucket to the end of the transaction; every sum taken after it
  // sees what the last holder booked.
  transaction.run(
      "insert into budget as b (bucket) values ($1)"
      " on conflict (bucket) do update set bucket = b.bucket",
      Params(reservation.bucket));
  Leave leave = breaker_leave(transaction, reservation);
  if (!leave.reason.empty()) return leave;
  for (const Cap& cap : reservation.caps) {
    const Spent so_far =
        spent_in(transaction, reservation.bucket, cap, reservation.now);
    const int64_t left = cap.amount - so_far.total();
    const int64_t kept = kept_back(transaction, cap, reservation);
    if (reservation.worst <= left - kept) continue;
    if (reservation.worst <= left) {
      leave.reason =
          "what is left of '" + reservation.bucket + "' is kept for new posts";
      return leave;
    }
    leave.reason = "a cap of '" + reservation.bucket + "' is reached";
    leave.rest = rest_of_window(transaction, reservation, cap);
    transaction.commit();
    return leave;
  }
  leave.receipt =
      reservation.receipt.empty() ? new_uuid() : reservation.receipt;
  transaction.run(
      "insert into ledger"
      " (receipt, bucket, source, query, worst, state, reserved_at)"
      " values ($1, $2, $3, $4, $5, 'reserved',"
      "  coalesce($6, clock_timestamp())) on conflict do nothing",
      Params(leave.receipt, reservation.bucket, reservation.source,
             reservation.query, reservation.worst, reservation.now));
  transaction.commit();
  return leave;
}

void settle(Database& database, const std::string& receipt, int64_t actual) {
  Transaction transaction(database);
  transaction.run(
      "update ledger set state = 'settled', actual = $2, settled_at = now()"
      " where receipt = $1 and state = 'reserved'",
      Params(receipt, actual));
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

int64_t spent_by(Database& database, const std::string& source,
                 const std::string& query, const std::string& bucket,
                 const Cap& cap, std::optional<domain::Timestamp> now) {
  return Transaction(database)
      .run(
          "select coalesce(sum(coalesce(actual, worst)), 0)::bigint"
          " from ledger where bucket = $1 and source = $5 and query = $6"
          " and reserved_at >="
          " date_trunc($2, coalesce($4::timestamptz, now()), $3)",
          Params(bucket, unit_of(cap.window), cap.zone, now, source, query))
      .integer(0, 0);
}

CapStatus cap_status(Database& database, const std::string& bucket,
                     const Cap& cap, std::optional<domain::Timestamp> now) {
  Transaction transaction(database);
  CapStatus status{bucket, cap, spent_in(transaction, bucket, cap, now), {}, 0};
  const Rows rows = transaction.run(
      std::string("with bound as (select date_trunc($1,"
                  " coalesce($3::timestamptz, now()), $2) as start, ") +
          kEnd +
          " as finish, coalesce($3::timestamptz, now()) as present)"
          " select finish, extract(epoch from finish - start)"
          "  / greatest(extract(epoch from present - start), 60) from bound",
      Params(unit_of(cap.window), cap.zone, now));
  status.ends = rows.time(0, 0);
  status.forecast = static_cast<int64_t>(
      static_cast<double>(status.spent.total()) * rows.number(0, 1));
  return status;
}

std::vector<BreakerStatus> breakers(Database& database) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select source, bucket, failures, nullif(not_before, '-infinity'),"
      " reason from report.breaker order by 1, 2");
  std::vector<BreakerStatus> all;
  for (size_t i = 0; i < rows.size(); ++i) {
    all.push_back({rows.text(i, 0), rows.text(i, 1), rows.integer(i, 2),
                   rows.time_or_null(i, 3), rows.text(i, 4)});
  }
  return all;
}

int64_t reset_breakers(Database& database, const std::string& bucket) {
  Transaction transaction(database);
  const Rows gone =
      transaction.run("delete from breaker where bucket = $1", Params(bucket));
  transaction.commit();
  return static_cast<int64_t>(gone.affected());
}

}  // namespace grumble::store
