#include "store/rollup.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "store/columns.h"

namespace grumble::store {
namespace {

constexpr char kAny[] = "*";
constexpr char kQuery[] = "query";

bool is_finding(const Said& said) {
  return said.polarity != "better" && said.polarity != "value";
}

/// What a post says at once, where it is several, a line each.
void add_set(Said of_what, const std::set<std::string>& lines,
             std::set<Said>& said) {
  constexpr size_t kMost = 64;  // more fit no index
  if (lines.size() < 2) return;
  if (lines.size() <= kMost) {
    for (const std::string& line : lines) of_what.counterpart += line + '\n';
    of_what.counterpart.pop_back();
  }
  said.insert(std::move(of_what));
}

/// The models; the findings; and how something is spoken of.
void add_sets(const Countable& post, std::set<Said>& said) {
  std::set<std::string> findings;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> voices;
  for (const Said& one : post.said) {
    if (!is_finding(one)) continue;
    findings.insert(one.model + '\t' + one.category + '\t' + one.polarity);
    for (const std::string& model : {one.model, std::string(kAny)}) {
      for (const std::string& category : {one.category, std::string(kAny)}) {
        voices[{model, category}].insert(one.polarity);
      }
    }
  }
  add_set({kAny, kAny, "models", ""}, {post.models.begin(), post.models.end()},
          said);
  if (findings.size() < 2) return;
  add_set({kAny, kAny, "findings", ""}, findings, said);
  for (const auto& [of, polarities] : voices) {
    add_set({of.first, of.second, "polarities", ""}, polarities, said);
  }
}

/// Everything that a post counts for once; the same as SQL's
/// counted_from_rows() says.
std::set<Said> all_said(const Countable& post) {
  std::set<Said> said{{kAny, "", "", ""}, {kAny, post.kind, "", ""}};
  if (post.noise != "none") said.insert({kAny, post.noise, "noise", ""});
  for (const std::string& model : post.models) said.insert({model, "", "", ""});
  add_sets(post, said);
  for (const Said& one : post.said) {
    said.insert(one);
    if (!is_finding(one)) continue;
    said.insert({one.model, kAny, one.polarity, ""});
    said.insert({kAny, one.category, one.polarity, ""});
    said.insert({kAny, kAny, one.polarity, ""});
  }
  const auto findings =
      std::count_if(post.said.begin(), post.said.end(), is_finding);
  for (const std::string& query : post.queries) {
    said.insert({query, "", kQuery, ""});
    for (auto n = findings; n > 0; --n) {
      said.insert({query, "finding", kQuery, std::to_string(n)});
    }
  }
  return said;
}

/// Shortest, and with an exponent where PostgreSQL takes one.
std::string as_sql_writes(double number) {
  const double size = std::abs(number);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e15);
  char digits[32];
  const auto [end, error] = std::to_chars(
      digits, digits + sizeof digits, number,
      plain ? std::chars_format::fixed : std::chars_format::scientific);
  return {digits, end};
}

// In the order in which the rows are given.
constexpr std::string_view kUpsert = R"sql(
insert into rollup as r
  (slot, grain, start, cell_id, posts, engagement, views, authors)
select $9, i.grain::"char", to_timestamp(i.start), i.cell_id, i.posts,
  i.engagement, i.views, coalesce(i.authors, sketch_of(i.author))
from unnest($1::text[], $2::bigint[], $3::int[], $4::bigint[], $5::bigint[],
  $6::bigint[], $7::smallint[], $8::bit(1024)[])
  as i (grain, start, cell_id, posts, engagement, views, author, authors)
on conflict (slot, grain, cell_id, start) do update set
  posts = r.posts + excluded.posts,
  engagement = r.engagement + excluded.engagement,
  views = r.views + excluded.views,
  authors = r.authors | excluded.authors
)sql";

constexpr std::string_view kDropEmpty = R"sql(
delete from rollup r
using unnest($1::text[], $2::bigint[], $3::int[]) as i (grain, start, cell_id)
where r.slot = $4 and r.grain = i.grain::"char" and r.cell_id = i.cell_id
  and r.start = to_timestamp(i.start) and r.posts = 0
)sql";

constexpr std::string_view kNoteDirty = R"sql(
insert into rollup_dirty (slot, grain, start, cell_id)
select r.slot, r.grain, r.start, r.cell_id
from unnest($1::text[], $2::bigint[], $3::int[]) as i (grain, start, cell_id)
join rollup r on r.slot = $4 and r.grain = i.grain::"char"
  and r.cell_id = i.cell_id and r.start = to_timestamp(i.start)
order by 1, 2, 3, 4
on conflict do nothing
)sql";

}  // namespace

std::string standing(domain::Noise noise, bool context_only) {
  if (noise == domain::Noise::none) {
    return context_only ? "context" : "counted";
  }
  return context_only ? "noise_context" : "noise";
}

std::vector<Said> said_in(const domain::Analysis& analysis) {
  std::vector<Said> said;
  for (const domain::Finding& finding : analysis.findings) {
    said.push_back({finding.model.value_or(""), finding.category,
                    std::string(domain::to_string(finding.polarity)), ""});
  }
  for (const domain::Comparison& comparison : analysis.comparisons) {
    said.push_back({comparison.better, comparison.category.value_or(""),
                    "better", comparison.worse});
  }
  for (const domain::Value& value : analysis.values) {
    said.push_back({value.kind, value.unit, "value",
                    as_sql_writes(value.amount) + " " + value.per});
  }
  return said;
}

std::string Sketch::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "x";
  text.reserve(1 + 2 * bytes_.size());
  for (const unsigned char byte : bytes_) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

void RollupChange::Sum::add_author(int64_t place) {
  many = many || (only && only != place);
  only = place;
  authors.set(place);
}

void RollupChange::count(const Countable& post, int sign) {
  std::vector<Place> places{{'d', post.day}, {'e', 0}};
  if (post.hour >= hours_from_) places.emplace_back('h', post.hour);
  std::vector<Place> places_of_any = places;
  if (post.week >= weeks_from_) places_of_any.emplace_back('w', post.week);
  const std::string any = kAny;
  for (const Said& said : all_said(post)) {
    for (const std::string& lang : {post.lang, any}) {
      if (said.polarity == kQuery && lang != any) continue;
      auto& cell = cells_[Cell(post.platform, lang, post.standing, said)];
      for (const Place& place : lang == any ? places_of_any : places) {
        Sum& sum = cell[place];
        sum.posts += sign;
        sum.engagement += sign * post.engagement;
        sum.views += sign * post.views;
        if (!post.author_place) continue;
        if (sign > 0) {
          sum.add_author(*post.author_place);
        } else {
          sum.removed.push_back(*post.author_place);
        }
      }
    }
  }
}

std::vector<int64_t> RollupChange::cell_ids(Transaction& transaction) const {
  Columns keys;
  for (const auto& [cell, places] : cells_) {
    const auto& [platform, lang, standing, said] = cell;
    keys.add(platform, lang, standing, said.model, said.category, said.polarity,
             said.counterpart);
  }
  const std::string from =
      " from unnest($1::text[], $2::text[], $3::text[], $4::text[],"
      "  $5::text[], $6::text[], $7::text[]) with ordinality"
      " as i (platform, lang, standing, model, category, polarity,"
      "  counterpart, place)"
      " left join cell c using (platform, lang, standing, model, category,"
      "  polarity, counterpart)";
  const std::string read = "select c.cell_id" + from + " order by i.place";
  Rows rows = transaction.run(read, keys.params());
  const auto missing = [&] {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows.null(i, 0)) return true;
    }
    return false;
  };
  if (missing()) {
    transaction.run(
        "insert into cell (platform, lang, standing, model, category,"
        "  polarity, counterpart)"
        " select i.platform, i.lang, i.standing, i.model, i.category,"
        "  i.polarity, i.counterpart" +
            from +
            " where c.cell_id is null order by 6, 4, 5, 7, 1, 2, 3"
            " on conflict do nothing",
        keys.params());
    rows = transaction.run(read, keys.params());
  }
  std::vector<int64_t> ids;
  for (size_t i = 0; i < rows.size(); ++i) ids.push_back(rows.integer(i, 0));
  return ids;
}

void RollupChange::write(Transaction& transaction, int64_t slot) const {
  if (cells_.empty()) return;
  const std::vector<int64_t> ids = cell_ids(transaction);
  // The order in which everybody locks them.
  std::vector<std::tuple<char, int64_t, int64_t, const Sum*>> order;
  auto id = ids.begin();
  for (const auto& [cell, places] : cells_) {
    for (const auto& [place, sum] : places) {
      const auto& [grain, start] = place;
      order.emplace_back(grain, *id, start, &sum);
    }
    ++id;
  }
  std::sort(order.begin(), order.end());
  Columns sums;
  Columns emptied;
  Columns dirty;
  for (const auto& [grain, cell_id, start, sum] : order) {
    const std::string name(1, grain);
    // Most have one author, whose place is shorter than a sketch.
    sums.add(name, start, cell_id, sum->posts, sum->engagement, sum->views,
             sum->many ? std::nullopt : sum->only,
             sum->many ? std::optional(sum->authors.hex()) : std::nullopt);
    if (sum->posts < 0) emptied.add(name, start, cell_id);
    const bool gone = std::any_of(sum->removed.begin(), sum->removed.end(),
                                  [&authors = sum->authors](int64_t author) {
                                    return !authors.has(author);
                                  });
    if (gone) dirty.add(name, start, cell_id);
  }
  transaction.run(kUpsert, sums.params(slot));
  if (!emptied.empty()) transaction.run(kDropEmpty, emptied.params(slot));
  if (!dirty.empty()) transaction.run(kNoteDirty, dirty.params(slot));
}

}  // namespace grumble::store
