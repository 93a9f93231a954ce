#include "store/placement.h"

#include <array>

#include "store/statement.h"

namespace grumble::store {
namespace {

constexpr std::array kTables = {
    // What belongs to one post. The key comes first: the others join it.
    PlacedTable{"post_key", Placement::distributed},
    PlacedTable{"post", Placement::distributed},
    PlacedTable{"mention", Placement::distributed},
    PlacedTable{"finding", Placement::distributed},
    PlacedTable{"comparison", Placement::distributed},
    PlacedTable{"value", Placement::distributed},
    // Roll-ups belong to no post, and a landing adds to many of them: where
    // all of them lie on one machine, most questions are answered by it alone.
    PlacedTable{"cell", Placement::local},
    PlacedTable{"rollup", Placement::local},
    PlacedTable{"rollup_dirty", Placement::local},
    PlacedTable{"together", Placement::local},
    PlacedTable{"author", Placement::reference},
    // What is looked for otherwise than by a post's id, or before it is stored.
    PlacedTable{"erased", Placement::local},
    PlacedTable{"kept_from", Placement::local},
    PlacedTable{"post_edit", Placement::local},
    PlacedTable{"post_print", Placement::local},
    // What collecting and re-analysis are at: few rows, one writer.
    PlacedTable{"author_naming", Placement::local},
    PlacedTable{"breaker", Placement::local},
    PlacedTable{"budget", Placement::local},
    PlacedTable{"budget_stop", Placement::local},
    PlacedTable{"compliance_job", Placement::local},
    PlacedTable{"gap", Placement::local},
    PlacedTable{"history", Placement::local},
    PlacedTable{"lease", Placement::local},
    PlacedTable{"ledger", Placement::local},
    PlacedTable{"print_due", Placement::local},
    PlacedTable{"raw_page", Placement::local},
    PlacedTable{"reanalysis", Placement::local},
    PlacedTable{"reanalysis_due", Placement::local},
    PlacedTable{"refresh", Placement::local},
    PlacedTable{"reject", Placement::local},
    PlacedTable{"round", Placement::local},
    PlacedTable{"ruleset", Placement::local},
    PlacedTable{"schema_migration", Placement::local},
    PlacedTable{"walk", Placement::local},
};

void require_citus(Database& database) {
  Transaction transaction(database);
  if (transaction
          .run("select from pg_available_extensions where name = 'citus'"
               " and current_setting('shared_preload_libraries') ~ 'citus'")
          .empty()) {
    throw NotDistributable(
        "this PostgreSQL has no Citus extension: install it on every machine, "
        "put 'citus' first into shared_preload_libraries, and restart");
  }
  transaction.run("create extension if not exists citus");
  if (transaction.run("select from pg_dist_node where isactive").empty()) {
    throw NotDistributable(
        "Citus knows no machine: name them by citus_set_coordinator_host() "
        "and citus_add_node()");
  }
  transaction.commit();
}

/// Whether it was done now.
bool place(Database& database, const PlacedTable& one) {
  Transaction transaction(database);
  const Params table{one.table};
  if (!transaction
           .run("select from pg_dist_partition where logicalrelid = "
                "$1::regclass",
                table)
           .empty()) {
    return false;
  }
  if (one.placement == Placement::reference) {
    transaction.run("select create_reference_table($1::regclass)", table);
  } else {
    const auto& first = kTables.front().table;
    transaction.run(
        "select create_distributed_table($1::regclass, $2,"
        " colocate_with => $3)",
        Params(one.table, kSpreadBy, one.table == first ? "none" : first));
  }
  transaction.commit();
  return true;
}

/// Who updates posts on several machines has them to himself there, shard by
/// shard.
constexpr const char* kLockPosts = R"sql(
create or replace function lock_posts(platforms text[], ids text[])
returns void
language plpgsql
set plan_cache_mode = force_custom_plan as $$
begin
  with i as materialized (
    select distinct platform, post_id
    from unnest(platforms, ids) as u (platform, post_id)
  )
  update post_key k set created_at = k.created_at
  from i
  where k.platform = i.platform and k.post_id = i.post_id;
end
$$
)sql";

/// What the machines compute by themselves must be known to all of them.
void share_functions(Database& database) {
  Transaction transaction(database);
  transaction.run(
      "select create_distributed_function(p.oid::regprocedure)"
      " from pg_proc p"
      " where p.pronamespace in ('public'::regnamespace, "
      "'report'::regnamespace)"
      "  and p.provolatile = 'i' and not exists (select from pg_depend d"
      "   where d.objid = p.oid and d.classid = 'pg_proc'::regclass"
      "    and d.deptype = 'e')");
  transaction.commit();
}

}  // namespace

std::span<const PlacedTable> placed_tables() { return kTables; }

bool has_citus(Database& database) {
  return !Transaction(database)
              .run("select from pg_extension where extname = 'citus'")
              .empty();
}

void distribute(Database& database,
                const std::function<void(const std::string&)>& say) {
  require_citus(database);
  run_alone(database, kLockPosts);
  share_functions(database);
  for (const PlacedTable& one : kTables) {
    const std::string table(one.table);
    if (one.placement == Placement::local) {
      say(table + ": stays on the coordinator");
      continue;
    }
    const std::string where = one.placement == Placement::reference
                                  ? "on every machine"
                                  : "spread by " + std::string(kSpreadBy);
    say(table + ": " + (place(database, one) ? "now " : "already ") + where);
  }
}

}  // namespace grumble::store
