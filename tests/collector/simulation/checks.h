#pragma once

#include <string>

#include "tests/collector/simulation/instance.h"

namespace grumble::collector::simulation {

/// I3, I5, I7 and I11, which hold at every instant. Empty when they do.
std::string check_always(const Model& model, const Site& site,
                         const Settings& settings);

/// I1, I2, I6 and I8, once everything that can be had has been had.
std::string check_at_end(const Model& model, const Site& site,
                         const Settings& settings, int64_t excused);

}  // namespace grumble::collector::simulation
