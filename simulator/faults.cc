#include "simulator/faults.h"

namespace grumble::simulator {

void Fault::meet(const Request& /*request*/, Moment /*moment*/) {}

std::optional<Response> Fault::before(const Request& /*request*/,
                                      Moment /*moment*/) {
  return std::nullopt;
}

void Fault::after(const Request& /*request*/, Moment /*moment*/,
                  Response& /*response*/) {}

void Fault::deliver(const Request& /*request*/, Moment /*moment*/,
                    Response& /*response*/) {}

}  // namespace grumble::simulator
