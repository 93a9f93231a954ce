#pragma once

#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "store/database.h"

// Where the tables live when the database spans machines, by Citus.
namespace grumble::store {

enum class Placement {
  distributed,  ///< spread by the hash of kSpreadBy, a post's rows together
  reference,    ///< whole on every machine
  local,        ///< on the coordinator alone
};

struct PlacedTable {
  std::string_view table;
  Placement placement;
};

/// What spreads rows, in every distributed table and unique key of one.
inline constexpr std::string_view kSpreadBy = "post_id";

/// Every table of the schema, in the order in which they are placed.
std::span<const PlacedTable> placed_tables();

/// The server cannot spread tables; `what()` says what to do.
class NotDistributable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Whether the database has the Citus extension.
bool has_citus(Database& database);

/// Places every table that is not placed yet, each in a transaction of its
/// own, and says what it did, a line a table. The schema must be the present
/// one, nobody should write meanwhile, and the workers must be known. Going on
/// after a crash takes nothing but the same call. Throws NotDistributable
/// where Citus is not there or knows no machine.
void distribute(Database& database,
                const std::function<void(const std::string&)>& say);

}  // namespace grumble::store
