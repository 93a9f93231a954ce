#include "store/reanalysis.h"

#include <map>

#include "store/statement.h"
#include "tests/store/reanalysis_fixture.h"

namespace grumble::tests {
namespace {

using store::Database;

TEST_F(Reanalysis, ShowsTheOldUntilAllIsRead) {
  land(database(), kOld, posts_of(0, 200));
  const std::string before = contents(test_);
  store::begin_reanalysis(database(), name_of(kNew));
  int steps = 0;
  while (store::read_some(database(), reads_by(kNew), 37)) {
    if (++steps % 3 != 0) continue;
    expect_exact("step " + std::to_string(steps));
    EXPECT_EQ(contents(test_), before);
  }
  EXPECT_GT(steps, 5);
  EXPECT_EQ(store::reanalysis(database())->done, 200);
  EXPECT_EQ(store::current_ruleset(database())->version, name_of(kOld));
  EXPECT_TRUE(store::show_reanalysis(database(), reads_by(kNew), 0));
  EXPECT_EQ(store::current_ruleset(database())->version, name_of(kNew));
  const std::string after = contents(test_);
  EXPECT_NE(after, before);
  EXPECT_TRUE(store::reanalysis(database())->clearing);
  clear(database());
  EXPECT_FALSE(store::reanalysis(database()));
  EXPECT_EQ(contents(test_), after);
  for (const std::string table : {"mention", "rollup", "rollup_dirty"}) {
    EXPECT_EQ(test_.number("select count(*) from " + table +
                           " where slot <> (select slot from history)"),
              0)
        << table;
  }
  expect_as_if_landed({posts_of(0, 200)});
  EXPECT_EQ(test_.text("select files from ruleset where version = 'rules-1'"),
            "old");
}

TEST_F(Reanalysis, ReadsTheNewestFirst) {
  land(database(), kOld, posts_of(0, 90));
  store::begin_reanalysis(database(), name_of(kNew));
  store::read_some(database(), reads_by(kNew), 30);
  EXPECT_EQ(test_.number("select count(*) from mention where slot = 1"
                         " and ordinal = 0"),
            30);
  EXPECT_EQ(test_.text("select read.first >= rest.last"
                       " from (select min(created_at) as first"
                       "  from mention where slot = 1) read,"
                       " (select max(p.created_at) as last from post p"
                       "  where not exists (select from mention m"
                       "  where m.slot = 1 and m.post_id = p.post_id)) rest"),
            "t");
}

TEST_F(Reanalysis, AbandonedItLeavesNoTrace) {
  land(database(), kOld, posts_of(0, 100));
  const std::string before = contents(test_);
  store::begin_reanalysis(database(), name_of(kNew));
  EXPECT_THROW(store::begin_reanalysis(database(), name_of(kNew)),
               std::logic_error);
  store::read_some(database(), reads_by(kNew), 60);
  store::abandon_reanalysis(database());
  EXPECT_FALSE(store::read_some(database(), reads_by(kNew), 60));
  // Changed while half of it is cleared.
  store::clear_some(database());
  land(database(), kOld, posts_of(0, 100, 1));
  clear(database());
  EXPECT_EQ(test_.number("select count(*) from rollup where slot = 1"), 0);
  expect_exact("abandoned");
  EXPECT_EQ(store::current_ruleset(database())->version, name_of(kOld));
  EXPECT_NE(contents(test_), before) << "the landing is seen";
  store::begin_reanalysis(database(), name_of(kNew));
  finish(database());
  expect_as_if_landed({posts_of(0, 100), posts_of(0, 100, 1)});
}

TEST_F(Reanalysis, ThereAndBackAgain) {
  land(database(), kOld, posts_of(0, 100));
  const std::string before = contents(test_);
  store::begin_reanalysis(database(), name_of(kNew));
  finish(database());
  clear(database());
  store::begin_reanalysis(database(), name_of(kOld));
  while (store::read_some(database(), reads_by(kOld), 37)) {
  }
  EXPECT_TRUE(store::show_reanalysis(database(), reads_by(kOld), 0));
  clear(database());
  EXPECT_EQ(contents(test_), before);
  EXPECT_EQ(test_.number("select slot from history"), 0);
  expect_exact("back again");
}

TEST_F(Reanalysis, RefusesWhatOldRulesRead) {
  land(database(), kOld, posts_of(0, 10));
  store::begin_reanalysis(database(), name_of(kNew));
  finish(database());
  EXPECT_THROW(land(database(), kOld, posts_of(5, 15)), store::RulesetChanged);
  EXPECT_EQ(land(database(), kNew, posts_of(5, 15)).inserted, 5);
  // Landing all of it again changes nothing any more, after a first time.
  land(database(), kNew, posts_of(0, 15));
  EXPECT_EQ(land(database(), kNew, posts_of(0, 15)).unchanged, 15);
  expect_as_if_landed({posts_of(0, 15)});
}

TEST_F(Reanalysis, AnEditThatReadsLikeTheOldRulesIsReadAnew) {
  auto post = tests::post("1", "text one");
  store::land(database(), batch({post}));
  store::begin_reanalysis(database(), name_of(kNew));
  const store::ReadText complains = [](const auto&, const auto&) {
    domain::Analysis analysis;
    analysis.lang = "en";
    analysis.findings = {finding("Sora", "price")};
    return analysis;
  };
  while (store::read_some(database(), complains, 10)) {
  }
  ASSERT_TRUE(store::show_reanalysis(database(), complains, 0));
  EXPECT_EQ(test_.number("select count(*) from report.finding"), 1);
  // Nothing is found in it now, as the old rules had found nothing.
  post.post.text = "text two";
  post.post.observed_at += std::chrono::hours(1);
  auto page = batch({post});
  page.ruleset = name_of(kNew);
  EXPECT_EQ(store::land(database(), page).updated, 1);
  EXPECT_EQ(test_.number("select count(*) from report.finding"), 0);
  expect_exact("after the edit");
}

TEST_F(Reanalysis, ParentsNameWhatTheNewRulesSeeInThem) {
  auto root = tests::post("1", "all about Luma");
  root.analysis.models = {"Luma"};
  auto reply = tests::post("2", "it is dear");
  reply.post.references = {{domain::ReferenceKind::reply, "1"}};
  reply.post.created_at += std::chrono::hours(1);
  reply.analysis.models = {"Luma"};
  auto second = tests::post("3", "so dear");
  second.post.references = {{domain::ReferenceKind::reply, "2"}};
  second.post.created_at += std::chrono::hours(2);
  store::land(database(), batch({root, reply, second}));
  std::map<std::string, std::vector<std::string>> around;
  const store::ReadText sees_sora = [&](const auto&, const domain::Text& text) {
    if (!text.context.empty()) around[text.text] = text.context[0].models;
    domain::Analysis analysis;
    if (text.text == "all about Luma") analysis.models = {"Sora"};
    return analysis;
  };
  store::begin_reanalysis(database(), name_of(kNew));
  while (store::read_some(database(), sees_sora, 1)) {
  }
  EXPECT_EQ(around["it is dear"], std::vector<std::string>{"Sora"});
  EXPECT_EQ(around["so dear"], std::vector<std::string>{"Luma"})
      << "its parent's own text names none";
}

TEST_F(Reanalysis, ClearsNothingThatSomebodyStillLooksAt) {
  land(database(), kOld, posts_of(0, 30));
  Database reader(test_.url());
  std::optional<store::Transaction> looking(std::in_place, reader);
  looking->run("set transaction isolation level repeatable read");
  const auto posts = [&] {
    return looking->run("select count(*) from report.post").integer(0, 0);
  };
  EXPECT_EQ(posts(), 30);
  store::begin_reanalysis(database(), name_of(kNew));
  finish(database());
  EXPECT_EQ(posts(), 30);
  try {
    store::clear_some(database());
    ADD_FAILURE() << "cleared under a reader's feet";
  } catch (const store::DatabaseError& error) {
    EXPECT_EQ(error.sqlstate(), "55P03");
  }
  EXPECT_EQ(posts(), 30);
  looking.reset();
  clear(database());
}

TEST_F(Reanalysis, SeesOthersLand) {
  EXPECT_FALSE(store::others_land(database()));
  Database other(test_.url());
  store::Transaction landing(other);
  landing.run(
      "select pg_advisory_xact_lock_shared("
      "hashtextextended('grumble history', 0))");
  EXPECT_TRUE(store::others_land(database()));
}

TEST_F(Reanalysis, AnAdoptedRuleSetLeavesAMixture) {
  EXPECT_FALSE(store::mixed_rulesets(database()));
  land(database(), kOld, posts_of(0, 30));
  store::adopt_ruleset(database(), name_of(kNew));
  EXPECT_TRUE(store::mixed_rulesets(database()));
  land(database(), kNew, posts_of(30, 60));
  expect_exact("mixed");
  store::begin_reanalysis(database(), name_of(kNew));
  finish(database());
  EXPECT_FALSE(store::mixed_rulesets(database()));
  expect_as_if_landed({posts_of(0, 60)});
}

}  // namespace
}  // namespace grumble::tests
