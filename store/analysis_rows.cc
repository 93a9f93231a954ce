#include "store/analysis_rows.h"

#include <utility>

#include "domain/crash_point.h"
#include "store/landing_rows.h"

namespace grumble::store {
namespace {

constexpr const char* kTables[] = {"mention", "finding", "comparison", "value"};

/// The partitions of $1 (platforms), $2 (post ids) and $3 (times), in each
/// slot: told both time and slot, a row is looked for in one partition only.
constexpr const char* kPlaces =
    "with k as materialized ("
    " select * from unnest($1::text[], $2::text[], $3::timestamptz[])"
    "  as k (platform, id, created_at),"
    "  unnest('{0,1}'::smallint[]) as s (slot)) ";

/// What every row repeats of its post, as the first columns.
template <typename... Values>
void add_row(Columns& rows, const AnalysisRow& row, int ordinal,
             const Values&... values) {
  rows.add(row.key->platform, row.key->id, row.created_at, ordinal, row.lang,
           domain::to_string(row.analysis->noise), row.context_only, values...);
}

constexpr std::string_view kMentions = R"sql(
insert into mention (slot, platform, post_id, created_at, ordinal, lang, noise,
  context_only, model)
select $9, i.*
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::smallint[],
  $5::text[], $6::text[], $7::boolean[], $8::text[]) as i
)sql";

constexpr std::string_view kFindings = R"sql(
insert into finding (slot, platform, post_id, created_at, ordinal, lang, noise,
  context_only, model, version, category, polarity, begin_byte, end_byte, rule,
  confidence, scope, counterpart)
select $18, i.*
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::smallint[],
  $5::text[], $6::text[], $7::boolean[], $8::text[], $9::text[], $10::text[],
  $11::text[], $12::int[], $13::int[], $14::text[], $15::real[], $16::text[],
  $17::text[]) as i
)sql";

constexpr std::string_view kComparisons = R"sql(
insert into comparison (slot, platform, post_id, created_at, ordinal, lang,
  noise, context_only, better, worse, category)
select $11, i.*
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::smallint[],
  $5::text[], $6::text[], $7::boolean[], $8::text[], $9::text[],
  $10::text[]) as i
)sql";

constexpr std::string_view kValues = R"sql(
insert into value (slot, platform, post_id, created_at, ordinal, lang, noise,
  context_only, kind, amount, unit, per, begin_byte, end_byte)
select $14, i.*
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::smallint[],
  $5::text[], $6::text[], $7::boolean[], $8::text[], $9::double precision[],
  $10::text[], $11::text[], $12::int[], $13::int[]) as i
)sql";

}  // namespace

AnalysisColumns::AnalysisColumns(const std::vector<AnalysisRow>& rows) {
  for (const AnalysisRow& row : rows) {
    auto models = models_of(*row.analysis);
    if (models.empty()) models.emplace_back();
    int ordinal = 0;
    for (const auto& model : models) add_row(mentions_, row, ordinal++, model);
    ordinal = 0;
    for (const domain::Finding& finding : row.analysis->findings) {
      add_row(findings_, row, ++ordinal, finding.model.value_or(""),
              finding.version, finding.category,
              domain::to_string(finding.polarity), finding.begin, finding.end,
              finding.rule, finding.confidence,
              domain::to_string(finding.scope), finding.counterpart);
    }
    ordinal = 0;
    for (const domain::Comparison& comparison : row.analysis->comparisons) {
      add_row(comparisons_, row, ++ordinal, comparison.better, comparison.worse,
              comparison.category);
    }
    ordinal = 0;
    for (const domain::Value& value : row.analysis->values) {
      add_row(values_, row, ++ordinal, value.kind, value.amount, value.unit,
              value.per, value.begin, value.end);
    }
  }
}

void AnalysisColumns::add(Transaction& transaction, int64_t slot) const {
  domain::crash_point("CP15");
  const auto insert = [&](std::string_view sql, const Columns& columns) {
    if (!columns.empty()) transaction.run(sql, columns.params(slot));
  };
  insert(kMentions, mentions_);
  insert(kFindings, findings_);
  insert(kComparisons, comparisons_);
  insert(kValues, values_);
}

void set_context(Transaction& transaction, const Columns& keys,
                 bool context_only) {
  if (keys.empty()) return;
  for (const std::string table : kTables) {
    transaction.run(kPlaces + ("update " + table) +
                        " d set context_only = $4 from k"
                        " where d.platform = k.platform and d.post_id = k.id"
                        "  and d.created_at = k.created_at and d.slot = k.slot",
                    keys.params(context_only));
  }
}

void set_noise(Transaction& transaction, const Columns& keys) {
  for (const std::string table : kTables) {
    transaction.run(
        "with k as materialized ("
        " select * from unnest($1::text[], $2::text[], $3::timestamptz[],"
        "   $4::text[]) as k (platform, id, created_at, noise),"
        "  unnest('{0,1}'::smallint[]) as s (slot)) update " +
            table +
            " d set noise = k.noise from k"
            " where d.platform = k.platform and d.post_id = k.id"
            "  and d.created_at = k.created_at and d.slot = k.slot"
            "  and d.noise in ('none', 'duplicate', 'bot')"
            "  and d.noise <> k.noise",
        keys.params());
  }
}

void copy_analyses(Transaction& transaction, const Columns& keys, int64_t from,
                   int64_t to) {
  constexpr std::pair<const char*, const char*> kOwn[] = {
      {"mention", "model"},
      {"finding",
       "model, version, category, polarity, begin_byte, end_byte, rule,"
       " confidence, scope, counterpart"},
      {"comparison", "better, worse, category"},
      {"value", "kind, amount, unit, per, begin_byte, end_byte"}};
  if (keys.empty()) return;
  for (const auto& [table, own] : kOwn) {
    const std::string columns =
        std::string(
            "platform, post_id, created_at, ordinal, lang, noise,"
            " context_only, ") +
        own;
    transaction.run(
        std::string("insert into ") + table + " (slot, " + columns +
            ") select $5, " + columns + " from " + table +
            " join unnest($1::text[], $2::text[], $3::timestamptz[])"
            "  as k (platform, post_id, created_at)"
            "  using (platform, post_id, created_at) where slot = $4",
        keys.params(from, to));
  }
}

void drop_analyses(Transaction& transaction, const Columns& keys,
                   std::optional<int64_t> slot) {
  if (keys.empty()) return;
  for (const std::string table : kTables) {
    transaction.run(kPlaces + ("delete from " + table) +
                        " d using k"
                        " where d.platform = k.platform and d.post_id = k.id"
                        "  and d.created_at = k.created_at and d.slot = k.slot"
                        "  and ($4::smallint is null or d.slot = $4)",
                    keys.params(slot));
  }
}

}  // namespace grumble::store
