#pragma once

#include <string>

#include "store/report_queries.h"

namespace grumble::app {

/// What was left out as noise, and for what: "12 as noise (8 promo, 4 bot)".
/// The terminal and the page write it the same way.
std::string noise_text(const store::Totals& totals);

}  // namespace grumble::app
