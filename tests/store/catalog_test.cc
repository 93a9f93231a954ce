#include <gtest/gtest.h>

#include <cstdlib>

#include "store/history.h"
#include "store/migrate.h"
#include "store/report_queries.h"
#include "store/ruleset.h"
#include "store/server_binaries.h"
#include "store/statement.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

TEST(Catalogue, ComesBackFromADump) {
  TestDatabase test;
  store::record_ruleset(test.database(), "rules-1", "text");
  std::vector<store::AnalysedPost> posts;
  for (int id = 0; id < 40; ++id) {
    posts.push_back(post(std::to_string(id)));
    posts.back().post.created_at += std::chrono::hours(24 * 2 * id);
    posts.back().analysis.models = {"Sora"};
    posts.back().analysis.findings = {finding("Sora", "price"),
                                      finding("Sora", "speed")};
  }
  posts[0].analysis.findings.push_back(finding("Sora", "hands"));
  store::land(test.database(), batch(posts));
  TestDatabase copy(TestDatabase::Schema::none);
  const std::string programs =
      store::find_server_binaries({}, test_cluster().data_directory()).string();
  const std::string command =
      programs + "/pg_dump '" + test.url() + "' | " + programs +
      "/psql --quiet --set ON_ERROR_STOP=1 '" + copy.url() + "' > /dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_TRUE(store::migrate(copy.database(), "schema").empty());
  EXPECT_EQ(copy.number("select count(*) from post"), 40);
  EXPECT_TRUE(store::verify_rollups(copy.database()).faults.empty());
  const auto cells = store::matrix(copy.database(), {}).cells;
  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells[1].posts, 40);
  copy.run("set grumble.rollups = 'always'");
  EXPECT_EQ(copy.number("select posts from report.share("
                        " categories => '{price,speed}')"),
            40)
      << "who says both counts once";
  // And goes on as before.
  const auto landed = store::land(copy.database(), batch(posts));
  EXPECT_EQ(landed.unchanged, 40);
  posts[0].post.key.id = "new";
  EXPECT_EQ(store::land(copy.database(), batch(posts)).inserted, 1);
  EXPECT_TRUE(store::verify_rollups(copy.database()).faults.empty());
}

}  // namespace
}  // namespace grumble::tests
