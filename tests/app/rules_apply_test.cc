// Changed rules, from the files to what is shown.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "app/pipeline.h"
#include "app/reanalysis_run.h"
#include "app/rule_sets.h"
#include "app/rules_impact.h"
#include "store/reanalysis.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "tests/app/program.h"
#include "tests/support/test_database.h"

namespace grumble::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string one_post(const std::string& id, const std::string& text,
                     const std::string& platform = "x") {
  return R"({"id":")" + id + R"(","platform":")" + platform + R"(","text":")" +
         text + R"(","created_at":"2024-12-10T08:00:00Z"})" + "\n";
}

/// A database with posts, and a copy of the shipped rules.
class RulesApply : public testing::Test {
 protected:
  RulesApply() {
    fs::copy("rules", rules());
    std::ofstream(config())
        << "rules_dir = \"" << rules().string() << "\"\n"
        << "[database]\nurl = \"" << database_.url() << "\"\n";
  }

  fs::path rules() const { return directory_.path() / "rules"; }
  fs::path config() const { return directory_.path() / "grumble.toml"; }
  void change_rules() { fs::remove(rules() / "availability.toml"); }

  Outcome grumble(std::vector<std::string> arguments,
                  const std::string& input = "") {
    arguments.insert(arguments.begin(), {"--config", config()});
    return run("grumble", arguments, input);
  }
  void import(const std::string& lines) {
    const auto outcome = grumble({"import", "-"}, lines);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    last_note_ = outcome.err;
  }
  int64_t complaints(const std::string& category) {
    return database_.number(
        "select count(*) from report.finding where polarity = 'complaint'"
        " and category = '" +
        category + "'");
  }

  TemporaryDirectory directory_;
  tests::TestDatabase database_;
  std::string last_note_;
};

TEST_F(RulesApply, SaysWhatWouldChangeAsksAndApplies) {
  import(one_post("1", "Sora is not available in Germany") +
         one_post("2", "Sora is too expensive"));
  EXPECT_THAT(last_note_, IsEmpty());
  EXPECT_EQ(complaints("availability"), 1);
  change_rules();
  import(one_post("3", "Sora is not available in France"));
  EXPECT_THAT(last_note_, HasSubstr("grumble rules apply"));
  EXPECT_EQ(complaints("availability"), 2) << "as the shown rules read it";

  const auto asked = grumble({"rules", "apply", "-o", "csv"});
  ASSERT_EQ(asked.status, 0) << asked.err;
  EXPECT_THAT(asked.out, HasSubstr("category,availability,2,0,0,2,0,2,0,0"));
  EXPECT_THAT(asked.out, HasSubstr("model,Sora,3,1,0,2,0,2,0,0"));
  EXPECT_THAT(asked.out, Not(HasSubstr("category,price")));
  EXPECT_THAT(asked.out, HasSubstr("nothing is applied"));
  EXPECT_THAT(asked.err, HasSubstr("2 of the 3 posts looked at would change"));
  EXPECT_EQ(complaints("availability"), 2);

  const auto applied = grumble({"rules", "apply", "--yes"});
  ASSERT_EQ(applied.status, 0) << applied.err;
  EXPECT_THAT(applied.out, HasSubstr("applied"));
  EXPECT_EQ(complaints("availability"), 0);
  EXPECT_EQ(complaints("price"), 1);
  EXPECT_EQ(grumble({"db", "verify"}).status, 0);
  EXPECT_THAT(grumble({"rules", "apply"}).out,
              HasSubstr("are the ones that are shown"));
  import(one_post("4", "Sora is not available in Italy"));
  EXPECT_THAT(last_note_, IsEmpty());
  EXPECT_EQ(complaints("availability"), 0);
}

TEST_F(RulesApply, GoesOnAfterAnInterruptionAndCanBeAbandoned) {
  import(one_post("1", "Sora is not available in Germany"));
  change_rules();
  EXPECT_EQ(grumble({"rules", "apply"}).status, 0);
  const std::string coming =
      database_.text("select version from ruleset where activated_at is null");
  store::begin_reanalysis(database_.database(), coming);
  EXPECT_THAT(grumble({"rules", "apply", "--status", "-o", "json"}).out,
              HasSubstr(coming));
  import(one_post("2", "Sora is not available in France"));
  EXPECT_THAT(last_note_, HasSubstr("not finished"));
  {
    // It waits in the middle of a transaction when the signal comes.
    store::Database other(database_.url());
    store::Transaction lock(other);
    lock.run("select from reanalysis for update");
    Background program("grumble", {"--config", config(), "rules", "apply"},
                       directory_.path() / "log");
    while (database_.number(
               "select count(*) from pg_locks where not granted") == 0) {
      ASSERT_TRUE(program.running());
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    program.signal(SIGINT);
    lock.commit();
    EXPECT_EQ(program.wait(), 130);
  }
  EXPECT_EQ(complaints("availability"), 2) << "as before";
  std::ofstream(rules() / "price.toml", std::ios::app) << "# changed\n";
  const auto others = grumble({"rules", "apply", "--yes"});
  EXPECT_EQ(others.status, 1);
  EXPECT_THAT(others.err, HasSubstr("--abandon"));
  const auto abandoned = grumble({"rules", "apply", "--abandon"});
  EXPECT_THAT(abandoned.out, HasSubstr("abandoned"));
  EXPECT_FALSE(store::reanalysis(database_.database()));
  fs::copy_file("rules/price.toml", rules() / "price.toml",
                fs::copy_options::overwrite_existing);
  store::begin_reanalysis(database_.database(), coming);
  EXPECT_EQ(grumble({"rules", "apply"}).status, 0) << "agreed to before";
  EXPECT_EQ(complaints("availability"), 0);
  EXPECT_EQ(grumble({"db", "verify"}).status, 0);
}

TEST_F(RulesApply, APipelineFollowsWhatIsShown) {
  store::Database& database = database_.database();
  const analyzer::Analyzer old(rules());
  app::Config settings;
  settings.rules_dir = rules();
  app::Pipeline pipeline(database, old, settings);
  const auto land = [&](const std::string& id, const std::string& text) {
    collector::ImportPage page;
    domain::Post& post = page.page.posts.emplace_back();
    post.key = {"x", id};
    post.text = text;
    post.lang = "en";
    pipeline.import("test", page);
  };
  land("1", "Sora is not available in Germany");
  change_rules();
  const analyzer::Analyzer changed(rules());
  store::record_ruleset(database, changed.version(), app::rule_text(rules()));
  store::begin_reanalysis(database, changed.version());
  land("2", "Sora is not available in France");
  EXPECT_EQ(complaints("availability"), 2);
  EXPECT_TRUE(app::run_reanalysis(database,
                                  [&](const auto&, const domain::Text& text) {
                                    return changed.analyze(text);
                                  },
                                  {}));
  EXPECT_EQ(complaints("availability"), 0);
  land("3", "Sora is not available in Italy, and too expensive");
  EXPECT_EQ(complaints("availability"), 0);
  EXPECT_EQ(complaints("price"), 1) << "read by the text in the database";
  // A program that starts with the old files now says so, and reads as shown.
  fs::copy("rules/availability.toml", rules() / "availability.toml");
  app::Pipeline later(database, old, settings);
  EXPECT_THAT(later.notice(), HasSubstr("grumble rules apply"));
  EXPECT_EQ(store::current_ruleset(database)->version, changed.version());
}

TEST_F(RulesApply, ASiteMayBeLeftUnread) {
  import(one_post("1", "Sora is too expensive"));
  import(one_post("2", "Sora is too expensive", "youtube"));
  EXPECT_EQ(complaints("price"), 2);
  std::ofstream(config(), std::ios::app)
      << "[source.youtube]\nfindings = false\n";
  import(one_post("3", "Sora is too expensive", "youtube"));
  EXPECT_EQ(complaints("price"), 2) << "kept, and not read";
  EXPECT_EQ(database_.number("select count(*) from post"), 3);
  EXPECT_EQ(grumble({"rules", "apply", "--again", "--yes"}).status, 0);
  EXPECT_EQ(complaints("price"), 1) << "and what was read is emptied";
  EXPECT_EQ(database_.number("select count(*) from finding f"
                             " where f.platform = 'youtube' and f.slot ="
                             " (select slot from history)"),
            0);
  EXPECT_EQ(grumble({"db", "verify"}).status, 0);
}

TEST_F(RulesApply, APipelineLandsAgainWhatMetAnother) {
  const analyzer::Analyzer analyzer(rules());
  app::Config settings;
  settings.rules_dir = rules();
  app::Pipeline pipeline(database_.database(), analyzer, settings);
  int calls = 0;
  const auto fails = [&](const char* sqlstate, int times) {
    calls = 0;
    pipeline.land({}, [&, times](const store::Batch&) {
      if (++calls <= times) throw store::DatabaseError("refused", sqlstate);
      return store::Landed();
    });
  };
  fails("40P01", 2);
  EXPECT_EQ(calls, 3);
  EXPECT_THROW(fails("40P01", 1000), store::DatabaseError);
  EXPECT_LT(calls, 20) << "somebody has to be told";
  EXPECT_THROW(fails("23505", 1), store::DatabaseError);
  EXPECT_EQ(calls, 1);
}

TEST_F(RulesApply, RulesThatNobodyCanReadByAreReplaced) {
  store::Database& database = database_.database();
  store::record_ruleset(database, "of another version", "# a.toml\nx = ?\n");
  import(one_post("1", "Sora is too expensive"));
  EXPECT_THAT(last_note_, HasSubstr("cannot read by the rules"));
  EXPECT_EQ(complaints("price"), 1);
  EXPECT_NE(store::current_ruleset(database)->version, "of another version");
}

TEST(RulesImpact, CountsPostsAndFindings) {
  const auto finding = [](const std::string& model,
                          const std::string& category) {
    domain::Finding result;
    result.model = model;
    result.category = category;
    result.rule = category + ".x";
    return result;
  };
  app::RulesImpact impact;
  domain::Analysis before;
  before.findings = {finding("Sora", "price"), finding("Sora", "speed")};
  domain::Analysis after;
  after.findings = {finding("Sora", "price"), finding("Kling", "speed")};
  after.noise = domain::Noise::promo;
  impact.add(before, after);
  impact.add(before, before);
  EXPECT_EQ(impact.posts(), 2);
  EXPECT_EQ(impact.changed(), 1);
  const auto rows = impact.records().rows;
  const auto row = [](const std::string& by, const std::string& name,
                      std::vector<int64_t> counts) {
    std::vector<app::Cell> cells{by, name};
    for (const int64_t count : counts) cells.emplace_back(count);
    return cells;
  };
  EXPECT_THAT(rows, testing::UnorderedElementsAre(
                        row("all", "", {2, 2, 0, 0, 1, 1, 0, 0}),
                        row("category", "speed", {2, 2, 0, 0, 1, 1, 0, 0}),
                        row("model", "Kling", {0, 1, 1, 0, 1, 0, 0, 0}),
                        row("model", "Sora", {2, 2, 0, 0, 0, 1, 0, 0}),
                        row("noise", "promo", {0, 1, 1, 0, 0, 0, 0, 0})));
}

}  // namespace
}  // namespace grumble::test
