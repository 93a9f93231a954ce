#pragma once

#include "store/database.h"
#include "tests/dashboards/expand.h"

namespace grumble::tests {

/// Lands invented posts of December 2024: 12 about Sora on each of its first
/// 20 days (on every day, 3 of them complain of the price and 1 of physics), 11
/// about Kling (2 complain of its watermark), one complaint that names no
/// model, one YouTube video and a comment on it. And a finished round of X.
void land_sample(store::Database& database);

/// All of the sample; the 20th of December; a year in which nobody wrote.
Range all_of_sample();
Range day_of_sample();
Range before_sample();

}  // namespace grumble::tests
