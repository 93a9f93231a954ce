#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include "store/database.h"

// One instance at a time collects from a source. Only the database's clock
// counts, and every transaction that writes for a source proves its lease.
namespace grumble::store {

class Transaction;

/// Another instance has the source; the transaction wrote nothing.
class LeaseLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A hold on a source. Each change of hands has a higher epoch.
struct Lease {
  std::string source;
  int64_t epoch = 0;
};

/// Takes the lease for `holder`, a UUID made anew by each process, or makes it
/// last `span` from now. Empty while another holder has it whose connection is
/// alive and whose time is not up.
std::optional<Lease> hold_lease(Database& database, const std::string& source,
                                const std::string& holder,
                                std::chrono::seconds span);

/// Lets go of all that `holder` has.
void release_leases(Database& database, const std::string& holder);

/// Throws LeaseLost unless the lease is good; then nobody can take it before
/// the transaction has ended.
void prove(Transaction& transaction, const Lease& lease);

/// A random UUID.
std::string new_uuid();

}  // namespace grumble::store
