#include "collector/error_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace grumble::collector {
namespace {

using namespace std::chrono_literals;

const domain::Timestamp kNow = *domain::parse_timestamp("2026-03-02T12:00:00Z");

/// An answer that this row is about.
HttpResponse answer_for(const ErrorRow& row) {
  HttpResponse response;
  response.status = row.first_status == 0 ? 418 : row.first_status;
  response.headers = {{"date", "Mon, 02 Mar 2026 12:00:00 UTC"}};
  if (row.headers == Headers::limit) {
    response.headers.emplace_back("x-rate-limit-remaining", "0");
    response.headers.emplace_back("x-rate-limit-reset", "1772453490");  // 690 s
  }
  return response;
}

std::vector<std::string> reasons_for(const ErrorRow& row) {
  if (row.reason.empty()) return {};
  return {"some other word", std::string(row.reason)};
}

class EachRow : public testing::TestWithParam<ErrorRow> {};

TEST_P(EachRow, IsFoundAndSaysWhenToAskAgain) {
  const ErrorRow& row = GetParam();
  const HttpResponse response = answer_for(row);
  const ErrorRow& found = classify(row.source, response, reasons_for(row));
  EXPECT_EQ(found.meaning, row.meaning);
  EXPECT_EQ(found.reason, row.reason);
  EXPECT_EQ(found.action, row.action);
  const auto wait = not_before(found, response, kNow) - kNow;
  const auto patience = row.source == "x" ? 300s : 60s;
  switch (row.until) {
    case Until::soon:
      EXPECT_EQ(row.action, Action::retry);
      break;
    case Until::told:
      EXPECT_EQ(row.action, Action::wait);
      EXPECT_EQ(wait, row.headers == Headers::limit ? 690s : patience);
      break;
    case Until::patience:
      EXPECT_EQ(row.action, Action::wait);
      EXPECT_EQ(wait, patience);
      break;
    case Until::pacific_midnight:
      EXPECT_EQ(row.action, Action::stop_window);
      EXPECT_EQ(wait, 20h);
      break;
    case Until::next_month:
      EXPECT_EQ(row.action, Action::stop_window);
      EXPECT_EQ(kNow + wait, *domain::parse_timestamp("2026-04-01T00:00:00Z"));
      break;
    case Until::never:
      EXPECT_EQ(not_before(found, response, kNow), domain::Timestamp());
      EXPECT_NE(row.action, Action::wait);
      EXPECT_NE(row.action, Action::retry);
  }
}

std::string row_name(const testing::TestParamInfo<ErrorRow>& info) {
  const ErrorRow& row = info.param;
  std::string name =
      std::string(row.source) + "_" + std::to_string(row.first_status) + "_" +
      std::string(row.reason) + (row.headers == Headers::limit ? "_limit" : "");
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(ErrorTable, EachRow, testing::ValuesIn(error_rows()),
                         row_name);

TEST(ErrorTable, HasEveryWayToReact) {
  std::set<Action> actions;
  for (const ErrorRow& row : error_rows()) actions.insert(row.action);
  EXPECT_EQ(actions.size(), 7u);
}

// Catalogue: 25, 26, 27
TEST(ErrorTable, TellsTheKindsOf429Apart) {
  const auto react =
      [](std::vector<std::pair<std::string, std::string>> headers,
         const std::vector<std::string>& reasons) {
        const HttpResponse response{429, std::move(headers), ""};
        const ErrorRow& row = classify("x", response, reasons);
        return std::pair(row.action, not_before(row, response, kNow) - kNow);
      };
  const std::pair<std::string, std::string> reset = {"x-rate-limit-reset",
                                                     "1772453490"};
  using Reaction = std::pair<Action, std::chrono::milliseconds>;
  EXPECT_EQ(react({reset, {"x-rate-limit-remaining", "0"}}, {}),
            (Reaction{Action::wait, 690s}));
  EXPECT_EQ(react({}, {}), (Reaction{Action::wait, 300s}));
  EXPECT_EQ(react({reset, {"x-rate-limit-remaining", "800"}}, {}),
            (Reaction{Action::wait, 300s}));
  EXPECT_EQ(react({{"x-rate-limit-reset", "soon"}}, {}),
            (Reaction{Action::wait, 300s}));
  EXPECT_EQ(react({reset, {"x-rate-limit-remaining", "39999"}},
                  {"usage-capped", "UsageCapExceeded"})
                .first,
            Action::stop_window);
  EXPECT_EQ(react({}, {"streaming-connection"}).first, Action::wait);
}

// Catalogue: 31
TEST(ErrorTable, AnUnknownAnswerStopsTheSource) {
  for (const char* source : {"x", "youtube", "myspace"}) {
    for (const int status : {304, 403, 418, 451, 600, 999}) {
      EXPECT_EQ(classify(source, {status, {}, ""}, {"a new word"}).action,
                Action::stop_source)
          << source << ' ' << status;
    }
  }
}

}  // namespace
}  // namespace grumble::collector
