#include "store/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "analyzer/analyzer.h"
#include "app/pipeline.h"
#include "collector/importers/importer.h"
#include "store/erasure.h"
#include "store/history.h"
#include "store/report_queries.h"
#include "store/statement.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::ExportLevel;

/// A small invented world: a video with comments, posts that answer each
/// other, in several months and languages.
constexpr const char* kWorld = R"(
{"platform":"youtube","id":"zzz","kind":"video","title":"Sora review","text":"Hands on","created_at":"2024-12-09T10:00:00Z","observed_at":"2024-12-20T00:00:00Z","author":{"id":"c1","handle":"ch","name":"Channel"},"metrics":{"likes":10,"views":5000}}
{"platform":"youtube","id":"Ugw1","kind":"comment","text":"20 dollars a month is a rip-off, and the watermark stays","created_at":"2024-12-10T10:00:00Z","observed_at":"2024-12-20T00:00:00Z","conversation_id":"zzz","author":{"id":"c2","handle":"v","name":"Viewer"},"metrics":{"likes":3}}
{"platform":"x","id":"1001","text":"Sora is too expensive, Kling is cheaper than Sora","lang":"en","created_at":"2024-11-30T23:59:59.500Z","observed_at":"2024-12-20T00:00:00Z","author":{"id":"u1","handle":"a","name":"A \"q\" \\ \u0007","followers":7},"metrics":{"likes":1,"quotes":2},"edited_at":"2024-12-01T00:10:00Z"}
{"platform":"x","id":"1002","text":"yes, and the price is a joke 😀","lang":"en","created_at":"2024-12-01T08:00:00Z","observed_at":"2024-12-20T00:00:00Z","author":{"id":"u2"},"references":[{"kind":"reply","id":"1001"}],"conversation_id":"1001"}
{"platform":"x","id":"1003","text":"可灵太贵了","lang":"zh","created_at":"2025-01-05T08:00:00Z","observed_at":"2025-01-06T00:00:00Z","context_only":true}
{"platform":"x","id":"1004","text":"Use my code for 50% off Sora! link in bio #ad #sora","lang":"en","created_at":"2025-01-05T09:00:00Z","observed_at":"2025-01-06T00:00:00Z","author":{"id":"u3"}}
)";

/// Everything but the clocks and the names of our own.
constexpr const char* kContent = R"(
select string_agg(line, E'\n' order by line) from (
  select 'post ' || (to_jsonb(p) - array['first_seen_at', 'ruleset_id',
    'analysis_digest'])::text as line from post p
  union all select 'mention ' || m::text from mention m
  union all select 'finding ' || f::text from finding f
  union all select 'comparison ' || c::text from comparison c
  union all select 'value ' || v::text from value v
  union all select 'author ' || (to_jsonb(a) - 'observed_at')::text
    from author a) l)";

class Export : public testing::Test {
 protected:
  Export() { import_text(test_, kWorld); }

  static std::map<std::string, int64_t> import_text(
      TestDatabase& database, const std::string& text,
      store::AuthorMode authors = store::AuthorMode::shown) {
    const TemporaryDirectory files;
    const auto file = files.path() / "posts.ndjson";
    std::ofstream(file, std::ios::binary) << text;
    static const analyzer::Analyzer analyzer{std::filesystem::path("rules")};
    app::Config config;
    config.rules_dir = "rules";
    config.authors = authors;
    app::Pipeline pipeline(database.database(), analyzer, config);
    collector::Importer importer(file);
    while (const auto page = importer.next()) {
      EXPECT_TRUE(page->page.rejects.empty())
          << page->page.rejects.front().reason;
      pipeline.import("import", *page);
    }
    return importer.others();
  }

  static std::string exported(TestDatabase& database, ExportLevel level,
                              const store::ExportFilter& filter = {}) {
    std::string all;
    store::export_posts(
        database.database(), level, filter,
        [&](std::string_view line) { all.append(line) += '\n'; });
    return all;
  }

  static std::string content(TestDatabase& database) {
    store::tend_history(database.database());
    EXPECT_TRUE(store::verify_rollups(database.database()).faults.empty());
    return database.text(kContent);
  }

  TestDatabase test_;
};

TEST_F(Export, WithTextsIsAllThatThereIs) {
  const std::string file = exported(test_, ExportLevel::texts);
  TestDatabase copy;
  import_text(copy, file);
  EXPECT_EQ(content(copy), content(test_));
  EXPECT_EQ(exported(copy, ExportLevel::texts), file) << "byte for byte";
  import_text(copy, file);
  EXPECT_EQ(copy.number("select count(*) from post"), 6) << "twice is once";
}

TEST_F(Export, WithFindingsIsWhatIsLeftWhenTheTextsAreGone) {
  const std::string file = exported(test_, ExportLevel::findings);
  for (const char* secret :
       {"too expensive", "rip-off", "Viewer", "u1", "Sora review"}) {
    EXPECT_EQ(file.find(secret), std::string::npos) << secret;
  }
  TestDatabase copy;
  import_text(copy, file);
  // The same posts after their term is over.
  test_.run(
      "update post set observed_at = '2000-01-01',"
      " first_seen_at = '2000-01-01'");
  for (const char* site : {"x", "youtube"}) {
    store::clear_expired(test_.database(), site, std::chrono::hours(1));
  }
  test_.run("delete from author");
  // Nobody remembers when and how they were seen.
  const std::string forget =
      "update post set observed_at = 'epoch', site_lang = '', edited_at = null,"
      " queries = '{}'";
  test_.run(forget);
  copy.run(forget);
  EXPECT_EQ(content(copy), content(test_));
  EXPECT_EQ(exported(copy, ExportLevel::findings), file);
  const auto before = store::matrix(test_.database(), {});
  const auto after = store::matrix(copy.database(), {});
  ASSERT_EQ(after.cells.size(), before.cells.size());
  EXPECT_GE(after.cells.size(), 2u);
  for (size_t i = 0; i < after.cells.size(); ++i) {
    EXPECT_EQ(after.cells[i].category, before.cells[i].category);
    EXPECT_EQ(after.cells[i].posts, before.cells[i].posts);
    EXPECT_EQ(after.cells[i].rate, before.cells[i].rate);
  }
}

TEST_F(Export, FindingsNeverOverwriteATextThatIsThere) {
  const std::string file = exported(test_, ExportLevel::findings);
  const std::string before = content(test_);
  import_text(test_, file);
  EXPECT_EQ(content(test_), before);
  TestDatabase copy;
  import_text(copy, file);
  import_text(copy, exported(test_, ExportLevel::texts));
  EXPECT_EQ(content(copy), before) << "and texts fill what came without";
}

TEST_F(Export, APseudonymIsAnAuthorLikeAnyOtherElsewhere) {
  constexpr auto kKeyed = store::AuthorMode::keyed;
  TestDatabase keyed;
  import_text(keyed, kWorld, kKeyed);
  TestDatabase copy;
  import_text(copy, exported(keyed, ExportLevel::texts), kKeyed);
  const std::string authors =
      "select string_agg(n::text, ' ' order by n) from (select count(*) as n"
      " from post where author_id <> '' group by author_id) a";
  EXPECT_EQ(copy.text(authors), test_.text(authors));
  TestDatabase moved;
  import_text(moved, exported(keyed, ExportLevel::texts));
  moved.run("delete from author");  // of which the pseudonyms are all
  EXPECT_EQ(content(moved), content(keyed)) << "shown is what is told";
}

TEST_F(Export, IdsAreIdsAndNothingElse) {
  store::erase_posts(test_.database(), {{"x", "1002"}}, "deleted");
  store::ExportFilter of_x;
  of_x.platforms = {"x"};
  EXPECT_EQ(exported(test_, ExportLevel::ids, of_x),
            "{\"platform\" : \"x\", \"id\" : \"1001\"}\n"
            "{\"platform\" : \"x\", \"id\" : \"1003\"}\n"
            "{\"platform\" : \"x\", \"id\" : \"1004\"}\n")
      << "what was taken back is not passed on";
  store::ExportFilter december;
  december.since = domain::parse_timestamp("2024-12-01T00:00:00Z");
  december.until = domain::parse_timestamp("2025-01-01T00:00:00Z");
  const std::string file = exported(test_, ExportLevel::ids, december);
  EXPECT_EQ(std::count(file.begin(), file.end(), '\n'), 2);
  TestDatabase copy;
  EXPECT_EQ(import_text(copy, file).at("id"), 2);
  EXPECT_EQ(copy.number("select count(*) from post"), 0);
}

}  // namespace
}  // namespace grumble::tests
