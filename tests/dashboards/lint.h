#pragma once

#include <string>
#include <vector>

#include "tests/dashboards/dashboard.h"

namespace grumble::tests {

/// What is wrong with the dashboards as files, one line a fault with its place;
/// empty when all is well. Links are followed among `dashboards`.
std::vector<std::string> lint(const std::vector<Dashboard>& dashboards);

/// The parts of it.
using Faults = std::vector<std::string>;
void lint_settings(const Dashboard& dashboard, Faults* faults);
void lint_panels(const Dashboard& dashboard, Faults* faults);
void lint_links(const Dashboard& dashboard,
                const std::vector<Dashboard>& dashboards, Faults* faults);
void lint_sql(const Dashboard& dashboard, Faults* faults);

/// True for our data source.
bool is_our_source(const boost::json::object& holder);

}  // namespace grumble::tests
