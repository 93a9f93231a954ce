#include "store/compliance.h"

#include "store/lease.h"
#include "store/statement.h"

namespace grumble::store {
namespace {

constexpr const char* kColumns =
    "about, name, job_id, state, after_id, last_id, ids, planned_at";

const char* word_for(Kept about) {
  return about == Kept::posts ? "posts" : "authors";
}

ComplianceJob job_at(const Rows& rows, size_t i) {
  return {rows.text(i, 0) == "posts" ? Kept::posts : Kept::authors,
          rows.text(i, 1),
          rows.text(i, 2),
          rows.text(i, 3),
          rows.text(i, 4),
          rows.text(i, 5),
          rows.integer(i, 6),
          rows.time(i, 7)};
}

/// The column `id`: up to $3 behind $2 of the site $1.
std::string kept(Kept about) {
  return about == Kept::posts
             ? "select k.post_id as id from post_key k join post p using"
               "  (platform, post_id, created_at)"
               " where k.platform = $1 and k.post_id > $2"
               "  and (p.title <> '' or p.text <> '') order by 1 limit $3"
             : "select author_id as id from author"
               " where platform = $1 and author_id > $2"
               " union select author_id from post"
               " where platform = $1 and author_id > $2"
               "  and (title <> '' or text <> '') order by 1 limit $3";
}

}  // namespace

std::vector<std::string> kept_ids(Database& database,
                                  const std::string& platform, Kept about,
                                  const std::string& after, int64_t limit) {
  Transaction transaction(database);
  const Rows rows =
      transaction.run(kept(about), Params(platform, after, limit));
  std::vector<std::string> ids;
  for (size_t i = 0; i < rows.size(); ++i) ids.push_back(rows.text(i, 0));
  return ids;
}

std::optional<ComplianceJob> open_compliance_job(Database& database,
                                                 const std::string& platform,
                                                 Kept about) {
  Transaction transaction(database);
  const Rows rows = transaction.run(
      std::string("select ") + kColumns +
          " from compliance_job where platform = $1 and about = $2"
          " and state in ('planned', 'created', 'uploaded')"
          " order by planned_at limit 1",
      Params(platform, word_for(about)));
  if (rows.empty()) return std::nullopt;
  return job_at(rows, 0);
}

std::optional<ComplianceJob> plan_compliance_job(Database& database,
                                                 const std::string& platform,
                                                 Kept about, int64_t limit) {
  Transaction transaction(database);
  transaction.run("lock table compliance_job in share row exclusive mode");
  const Rows last = transaction.run(
      "select last_id from compliance_job where platform = $1 and about = $2"
      " and state in ('applied', 'over') order by planned_at desc, last_id desc"
      " limit 1",
      Params(platform, word_for(about)));
  const std::string after = last.empty() ? "" : last.text(0, 0);
  const Rows reach = transaction.run(
      "select coalesce(max(id), ''), count(*) from (" + kept(about) + ") i",
      Params(platform, after, limit));
  const bool over = reach.integer(0, 1) == 0;
  // Who keeps nothing has no pass to end.
  if (over && after.empty()) return std::nullopt;
  const Rows rows = transaction.run(
      std::string("insert into compliance_job"
                  " (about, name, platform, state, after_id, last_id, ids)"
                  " values ($1, $2, $3, $4, $5, $6, $7) returning ") +
          kColumns,
      Params(word_for(about), "grumble-" + new_uuid(), platform,
             over ? "over" : "planned", after, reach.text(0, 0),
             reach.integer(0, 1)));
  ComplianceJob job = job_at(rows, 0);
  transaction.commit();
  if (over) return std::nullopt;
  return job;
}

std::string ids_of_job(Database& database, const std::string& platform,
                       const ComplianceJob& job) {
  constexpr int64_t kAtOnce = 100'000;
  std::string lines;
  std::string after = job.after;
  for (;;) {
    const auto ids = kept_ids(database, platform, job.about, after, kAtOnce);
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
    Database& database, const std::string& platform, Kept about) {
  Transaction transaction(database);
  return transaction
      .run(
          "select max(changed_at) from compliance_job where platform = $1"
          " and about = $2 and state = 'over'",
          Params(platform, word_for(about)))
      .time_or_null(0, 0);
}

}  // namespace grumble::store
