#include "store/placement.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "store/erasure.h"
#include "store/history.h"
#include "store/landing.h"
#include "store/migrate.h"
#include "store/report_queries.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::Placement;

std::vector<std::string> tables(Placement placement) {
  std::vector<std::string> names;
  for (const auto& one : store::placed_tables()) {
    if (one.placement == placement) names.emplace_back(one.table);
  }
  return names;
}

/// What Citus would refuse. $1 distributed, $2 reference, $3 local tables;
/// $4 what spreads.
constexpr char kRefused[] = R"sql(
with named as (
  select name, kind from unnest($1::text[]) n (name), (values ('spread')) k (kind)
  union all
  select name, 'copied' from unnest($2::text[]) n (name)
  union all
  select name, 'local' from unnest($3::text[]) n (name)
), ours as (
  select c.oid, c.relname, c.relkind, c.relispartition, c.relrowsecurity,
         n.kind
  from pg_class c
  left join named n on n.name = c.relname
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
), spread as (
  select o.*, a.attnum, a.atttypid, a.attcollation, a.attgenerated
  from ours o
  left join pg_attribute a on a.attrelid = o.oid and a.attname = $4
  where o.kind = 'spread'
)
select string_agg(line, '; ' order by line) from (
  select relname || ' is placed nowhere' as line from ours
  where kind is null and not relispartition
  union all
  select n.name || ' is no table' from named n
  where n.name not in (select relname from ours where not relispartition)
  union all
  select relname || ' is a partition with partitions' from ours
  where relispartition and relkind = 'p'
  union all
  select relname || ' has not what spreads' from spread
  where attnum is null or attgenerated <> ''
  union all
  select s.relname || ' would lie apart'
  from spread s join spread f on f.relname = ($1::text[])[1]
  where (s.atttypid, s.attcollation)
    is distinct from (f.atttypid, f.attcollation)
  union all
  select relname || ' has a unique ' || i.indexrelid::regclass
  from spread s
  join pg_index i on i.indrelid = s.oid
  where (i.indisunique or i.indisexclusion)
    and not s.attnum = any (i.indkey)
  union all
  select o.relname || ' has a key of ' || p.relname
  from pg_constraint f
  join ours o on o.oid = f.conrelid
  join ours p on p.oid = f.confrelid
  where f.contype = 'f' and (o.kind <> 'local' or p.kind <> 'local')
  union all
  select o.relname || ' has a trigger' from ours o
  join pg_trigger t on t.tgrelid = o.oid and not t.tgisinternal
  where o.kind <> 'local'
  union all
  select o.relname || ' has a policy or a rule' from ours o
  where o.kind <> 'local'
    and (o.relrowsecurity
         or exists (select from pg_rewrite r where r.ev_class = o.oid))
  union all
  select o.relname || ' numbers rows' from ours o
  join pg_attribute a on a.attrelid = o.oid
  left join pg_attrdef d on d.adrelid = o.oid and d.adnum = a.attnum
  where o.kind <> 'local' and a.attnum > 0
    and (a.attidentity <> ''
         or pg_get_expr(d.adbin, d.adrelid) like 'nextval%')
) refused
)sql";

std::string refused(store::Transaction& transaction) {
  return transaction
      .run(kRefused, store::Params(tables(Placement::distributed),
                                   tables(Placement::reference),
                                   tables(Placement::local), store::kSpreadBy))
      .text_or_null(0, 0)
      .value_or("");
}

TEST(Placement, IsWhatCitusTakes) {
  if (on_citus()) GTEST_SKIP() << "it has taken it";
  TestDatabase test;
  store::Transaction transaction(test.database());
  EXPECT_EQ(refused(transaction), "");
}

TEST(Placement, NoticesWhatCitusRefuses) {
  if (on_citus()) GTEST_SKIP() << "Citus notices first";
  const std::pair<const char*, const char*> cases[] = {
      {"create table novel (n int)", "novel is placed nowhere"},
      {"drop table kept_from", "kept_from is no table"},
      {"create table mention_2 partition of mention for values from (2, "
       "minvalue) to (2, maxvalue) partition by range (created_at)",
       "mention_2 is a partition with partitions"},
      {"alter table comparison rename post_id to id",
       "comparison has not what spreads"},
      {"alter table post_key alter post_id type bigint using 1",
       "post would lie apart"},
      {"create unique index one_a_time on post_key (created_at)",
       "post_key has a unique one_a_time"},
      {"alter table author add n int references walk",
       "author has a key of walk"},
      {"create trigger t before update on author for each row"
       " execute function suppress_redundant_updates_trigger()",
       "author has a trigger"},
      {"alter table author enable row level security",
       "author has a policy or a rule"},
      {"alter table author add n int generated always as identity",
       "author numbers rows"},
  };
  TestDatabase test;
  for (const auto& [change, line] : cases) {
    store::Transaction transaction(test.database());
    transaction.run(change);
    const std::string found = refused(transaction);
    EXPECT_NE(found.find(line), std::string::npos) << change << ": " << found;
  }
}

TEST(Placement, WithoutCitusSaysWhatToDo) {
  if (on_citus()) GTEST_SKIP() << "this PostgreSQL has Citus";
  TestDatabase test;
  EXPECT_FALSE(store::has_citus(test.database()));
  std::vector<std::string> said;
  try {
    store::distribute(test.database(),
                      [&](const std::string& line) { said.push_back(line); });
    ADD_FAILURE() << "nothing was refused";
  } catch (const store::NotDistributable& error) {
    EXPECT_NE(std::string(error.what()).find("shared_preload_libraries"),
              std::string::npos);
  }
  EXPECT_TRUE(said.empty());
}

/// An empty database of a Citus cluster of several machines, for this test
/// alone. The other tests do on one machine what GRUMBLE_CITUS says.
TEST(Placement, SpreadsAndCountsOnCitus) {
  const char* url = std::getenv("GRUMBLE_TEST_CITUS_URL");
  if (url == nullptr) {
    GTEST_SKIP() << "GRUMBLE_TEST_CITUS_URL names no Citus cluster";
  }
  store::Database database(url);
  store::migrate(database, "schema");
  std::vector<std::string> said;
  const auto say = [&](const std::string& line) { said.push_back(line); };
  store::record_ruleset(database, "rules-1", "text");
  std::vector<store::AnalysedPost> posts;
  for (int id = 0; id < 40; ++id) {
    posts.push_back(post(std::to_string(id)));
    posts.back().post.created_at += std::chrono::hours(24 * 2 * id);
    posts.back().analysis.models = {"Sora"};
    posts.back().analysis.findings = {finding("Sora", "price")};
  }
  EXPECT_EQ(store::land(database, batch(posts)).inserted, 40);
  store::distribute(database, say);
  EXPECT_EQ(said.size(), store::placed_tables().size());
  store::distribute(database, say);
  EXPECT_EQ(said.back(), said[store::placed_tables().size() - 1]);
  for (auto& one : posts) {
    one.post.text += ", again";
    one.post.observed_at += std::chrono::hours(1);
  }
  posts.push_back(post("new"));
  posts.back().analysis = posts.front().analysis;
  const auto landed = store::land(database, batch(posts));
  EXPECT_EQ(landed.inserted, 1);
  EXPECT_EQ(landed.updated, 40);
  EXPECT_EQ(store::erase_posts(database, {posts[3].post.key}, "deleted"), 1);
  EXPECT_TRUE(store::verify_rollups(database).faults.empty());
  const auto cells = store::matrix(database, {}).cells;
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0].posts, 41);
  EXPECT_EQ(store::posts(database, {}, store::Order::engagement).size(), 41U);
}

}  // namespace
}  // namespace grumble::tests
