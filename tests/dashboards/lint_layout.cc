#include <set>

#include "tests/dashboards/lint.h"

// Panels: kinds, words, units, targets and their place on the grid.
namespace grumble::tests {
namespace {

namespace json = boost::json;

const std::set<std::string> kTypes = {"stat", "timeseries", "table", "bargauge",
                                      "text"};
const std::set<std::string> kUnits = {
    "none", "short", "percent",     "percentunit",    "s",
    "ms",   "bytes", "currencyUSD", "dateTimeFromNow"};
constexpr int64_t kColumns = 24;

struct Box {
  std::string place;
  int64_t x = 0, y = 0, w = 0, h = 0;

  bool touches(const Box& other) const {
    return x < other.x + other.w && other.x < x + w && y < other.y + other.h &&
           other.y < y + h;
  }
};

void lint_targets(const json::object& panel, const std::string& place,
                  Faults* faults) {
  const std::string type = text_of(panel, "type");
  const auto targets = objects_of(panel, "targets");
  if (targets.empty()) faults->push_back(place + ": no target");
  std::set<std::string> names;
  for (const auto& target : targets) {
    if (!names.insert(text_of(target, "refId")).second) {
      faults->push_back(place + ": refId twice");
    }
    if (!is_our_source(target)) {
      faults->push_back(place + ": target of another data source");
    }
    if (!flag_of(target, "rawQuery") || text_of(target, "rawSql").empty()) {
      faults->push_back(place + ": target without rawSql");
    }
    const std::string wanted = type == "timeseries" ? "time_series" : "table";
    if (text_of(target, "format") != wanted) {
      faults->push_back(place + ": format is not " + wanted);
    }
  }
}

void lint_panel(const json::object& panel, const std::string& place,
                Faults* faults) {
  const std::string type = text_of(panel, "type");
  if (!kTypes.contains(type)) {
    faults->push_back(place + ": panel type '" + type + "' is not allowed");
  }
  if (!text_of(panel, "title").ends_with("?")) {
    faults->push_back(place + ": the title is no question");
  }
  if (text_of(panel, "description").empty()) {
    faults->push_back(place + ": no description");
  }
  if (type == "text") return;
  if (!is_our_source(panel)) {
    faults->push_back(place + ": another data source");
  }
  const auto& defaults = object_of(object_of(panel, "fieldConfig"), "defaults");
  const std::string unit = text_of(defaults, "unit");
  if (unit.empty() ? type != "table" : !kUnits.contains(unit)) {
    faults->push_back(place + ": unit '" + unit + "'");
  }
  if (text_of(defaults, "noValue").empty()) {
    faults->push_back(place + ": no noValue text");
  }
  lint_targets(panel, place, faults);
}

}  // namespace

void lint_panels(const Dashboard& dashboard, Faults* faults) {
  std::set<int64_t> ids;
  std::vector<Box> boxes;
  const auto panels = objects_of(dashboard.json, "panels");
  if (panels.empty()) faults->push_back(dashboard.file + ": no panels");
  for (const auto& panel : panels) {
    const std::string place = place_of(dashboard, panel);
    const int64_t id = number_of(panel, "id", 0);
    if (id <= 0 || !ids.insert(id).second) {
      faults->push_back(place + ": id is not its own");
    }
    lint_panel(panel, place, faults);
    const auto& grid = object_of(panel, "gridPos");
    const Box box{place, number_of(grid, "x", -1), number_of(grid, "y", -1),
                  number_of(grid, "w", 0), number_of(grid, "h", 0)};
    if (box.x < 0 || box.y < 0 || box.w <= 0 || box.h <= 0 ||
        box.x + box.w > kColumns) {
      faults->push_back(place + ": outside the grid");
    }
    for (const auto& other : boxes) {
      if (box.touches(other)) {
        faults->push_back(place + ": lies over " + other.place);
      }
    }
    boxes.push_back(box);
  }
}

}  // namespace grumble::tests
