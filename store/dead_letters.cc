#include "store/dead_letters.h"

#include "store/collection_rows.h"
#include "store/columns.h"
#include "store/gzip.h"
#include "store/landing_rows.h"
#include "store/statement.h"

namespace grumble::store {
namespace {

constexpr const char* kColumns =
    "reject_id, source, query, pointer, item_id, reason, raw, page_id, state,"
    " tries, rejected_at";

DeadLetter letter_at(const Rows& rows, size_t i) {
  return {rows.integer(i, 0),
          rows.text(i, 1),
          rows.text(i, 2),
          rows.text(i, 3),
          rows.text(i, 4),
          rows.text(i, 5),
          from_hex_bytes(rows.text(i, 6)),
          rows.integer_or_null(i, 7),
          rows.text(i, 8),
          rows.integer(i, 9),
          rows.time(i, 10)};
}

}  // namespace

void keep_rejects(Transaction& transaction, const std::string& source,
                  const std::string& query,
                  const std::vector<domain::Reject>& rejects,
                  std::optional<int64_t> page) {
  Columns rows;
  for (const domain::Reject& reject : rejects) {
    rows.add(storable(reject.pointer), storable(reject.item_id),
             storable(reject.reason), hex_bytes(reject.raw));
  }
  if (rows.empty()) return;
  transaction.run(
      "insert into reject (source, query, page_id, pointer, item_id, reason,"
      "  raw)"
      " select $5, $6, $7, r.* from unnest($1::text[], $2::text[],"
      " $3::text[], $4::bytea[]) as r"
      " on conflict do nothing",
      rows.params(source, query, page));
}

std::vector<DeadLetter> dead_letters(Database& database, int64_t limit) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      std::string("select ") + kColumns +
          " from reject where state = 'open' order by reject_id desc limit $1",
      Params(limit));
  std::vector<DeadLetter> letters;
  for (size_t i = 0; i < rows.size(); ++i) {
    letters.push_back(letter_at(rows, i));
  }
  return letters;
}

std::optional<DeadLetter> dead_letter(Database& database, int64_t id) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      std::string("select ") + kColumns + " from reject where reject_id = $1",
      Params(id));
  if (rows.empty()) return std::nullopt;
  return letter_at(rows, 0);
}

bool drop_dead_letter(Database& database, int64_t id) {
  Transaction transaction(database);
  const Rows dropped = transaction.run(
      "update reject set state = 'dropped', raw = ''"
      " where reject_id = $1 and state = 'open'",
      Params(id));
  transaction.commit();
  return dropped.affected() > 0;
}

int64_t note_retry(Database& database, int64_t page,
                   const std::vector<std::string>& still_rejected) {
  Transaction transaction(database);
  const Rows landed = transaction.run(
      "update reject set tries = tries + 1, state ="
      " case when pointer = any ($2::text[]) then 'open' else 'landed' end"
      " where page_id = $1 and state = 'open' returning state = 'landed'",
      Params(page, still_rejected));
  transaction.commit();
  int64_t count = 0;
  for (size_t i = 0; i < landed.size(); ++i) count += landed.flag(i, 0) ? 1 : 0;
  return count;
}

}  // namespace grumble::store
