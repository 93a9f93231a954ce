// The checks of this folder must be able to fail: each is shown a fault.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dashboards/answer.h"
#include "tests/dashboards/dashboard.h"
#include "tests/dashboards/expand.h"
#include "tests/dashboards/lint.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

namespace json = boost::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

/// A change of the first dashboard, and the fault that it must be called.
struct Mutation {
  const char* pointer;
  json::value value;
  const char* fault;
};

TEST(Lint, CallsEveryFault) {
  const auto dashboards = read_dashboards("dashboards");
  ASSERT_FALSE(dashboards.empty());
  const auto sql = [&](const char* text) { return json::value(text); };
  const std::vector<Mutation> mutations = {
      {"/schemaVersion", 41, "schemaVersion is not 42"},
      {"/id", 7, "id is not null"},
      {"/title", "", "no title"},
      {"/weekStart", "sunday", "weekStart"},
      {"/editable", true, "editable is not false"},
      {"/time/to", "now", "does not end on a whole day"},
      {"/templating/list/0/refresh", 1, "refresh is not 2"},
      {"/templating/list/0/multi", false, "not 'All' or many"},
      {"/templating/list/0/name", "unused", "no query uses variable"},
      {"/templating/list/0/datasource/uid", "other", "another data source"},
      {"/panels/0/type", "piechart", "is not allowed"},
      {"/panels/0/id", 2, "id is not its own"},
      {"/panels/0/title", "Posts", "is no question"},
      {"/panels/0/description", "", "no description"},
      {"/panels/0/datasource/uid", "other", "another data source"},
      {"/panels/0/fieldConfig/defaults/unit", "percents", "unit 'percents'"},
      {"/panels/0/fieldConfig/defaults/noValue", "", "no noValue"},
      {"/panels/0/gridPos/w", 9, "lies over"},
      {"/panels/0/gridPos/w", 25, "outside the grid"},
      {"/panels/0/targets", json::array(), "no target"},
      {"/panels/5/targets/0/format", "table", "format is not time_series"},
      {"/panels/0/targets/0/rawSql", sql("SELECT 1 FROM report.post -- all"),
       "'--' in the SQL"},
      {"/panels/0/targets/0/rawSql", sql("SELECT 1 FROM report.post;"),
       "';' in the SQL"},
      {"/panels/0/targets/0/rawSql", sql("SELECT 1 FROM public.post"),
       "reads 'public.post'"},
      {"/panels/0/targets/0/rawSql", sql("SELECT 1"), "nothing of report"},
      {"/panels/0/targets/0/rawSql",
       sql("SELECT 1 FROM report.post WHERE $__timeFilter(coalesce(a, b))"),
       "parentheses within a macro"},
      {"/panels/0/targets/0/rawSql",
       sql("SELECT $__timeGroup(created_at,'1d') FROM report.post"),
       "cuts days in UTC"},
      {"/panels/0/targets/0/rawSql",
       sql("SELECT 1 FROM report.post WHERE lang = $bucket"), "is not quoted"},
      {"/panels/0/targets/0/rawSql",
       sql("SELECT 1 FROM report.mention WHERE model IN ('$model')"),
       "is quoted twice"},
      {"/panels/3/fieldConfig/defaults/links/0/url", "/d/nowhere",
       "no dashboard 'nowhere'"},
      {"/panels/3/fieldConfig/defaults/links/0/url",
       "/d/grumble-overview?viewPanel=70", "no panel 70"},
      {"/panels/3/fieldConfig/defaults/links/0/url", "/d/grumble-overview",
       "loses variable 'site'"},
      {"/panels/3/fieldConfig/defaults/links/0/url", "/d/grumble-overview",
       "loses the time"},
      {"/panels/3/fieldConfig/defaults/links/0/url",
       "/d/grumble-overview?var-colour=red", "sets no variable 'colour'"},
      {"/panels/3/fieldConfig/defaults/links/0/url", "javascript:alert(1)",
       "links to 'javascript:"},
      {"/panels/3/fieldConfig/defaults/links/0/url", "https://x.com.example/",
       "links to 'https://x.com.example/'"},
      {"/panels/3/fieldConfig/defaults/links/0/url",
       "https://x.com/i/web/status/${__data.fields.Post}", "holds no id"},
  };
  for (const auto& mutation : mutations) {
    json::value changed = dashboards.front().json;
    json::error_code error;
    json::value* place = changed.find_pointer(mutation.pointer, error);
    ASSERT_NE(place, nullptr) << mutation.pointer;
    *place = mutation.value;
    EXPECT_THAT(lint({{"changed.json", changed.get_object()}}),
                Contains(HasSubstr(mutation.fault)))
        << mutation.pointer;
  }
}

TEST(Lint, WantsAnIdEncodedInLinksOut) {
  auto dashboards = read_dashboards("dashboards");
  json::value changed = dashboards.front().json;
  int links = 0;
  for (auto& override :
       changed.at_pointer("/panels/6/fieldConfig/overrides").as_array()) {
    for (auto& property : override.at("properties").as_array()) {
      if (property.at("id") != "links") continue;
      property.at("value").at(0).as_object()["url"] =
          "https://x.com/i/web/status/${__data.fields.Post:percentencode}";
      ++links;
    }
  }
  ASSERT_GT(links, 0);
  EXPECT_THAT(lint({{"changed.json", changed.get_object()}}),
              Contains(HasSubstr("no encoded id")));
}

TEST(Lint, RefusesTwoDashboardsOfOneUid) {
  const auto dashboards = read_dashboards("dashboards");
  EXPECT_THAT(lint({dashboards.front(), dashboards.front()}),
              Contains(HasSubstr("uid is another's too")));
}

TEST(Expand, DoesAsGrafana) {
  const Range range{"2024-12-01T00:00:00Z", "2024-12-02T00:00:00Z"};
  EXPECT_EQ(
      expand("a IN ($m) AND b = '${s}' AND c > $__timeFrom()", range,
             {{"m", {true, {"x", "o'y"}}}, {"s", {false, {"o'z"}}}}, "UTC"),
      "a IN ('x','o''y') AND b = 'o''z' AND c > '2024-12-01T00:00:00Z'");
  EXPECT_EQ(
      expand("$__timeFilter(t) AND '$__timezone'", range, {}, "Asia/Tokyo"),
      "t BETWEEN '2024-12-01T00:00:00Z' AND '2024-12-02T00:00:00Z'"
      " AND 'Asia/Tokyo'");
  EXPECT_EQ(expand("array[$m]", range, {{"m", {true, {}}}}, "UTC"), "array[]");
  EXPECT_THROW(expand("$nobody", range, {}, "UTC"), std::invalid_argument);
  EXPECT_THROW(expand("$__nothing(t)", range, {}, "UTC"),
               std::invalid_argument);
}

TEST(Faults, AreCalledByName) {
  TestDatabase database;
  Reader reader(database.url());
  const auto faults = [&](Shape shape, const char* sql) {
    return faults_of(reader.ask(sql), shape);
  };
  const auto series = Shape::time_series;
  EXPECT_THAT(faults(series, "select now() as time, 1 as rate"), IsEmpty());
  EXPECT_THAT(faults(series, "select now() as at, 1 as rate"),
              Contains("no column 'time'"));
  EXPECT_THAT(faults(series, "select now()::text as time, 1 as rate"),
              Contains("column 'time' is no timestamptz"));
  EXPECT_THAT(faults(series, "select null::timestamptz as time, 1 as rate"),
              Contains("column 'time' is null"));
  EXPECT_THAT(faults(series,
                     "select now() - i * interval '1 day' as time, i as rate"
                     " from generate_series(1, 2) i"),
              Contains("column 'time' does not ascend"));
  EXPECT_THAT(faults(series, "select now() as time, 'x' as rate"),
              Contains("no column holds numbers"));
  EXPECT_THAT(faults(series, "select now() as time, 'x' as model, 1 as rate"),
              Contains(HasSubstr("not in a column 'metric'")));
  EXPECT_THAT(faults(Shape::table, "select 1 as a, 2 as a"),
              Contains("two columns are named 'a'"));
  EXPECT_THAT(faults(Shape::table, "select interval '1 day' as span"),
              Contains(HasSubstr("arrives as text")));
  EXPECT_THAT(faults(Shape::table, "select nothing"),
              Contains(HasSubstr("does not exist")));
  Answer slow = reader.ask("select 1 as n");
  slow.seconds = 2.5;
  EXPECT_THAT(faults_of(slow, Shape::table), Contains(HasSubstr("it took")));
  EXPECT_THAT(faults(Shape::variable, "select 1 as n"),
              Contains("column 'n' is no text"));
  EXPECT_THAT(faults(Shape::annotation, "select now() as time"),
              Contains("no column 'text'"));
}

}  // namespace
}  // namespace grumble::tests
