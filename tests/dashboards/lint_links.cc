#include <algorithm>
#include <regex>
#include <set>

#include "tests/dashboards/lint.h"

// Links: inside, to a panel that exists, with every variable and the time kept;
// outside, to X and YouTube only, built of nothing but ids.
namespace grumble::tests {
namespace {

namespace json = boost::json;

/// Columns that hold a site's own ids.
const std::set<std::string> kIdColumns = {"X post", "Video", "Comment"};

struct Link {
  std::string place;
  std::string column;  ///< of an override; empty for a panel's default
  std::string url;
};

void add_links(const json::value* list, const std::string& place,
               const std::string& column, std::vector<Link>* links) {
  if (list == nullptr || !list->is_array()) return;
  for (const auto& entry : list->get_array()) {
    if (!entry.is_object()) continue;
    links->push_back({place, column, text_of(entry.get_object(), "url")});
  }
}

std::vector<Link> links_of(const Dashboard& dashboard) {
  std::vector<Link> links;
  add_links(find(dashboard.json, "links"), dashboard.file, "", &links);
  for (const auto& panel : objects_of(dashboard.json, "panels")) {
    const std::string place = place_of(dashboard, panel);
    const auto& config = object_of(panel, "fieldConfig");
    add_links(find(panel, "links"), place, "", &links);
    add_links(find(object_of(config, "defaults"), "links"), place, "", &links);
    for (const auto& override : objects_of(config, "overrides")) {
      const std::string column =
          text_of(object_of(override, "matcher"), "options");
      for (const auto& property : objects_of(override, "properties")) {
        if (text_of(property, "id") != "links") continue;
        add_links(find(property, "value"), place, column, &links);
      }
    }
  }
  return links;
}

bool shows_panel(const Dashboard& dashboard, const std::string& id) {
  const auto panels = objects_of(dashboard.json, "panels");
  return std::any_of(panels.begin(), panels.end(), [&](const auto& panel) {
    return std::to_string(number_of(panel, "id", 0)) == id;
  });
}

void lint_inside(const Link& link, const std::string& uid,
                 const std::vector<Dashboard>& dashboards, Faults* faults) {
  const auto target = std::find_if(
      dashboards.begin(), dashboards.end(), [&](const Dashboard& dashboard) {
        return text_of(dashboard.json, "uid") == uid;
      });
  if (target == dashboards.end()) {
    faults->push_back(link.place + ": links to no dashboard '" + uid + "'");
    return;
  }
  std::smatch panel;
  if (std::regex_search(link.url, panel, std::regex("viewPanel=(\\w+)")) &&
      !shows_panel(*target, panel[1])) {
    faults->push_back(link.place + ": links to no panel " + panel.str(1));
  }
  std::set<std::string> known;
  for (const auto& variable : variables_of(*target)) {
    known.insert(variable.name);
    if (link.url.find("var-" + variable.name + "=") == std::string::npos &&
        link.url.find("${" + variable.name + ":queryparam}") ==
            std::string::npos) {
      faults->push_back(link.place + ": a link loses variable '" +
                        variable.name + "'");
    }
  }
  static const std::regex given("var-(\\w+)=");
  for (std::sregex_iterator i(link.url.begin(), link.url.end(), given), end;
       i != end; ++i) {
    if (known.contains((*i)[1])) continue;
    faults->push_back(link.place + ": a link sets no variable '" +
                      (*i)[1].str() + "'");
  }
  if (link.url.find("${__url_time_range}") == std::string::npos) {
    faults->push_back(link.place + ": a link loses the time");
  }
}

void lint_outside(const Link& link, Faults* faults) {
  static const std::regex sites(
      R"(https://(x\.com/i/web/status/|www\.youtube\.com/watch\?v=)\$\{.*)");
  if (!std::regex_match(link.url, sites)) {
    faults->push_back(link.place + ": links to '" + link.url + "'");
    return;
  }
  if (!kIdColumns.contains(link.column)) {
    faults->push_back(link.place + ": a link out of column '" + link.column +
                      "', which holds no id");
  }
  static const std::regex used(R"(\$\{([^}]*)\})");
  for (std::sregex_iterator i(link.url.begin(), link.url.end(), used), end;
       i != end; ++i) {
    const std::string value = (*i)[1];
    static const std::string kField = "__data.fields.";
    const std::string name = value.substr(0, value.find(':'));
    const bool id = name == "__value.raw" ||
                    (name.starts_with(kField) &&
                     kIdColumns.contains(name.substr(kField.size())));
    if (!id || !value.ends_with(":percentencode")) {
      faults->push_back(link.place + ": a link out holds '" + value +
                        "', no encoded id");
    }
  }
}

}  // namespace

void lint_links(const Dashboard& dashboard,
                const std::vector<Dashboard>& dashboards, Faults* faults) {
  static const std::regex inside(R"(/d/([\w-]+)(\?.*)?)");
  for (const auto& link : links_of(dashboard)) {
    std::smatch match;
    if (std::regex_match(link.url, match, inside)) {
      lint_inside(link, match[1], dashboards, faults);
    } else {
      lint_outside(link, faults);
    }
  }
}

}  // namespace grumble::tests
