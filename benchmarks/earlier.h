#pragma once

#include <cstdint>

#include "store/database.h"

namespace grumble::benchmarks {

/// Fills a database whose schema stands at `version` with so many invented
/// posts over so many days, with findings, walks, gaps and bills, as the
/// program of that time left them. The same on every machine. The connection is
/// the owner's.
void fill_version(store::Database& database, int version, int64_t posts,
                  int days);

}  // namespace grumble::benchmarks
