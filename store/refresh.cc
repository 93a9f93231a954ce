#include "store/refresh.h"

#include <algorithm>
#include <sstream>

#include "store/statement.h"

namespace grumble::store {
namespace {

using std::chrono::seconds;

constexpr const char* kUnderWay =
    "select exists (select from gap g join walk w using (walk_id)"
    " where w.source = $1 and w.list = 'lookup' and g.state = 'open')";

/// Where the age has come to, which its first use decides.
constexpr const char* kFrom =
    "insert into refresh as r (source, age, created_at, last_id)"
    " values ($1, $2::bigint,"
    "  coalesce($3, now()) - $2::bigint * interval '1 second', '')"
    " on conflict (source, age) do update set source = r.source"
    " returning created_at, last_id";

/// Of the next posts that are old enough, which are due and which is the last.
constexpr const char* kNext = R"sql(
select p.kind, p.post_id, p.created_at,
  p.platform = $1 and not p.context_only and (p.title <> '' or p.text <> '')
  and greatest(p.observed_at, p.first_seen_at)
      < p.created_at + $4::bigint * interval '1 second'
from post p
where p.platform = $1 and (p.created_at, p.post_id) > ($2, $3)
  and p.created_at <= coalesce($5, now()) - $4::bigint * interval '1 second'
order by p.created_at, p.post_id limit $6
)sql";

}  // namespace

DuePosts due_posts(Database& database, const std::string& source,
                   const std::string& platform,
                   const std::vector<seconds>& ages, int limit,
                   std::optional<domain::Timestamp> now) {
  DuePosts due;
  Transaction transaction(database);
  if (transaction.run(kUnderWay, Params(source)).flag(0, 0)) return due;
  std::vector<seconds> longest_first = ages;
  std::sort(longest_first.rbegin(), longest_first.rend());
  for (const seconds age : longest_first) {
    const Rows from = transaction.run(kFrom, Params(source, age.count(), now));
    const Rows next = transaction.run(
        kNext, Params(platform, from.text(0, 0), from.text(0, 1), age.count(),
                      now, limit));
    if (next.empty()) continue;
    for (size_t i = 0; i < next.size(); ++i) {
      if (!next.flag(i, 3)) continue;
      const auto kind = domain::parse_post_kind(next.text(i, 0));
      due.posts.push_back({kind.value(), next.text(i, 1)});
    }
    const size_t last = next.size() - 1;
    const std::string mark = std::to_string(age.count()) + ' ' +
                             domain::to_string(next.time(last, 2)) + ' ' +
                             next.text(last, 1);
    if (!due.posts.empty()) {
      due.mark = mark;
      break;
    }
    note_refresh(transaction, source, mark);
  }
  transaction.commit();
  return due;
}

void note_refresh(Transaction& transaction, const std::string& source,
                  const std::string& mark) {
  if (mark.empty()) return;
  std::istringstream in(mark);
  std::string age;
  std::string created_at;
  std::string id;
  in >> age >> created_at >> id;
  transaction.run(
      "update refresh set created_at = $3, last_id = $4"
      " where source = $1 and age = $2::bigint",
      Params(source, age, created_at, id));
}

}  // namespace grumble::store
