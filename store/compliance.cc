#include "store/compliance.h"

#include "store/erasure.h"
#include "store/lease.h"
#include "store/statement.h"

namespace grumble::store {
namespace {

constexpr const char* kColumns =
    "select name, job_id, state, after_id, last_id, posts, planned_at"
    " from compliance_job";

ComplianceJob job_at(const Rows& rows, size_t i) {
  return {rows.text(i, 0), rows.text(i, 1),    rows.text(i, 2), rows.text(i, 3),
          rows.text(i, 4), rows.integer(i, 5), rows.time(i, 6)};
}

/// The last id of the next `limit` that are kept, and how many they are.
constexpr const char* kReach =
    "select coalesce(max(post_id), ''), count(*) from ("
    " select k.post_id from post_key k join post p using"
    "  (platform, post_id, created_at)"
    " where k.platform = $1 and k.post_id > $2 and (p.title <> '' or p.text <> "
    "'')"
    " order by k.post_id limit $3) i";

}  // namespace

std::optional<ComplianceJob> open_compliance_job(Database& database,
                                                 const std::string& platform) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      std::string(kColumns) +
          " where platform = $1 and state in ('planned', 'created',"
          "  'uploaded') order by planned_at limit 1",
      Params(platform));
  if (rows.empty()) return std::nullopt;
  return job_at(rows, 0);
}

std::optional<ComplianceJob> plan_compliance_job(Database& database,
                                                 const std::string& platform,
                                                 int64_t limit) {
  Transaction transaction(database);
  transaction.run("lock table compliance_job in share row exclusive mode");
  const Rows last = transaction.run(
      "select last_id from compliance_job where platform = $1"
      " and state in ('applied', 'over') order by planned_at desc, last_id desc"
      " limit 1",
      Params(platform));
  const std::string after = last.empty() ? "" : last.text(0, 0);
  const Rows reach = transaction.run(kReach, Params(platform, after, limit));
  if (reach.integer(0, 1) == 0) {
    if (!after.empty()) {
      transaction.run(
          "insert into compliance_job (name, platform, state, after_id,"
          " last_id, posts) values ($1, $2, 'over', $3, '', 0)",
          Params("grumble-" + new_uuid(), platform, after));
      transaction.commit();
    }
    return std::nullopt;
  }
  const Rows rows = transaction.run(
      "insert into compliance_job (name, platform, state, after_id, last_id,"
      " posts) values ($1, $2, 'planned', $3, $4, $5)"
      " returning name, job_id, state, after_id, last_id, posts, planned_at",
      Params("grumble-" + new_uuid(), platform, after, reach.text(0, 0),
             reach.integer(0, 1)));
  ComplianceJob job = job_at(rows, 0);
  transaction.commit();
  return job;
}

std::string ids_of_job(Database& database, const std::string& platform,
                       const ComplianceJob& job) {
  constexpr int kAtOnce = 10'000;
  std::string lines;
  std::string after = job.after;
  for (;;) {
    const auto ids = kept_ids(database, platform, after, kAtOnce);
    for (const std::string& id : ids) {
      if (id > job.last) return lines;
      lines += id + '\n';
    }
    if (ids.empty()) return lines;
    after = ids.back();
  }
}

void note_compliance_job(Database& database, const std::string& name,
                         const std::string& state, const std::string& id) {
  Transaction transaction(database);
  transaction.run(
      "update compliance_job set state = $2, job_id = coalesce(nullif($3, ''),"
      " job_id), changed_at = now() where name = $1",
      Params(name, state, id));
  transaction.commit();
}

std::optional<domain::Timestamp> last_compliance_pass(
    Database& database, const std::string& platform) {
  Transaction transaction(database);
  return transaction
      .run(
          "select max(changed_at) from compliance_job where platform = $1"
          " and state = 'over'",
          Params(platform))
      .time_or_null(0, 0);
}

}  // namespace grumble::store
