#include "store/prints.h"

#include <algorithm>
#include <string_view>

#include "store/columns.h"

namespace grumble::store {
namespace {

constexpr int kDueRowsAtOnce = 200;

constexpr std::string_view kNote = R"sql(
insert into print_due (posts, platforms, post_ids, times)
select cardinality(i.platforms), i.*
from (values ($1::text[], $2::text[], $3::timestamptz[]))
  as i (platforms, post_ids, times)
)sql";

constexpr std::string_view kTake = R"sql(
with taken as (
  delete from print_due d using (
    select due_id
    from (select due_id,
                 sum(posts) over (order by due_id desc) - posts as before
          from (select due_id, posts from print_due
                order by due_id desc limit $2) newest) summed
    where before < $1) t
  where d.due_id = t.due_id
  returning d.platforms, d.post_ids, d.times
)
select distinct u.platform, u.post_id, u.created_at
from taken t
cross join lateral unnest(t.platforms, t.post_ids, t.times)
  as u (platform, post_id, created_at)
order by 1, 2, 3
)sql";

constexpr std::string_view kPosts = R"sql(
select p.platform, p.post_id, p.kind, p.title, p.text, p.created_at,
  p.context_only,
  case when p.author_id <> '' then
    hashtextextended(p.author_id, hashtextextended(p.platform, 0)) end
from unnest($1::text[], $2::text[]) as i (platform, post_id)
join post_key k using (platform, post_id)
join post p using (platform, post_id, created_at)
)sql";

/// As read_print() takes them.
constexpr std::string_view kColumns =
    "r.platform, r.post_id, r.created_at, r.author, r.band_1, r.band_2,"
    " r.band_3, r.band_4, r.is_copy, r.noise";

constexpr std::string_view kInsert = R"sql(
insert into post_print (platform, post_id, created_at, author, band_1, band_2,
  band_3, band_4, is_copy, noise)
select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[],
  $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::boolean[],
  $10::text[])
)sql";

constexpr std::string_view kDelete = R"sql(
delete from post_print r
using unnest($1::text[], $2::text[], $3::timestamptz[])
  as i (platform, post_id, created_at)
where r.platform = i.platform and r.post_id = i.post_id
  and r.created_at = i.created_at
)sql";

constexpr std::string_view kNext = R"sql(
select distinct n.platform, n.post_id, n.created_at
from unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[],
  $5::bigint[], $6::bigint[]) as i (post_id, created_at, a, b, c, d)
cross join lateral next_prints(i.post_id, i.created_at,
  array[i.a, i.b, i.c, i.d]) n
)sql";

constexpr std::string_view kCopies = R"sql(
select i.platform, i.post_id, i.created_at
from unnest($1::text[], $2::text[], $3::timestamptz[])
  as i (platform, post_id, created_at)
where report.copy_of(i.platform, i.post_id, i.created_at) is not null
)sql";

constexpr std::string_view kVerdicts = R"sql(
update post_print r set is_copy = i.is_copy, noise = i.noise
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::boolean[],
  $5::text[]) as i (platform, post_id, created_at, is_copy, noise)
where r.platform = i.platform and r.post_id = i.post_id
  and r.created_at = i.created_at
)sql";

PrintKey read_key(const Rows& rows, size_t i, size_t first = 0) {
  return {{rows.text(i, first), rows.text(i, first + 1)},
          rows.time(i, first + 2)};
}

std::vector<PrintKey> read_keys(const Rows& rows) {
  std::vector<PrintKey> keys;
  for (size_t i = 0; i < rows.size(); ++i) keys.push_back(read_key(rows, i));
  return keys;
}

Print read_print(const Rows& rows, size_t i, size_t first = 0) {
  Print print;
  print.key = read_key(rows, i, first);
  print.author = rows.integer_or_null(i, first + 3);
  if (!rows.null(i, first + 4)) {
    print.bands.emplace();
    for (size_t k = 0; k < print.bands->size(); ++k) {
      (*print.bands)[k] = rows.integer(i, first + 4 + k);
    }
  }
  print.is_copy = rows.flag(i, first + 8);
  print.noise = rows.text(i, first + 9);
  return print;
}

}  // namespace

void note_prints_due(Transaction& transaction, const Columns& keys) {
  if (!keys.empty()) transaction.run(kNote, keys.params());
}

Columns columns_of(const std::vector<PrintKey>& keys) {
  Columns columns;
  for (const auto& [post, created_at] : keys) {
    columns.add(post.platform, post.id, created_at);
  }
  return columns;
}

std::vector<PrintKey> take_due(Transaction& transaction, int limit) {
  return read_keys(transaction.run(kTake, Params(limit, kDueRowsAtOnce)));
}

std::vector<PrintedPost> read_printed(Transaction& transaction,
                                      const std::vector<PrintKey>& keys) {
  Columns columns;
  for (const auto& [post, time] : keys) columns.add(post.platform, post.id);
  std::vector<PrintedPost> posts;
  if (columns.empty()) return posts;
  const Rows rows = transaction.run(kPosts, columns.params());
  for (size_t i = 0; i < rows.size(); ++i) {
    domain::Post post;
    post.key = {rows.text(i, 0), rows.text(i, 1)};
    post.kind = domain::parse_post_kind(rows.text(i, 2)).value();
    post.title = rows.text(i, 3);
    post.text = rows.text(i, 4);
    post.created_at = rows.time(i, 5);
    post.context_only = rows.flag(i, 6);
    posts.push_back({std::move(post), rows.integer_or_null(i, 7)});
  }
  return posts;
}

std::vector<Print> read_prints(Transaction& transaction,
                               const std::vector<PrintKey>& keys) {
  std::vector<Print> prints;
  if (keys.empty()) return prints;
  const auto [first, last] = std::minmax_element(
      keys.begin(), keys.end(),
      [](const auto& a, const auto& b) { return a.created_at < b.created_at; });
  const Rows rows = transaction.run(
      "select " + std::string(kColumns) +
          " from unnest($1::text[], $2::text[], $3::timestamptz[])"
          "  as i (platform, post_id, created_at)"
          " join post_print r using (platform, post_id, created_at)"
          " where r.created_at between $4 and $5",
      columns_of(keys).params(first->created_at, last->created_at));
  for (size_t i = 0; i < rows.size(); ++i) {
    prints.push_back(read_print(rows, i));
  }
  return prints;
}

void replace_prints(Transaction& transaction, const std::vector<PrintKey>& gone,
                    const std::vector<Print>& come) {
  if (!gone.empty()) transaction.run(kDelete, columns_of(gone).params());
  Columns rows;
  for (const auto& [key, author, bands, is_copy, noise] : come) {
    const auto band = [&bands = bands](size_t k) {
      return bands ? std::optional((*bands)[k]) : std::nullopt;
    };
    rows.add(key.post.platform, key.post.id, key.created_at, author, band(0),
             band(1), band(2), band(3), is_copy, noise);
  }
  if (!rows.empty()) transaction.run(kInsert, rows.params());
}

std::vector<PrintKey> next_prints(Transaction& transaction,
                                  const std::vector<Print>& prints) {
  Columns rows;
  for (const Print& print : prints) {
    if (!print.bands) continue;
    const auto& [a, b, c, d] = *print.bands;
    rows.add(print.key.post.id, print.key.created_at, a, b, c, d);
  }
  if (rows.empty()) return {};
  return read_keys(transaction.run(kNext, rows.params()));
}

std::vector<PrintKey> copies_among(Transaction& transaction,
                                   const std::vector<PrintKey>& keys) {
  if (keys.empty()) return {};
  return read_keys(transaction.run(kCopies, columns_of(keys).params()));
}

std::vector<std::pair<AuthorDay, Print>> prints_of_days(
    Transaction& transaction, const std::vector<AuthorDay>& days,
    int64_t most) {
  Columns rows;
  for (const auto& [author, day] : days) rows.add(author, day);
  std::vector<std::pair<AuthorDay, Print>> prints;
  if (rows.empty()) return prints;
  const Rows found = transaction.run(
      "select i.author, i.day, " + std::string(kColumns) +
          " from unnest($1::bigint[], $2::timestamptz[]) as i (author, day)"
          " cross join lateral (select * from post_print p"
          "  where p.author = i.author and p.created_at >= i.day"
          "   and p.created_at < i.day + interval '24 hours' limit $3) r",
      rows.params(most));
  for (size_t i = 0; i < found.size(); ++i) {
    prints.emplace_back(AuthorDay{found.integer(i, 0), found.time(i, 1)},
                        read_print(found, i, 2));
  }
  return prints;
}

void write_verdicts(Transaction& transaction,
                    const std::vector<Print>& prints) {
  Columns rows;
  for (const Print& print : prints) {
    rows.add(print.key.post.platform, print.key.post.id, print.key.created_at,
             print.is_copy, print.noise);
  }
  if (!rows.empty()) transaction.run(kVerdicts, rows.params());
}

}  // namespace grumble::store
