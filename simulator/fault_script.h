#pragma once

#include <cstdint>
#include <istream>
#include <stdexcept>
#include <string>

#include "simulator/faults.h"
#include "simulator/world_faults.h"

namespace grumble::simulator {

/// `file:line: message`.
class FaultScriptError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What goes wrong in a run. The same script, seed and requests give the same
/// faults.
struct FaultScript {
  Faults faults;      ///< of requests
  WorldFaults world;  ///< of posts
};

/// Reads NDJSON, one rule a line; `name` stands in error texts. Throws
/// FaultScriptError.
FaultScript read_fault_script(std::istream& input, const std::string& name,
                              uint64_t seed);

/// The grammar and every kind, for --help.
std::string fault_script_help();

}  // namespace grumble::simulator
