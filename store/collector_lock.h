#pragma once

#include "store/database.h"

namespace grumble::store {

/// Lets one program at a time collect into a database. The lock belongs to the
/// connection and ends with it, however its program ends. False when another
/// connection holds it.
bool try_collector_lock(Database& database);

}  // namespace grumble::store
