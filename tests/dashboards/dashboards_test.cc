// Every dashboard of dashboards/: as a file, and as what PostgreSQL answers to
// its queries when the dashboards' role asks. No Grafana runs here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/dashboards/answer.h"
#include "tests/dashboards/dashboard.h"
#include "tests/dashboards/expand.h"
#include "tests/dashboards/lint.h"
#include "tests/dashboards/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kRole[] = "grumble_dashboard";
const std::vector<std::string> kZones = {"UTC", "Europe/Berlin",
                                         "America/Los_Angeles"};

using Choices = std::map<std::string, Choice>;

class Dashboards : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = new TestDatabase();
    land_sample(database_->database());
    reader_ = new Reader(database_->url_as(kRole));
    dashboards_ = read_dashboards("dashboards");
  }
  static void TearDownTestSuite() {
    delete reader_;
    delete database_;
  }

  /// What the variable offers in this range, as Grafana would list it.
  static std::vector<std::string> options(const Variable& variable,
                                          const Range& range) {
    std::vector<std::string> names;
    const Answer answer = reader_->ask(expand(variable.sql, range, {}, "UTC"));
    for (const auto& row : answer.rows) names.push_back(row.back().value());
    return names;
  }

  /// In turn: 'All', one value, and a value that nobody expects; custom
  /// variables go through their options.
  static Choices choices(const Dashboard& dashboard, const Range& range,
                         size_t turn) {
    Choices result;
    for (const auto& variable : variables_of(dashboard)) {
      Choice& choice = result[variable.name];
      choice.multi = variable.multi;
      if (variable.type == "custom") {
        choice.values = {variable.options[turn % variable.options.size()]};
        continue;
      }
      choice.values = options(variable, range);
      if (turn % 3 == 1 && choice.values.size() > 1) choice.values.resize(1);
      if (turn % 3 == 2) choice.values = {R"(O'Nobody \ ")"};
    }
    return result;
  }

  static size_t turns(const Dashboard& dashboard) {
    size_t count = 3;
    for (const auto& variable : variables_of(dashboard)) {
      count = std::max(count, variable.options.size());
    }
    return count;
  }

  /// The answer of a panel, with all filters open but those of `changed`.
  static Answer ask_panel(const std::string& title, const Range& range,
                          const std::map<std::string, std::string>& changed,
                          const std::string& zone = "UTC") {
    for (const auto& dashboard : dashboards_) {
      Choices chosen = choices(dashboard, range, 0);
      for (const auto& [name, value] : changed) chosen[name].values = {value};
      for (const auto& query : queries_of(dashboard)) {
        if (query.where.find("'" + title + "'") == std::string::npos) continue;
        return reader_->ask(expand(query.sql, range, chosen, zone));
      }
    }
    Answer none;
    none.error = "no panel '" + title + "'";
    return none;
  }

  static TestDatabase* database_;
  static Reader* reader_;
  static std::vector<Dashboard> dashboards_;
};

TestDatabase* Dashboards::database_ = nullptr;
Reader* Dashboards::reader_ = nullptr;
std::vector<Dashboard> Dashboards::dashboards_;

TEST_F(Dashboards, AreWellFormed) {
  ASSERT_FALSE(dashboards_.empty());
  EXPECT_THAT(lint(dashboards_), IsEmpty());
}

TEST_F(Dashboards, EveryQueryAnswersWhatGrafanaCanDraw) {
  size_t asked = 0;
  for (const auto& dashboard : dashboards_) {
    for (const auto& range :
         {all_of_sample(), day_of_sample(), before_sample()}) {
      for (size_t turn = 0; turn < turns(dashboard); ++turn) {
        const Choices chosen = choices(dashboard, range, turn);
        for (const auto& query : queries_of(dashboard)) {
          const std::string sql =
              expand(query.sql, range, chosen, kZones[turn % kZones.size()]);
          EXPECT_THAT(faults_of(reader_->ask(sql), query.shape), IsEmpty())
              << query.where << " from " << range.from << ":\n"
              << sql;
          ++asked;
        }
      }
    }
  }
  EXPECT_GE(asked, 90u);
}

TEST_F(Dashboards, EveryQueryFindsTheSample) {
  for (const auto& dashboard : dashboards_) {
    const Choices chosen = choices(dashboard, all_of_sample(), 0);
    for (const auto& query : queries_of(dashboard)) {
      const Answer answer = reader_->ask(
          expand(query.sql, all_of_sample(), chosen, "Europe/Berlin"));
      EXPECT_FALSE(answer.rows.empty()) << query.where << answer.error;
    }
  }
}

TEST_F(Dashboards, TheRoleReadsReportAndNothingElse) {
  for (const auto* table : {"post", "finding", "author", "ledger", "reject"}) {
    EXPECT_THAT(
        reader_->ask(std::string("select * from public.") + table).error,
        HasSubstr("permission denied"));
  }
  for (const auto* sql :
       {"delete from report.post", "create temporary table t (i int)"}) {
    EXPECT_THAT(reader_->ask(sql).error, Not(IsEmpty())) << sql;
  }
}

TEST_F(Dashboards, TheMatrixIsComplaintsForAHundredPosts) {
  const Answer answer = ask_panel("Which complaints, about which model?",
                                  all_of_sample(), {{"min_posts", "1"}});
  std::map<std::string, std::string> cells;
  for (const auto& row : answer.rows) {
    cells[row[0].value() + " " + row[1].value()] = row[2].value();
  }
  // 60 of Sora's 242 posts, 20 of them, 2 of Kling's 11.
  EXPECT_EQ(cells["price Sora"], "24.79") << answer.error;
  EXPECT_EQ(cells["physics Sora"], "8.26");
  EXPECT_EQ(cells["watermark Kling"], "18.18");
  EXPECT_EQ(cells["price Kling"], "0");
  EXPECT_EQ(cells.size(), 8u) << "four categories, two models";
  EXPECT_EQ(answer.rows[0][0], "price") << "most complaints first";
  EXPECT_EQ(answer.rows[0][1], "Sora") << "most posts first";
  EXPECT_EQ(answer.rows[1][1], "Kling");
}

TEST_F(Dashboards, TheMatrixLeavesOutModelsOfFewPosts) {
  const Answer answer = ask_panel("Which complaints, about which model?",
                                  all_of_sample(), {{"min_posts", "30"}});
  ASSERT_FALSE(answer.rows.empty()) << answer.error;
  for (const auto& row : answer.rows) EXPECT_EQ(row[1], "Sora");
}

TEST_F(Dashboards, TheTrendShowsTheLastWholeDay) {
  const Answer whole =
      ask_panel("Is it changing?", day_of_sample(),
                {{"bucket", "day"}, {"min_posts", "5"}, {"model", "Sora"}});
  ASSERT_EQ(whole.rows.size(), 1u) << whole.error;
  EXPECT_EQ(whole.rows[0][0], "2024-12-20 00:00:00+00");
  EXPECT_EQ(whole.rows[0][1], "Sora");
  EXPECT_EQ(whole.rows[0][2], "33.33");
  const Answer cut = ask_panel("Is it changing?",
                               {"2024-12-20T00:00:00Z", "2024-12-20T12:00:00Z"},
                               {{"bucket", "day"}, {"min_posts", "1"}});
  EXPECT_THAT(cut.rows, IsEmpty()) << cut.error;
}

TEST_F(Dashboards, TheTrendsDaysBeginInTheReadersZone) {
  const Answer answer =
      ask_panel("Is it changing?", all_of_sample(),
                {{"bucket", "day"}, {"min_posts", "1"}, {"model", "Sora"}},
                "Europe/Berlin");
  ASSERT_FALSE(answer.rows.empty()) << answer.error;
  for (const auto& row : answer.rows) {
    EXPECT_THAT(row[0].value(), HasSubstr(" 23:00:00+00"));
  }
}

TEST_F(Dashboards, EvidenceQuotesTheWordsAndLinksById) {
  const Range range = all_of_sample();
  const Answer comment =
      ask_panel("Which posts say so?", range, {{"category", "speed"}});
  ASSERT_EQ(comment.rows.size(), 1u) << comment.error;
  const auto& row = comment.rows[0];
  EXPECT_EQ(row[3], "takes an hour");
  EXPECT_EQ(row[4], "the queue takes an hour");
  EXPECT_EQ(row[6], std::nullopt);
  EXPECT_EQ(row[7], "video-1");
  EXPECT_EQ(row[8], "comment-1");
  const Answer nameless =
      ask_panel("Which posts say so?", range, {{"model", "(no model)"}});
  ASSERT_EQ(nameless.rows.size(), 1u) << nameless.error;
  EXPECT_EQ(nameless.rows[0][1], "(no model)");
  EXPECT_EQ(nameless.rows[0][6], "3000000");
}

std::string contents(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Provisioning, SourceFolderAndComposeAgree) {
  const auto source =
      contents("dashboards/provisioning/datasources/postgres.yaml");
  const auto provider =
      contents("dashboards/provisioning/dashboards/grumble.yaml");
  const auto compose = contents("docker-compose.yml");
  EXPECT_THAT(source, AllOf(HasSubstr("uid: grumble-pg\n"),
                            HasSubstr("type: grafana-postgresql-datasource\n"),
                            HasSubstr("user: grumble_dashboard\n"),
                            HasSubstr("$__file{/run/secrets/")));
  EXPECT_THAT(provider, HasSubstr("path: /etc/grumble/dashboards\n"));
  EXPECT_THAT(compose,
              AllOf(HasSubstr("./dashboards:/etc/grumble/dashboards:ro"),
                    HasSubstr("/etc/grumble/dashboards/overview.json"),
                    HasSubstr("dashboard_password")));
}

}  // namespace
}  // namespace grumble::tests
