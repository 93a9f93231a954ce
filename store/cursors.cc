#include "store/cursors.h"

#include "store/collection_rows.h"
#include "store/columns.h"
#include "store/landing_rows.h"
#include "store/statement.h"

namespace grumble::store {
namespace {

/// Two hex digits a byte, as PostgreSQL reads bytea.
std::string hex_bytes(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex = "\\x";
  hex.reserve(2 + 2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

}  // namespace

void keep_rejects(Transaction& transaction, const std::string& source,
                  const std::string& query,
                  const std::vector<domain::Reject>& rejects) {
  Columns rows;
  for (const domain::Reject& reject : rejects) {
    rows.add(storable(reject.pointer), storable(reject.item_id),
             storable(reject.reason), hex_bytes(reject.raw));
  }
  if (rows.empty()) return;
  transaction.run(
      "insert into reject (source, query, pointer, item_id, reason, raw)"
      " select $5, $6, r.* from unnest($1::text[], $2::text[], $3::text[],"
      " $4::bytea[]) as r"
      " on conflict do nothing",
      rows.params(source, query));
}

void add_cursors(Transaction& transaction,
                 const std::vector<domain::Cursor>& cursors) {
  Columns rows;
  for (const domain::Cursor& cursor : cursors) {
    rows.add(cursor.source, cursor.query, cursor.step);
  }
  if (rows.empty()) return;
  transaction.run(
      "insert into cursor (source, query, step)"
      " select c.source, c.query, c.step"
      " from unnest($1::text[], $2::text[], $3::text[]) with ordinality"
      " as c (source, query, step, place) order by c.place"
      " on conflict do nothing",
      rows.params());
}

bool consume_cursor(Transaction& transaction, const domain::Cursor& cursor,
                    const std::vector<domain::Cursor>& next) {
  // The round's lock keeps two last steps from overlooking each other.
  transaction.run(
      "select from round where source = $1 and query = $2 for update",
      Params(cursor.source, cursor.query));
  const Rows taken = transaction.run(
      "delete from cursor where source = $1 and query = $2"
      " and md5(step) = md5($3) and step = $3",
      Params(cursor.source, cursor.query, cursor.step));
  if (taken.affected() == 0) return false;
  add_cursors(transaction, next);
  transaction.run(
      "update round set completed_at = now()"
      " where source = $1 and query = $2 and not exists"
      " (select from cursor where source = $1 and query = $2)",
      Params(cursor.source, cursor.query));
  return true;
}

std::vector<domain::Cursor> open_cursors(Database& database,
                                         const std::string& source,
                                         const std::string& query) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      "select step from cursor where source = $1 and query = $2"
      " order by cursor_id",
      Params(source, query));
  std::vector<domain::Cursor> cursors;
  for (size_t i = 0; i < rows.size(); ++i) {
    cursors.push_back({source, query, rows.text(i, 0)});
  }
  return cursors;
}

RoundStart next_round(Database& database, const std::string& source,
                      const std::string& query, int limit) {
  Transaction transaction(database);
  RoundStart start;
  const Rows round = transaction.run(
      "select watermark from round where source = $1 and query = $2",
      Params(source, query));
  if (!round.empty()) start.watermark = round.text(0, 0);
  const Rows known = transaction.run(
      // A video that shows no number of comments has them switched off.
      "select p.post_id from post p where p.kind = 'video'"
      " and p.replies is not null and $1 || ' ' || $2 = any (p.queries)"
      " order by p.created_at desc, p.post_id limit $3",
      Params(source, query, limit));
  for (size_t i = 0; i < known.size(); ++i) {
    start.known.push_back(known.text(i, 0));
  }
  return start;
}

void open_round(Database& database, const std::string& source,
                const std::string& query,
                const std::vector<domain::Cursor>& cursors,
                const std::string& watermark) {
  Transaction transaction(database);
  transaction.run(
      "insert into round (source, query, watermark, opened_at)"
      " values ($1, $2, $3, now()) on conflict (source, query) do update"
      " set watermark = excluded.watermark, opened_at = excluded.opened_at",
      Params(source, query, watermark));
  const Rows open = transaction.run(
      "select count(*) from cursor where source = $1 and query = $2",
      Params(source, query));
  if (open.integer(0, 0) != 0) {
    throw RoundOpen("query '" + query + "' of source '" + source + "' has " +
                    open.text(0, 0) + " steps left of its last round");
  }
  add_cursors(transaction, cursors);
  if (cursors.empty()) {
    transaction.run(
        "update round set completed_at = now()"
        " where source = $1 and query = $2",
        Params(source, query));
  }
  transaction.commit();
}

bool drop_cursor(Database& database, const domain::Cursor& cursor,
                 const std::string& reason) {
  Transaction transaction(database);
  if (!consume_cursor(transaction, cursor, {})) return false;
  keep_rejects(transaction, cursor.source, cursor.query,
               {{"step", "", reason, cursor.step}});
  transaction.commit();
  return true;
}

}  // namespace grumble::store
