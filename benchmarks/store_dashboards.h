#pragma once

#include <string>
#include <vector>

#include "domain/timestamp.h"
#include "store/database.h"

namespace grumble::benchmarks {

/// What a dashboard asks when it is opened.
struct PanelQuestion {
  std::string title;  ///< "panel '...'" or "variable '...'"
  std::string sql;
};

/// Of the dashboards in dashboards/, with their own time range up to `end` and
/// every variable as it is at first. Throws std::runtime_error when a file is
/// no dashboard or its range is not one of whole days.
std::vector<PanelQuestion> panel_questions(store::Database& database,
                                           domain::Timestamp end);

}  // namespace grumble::benchmarks
