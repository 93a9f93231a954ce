#pragma once

#include "simulator/faults.h"
#include "simulator/x.h"
#include "simulator/youtube.h"

namespace grumble::simulator {

/// Both sites over one world, with faults in front. No sockets and no clock:
/// the same requests at the same moments get the same answers. One thread.
///
/// Beside the sites it answers /simulator/health and /simulator/bill in JSON,
/// for tests and scripts; these two need no credentials and meet no faults.
class Simulator {
 public:
  Simulator(World world, XOptions x, YoutubeOptions youtube, Faults faults);
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  /// Never throws for anything a client sends.
  Response answer(const Request& request, Moment moment);

  const World& world() const { return world_; }

 private:
  Response site_answer(const Request& request, const Target& target,
                       Moment moment);
  Response health(Moment moment) const;
  Response bill() const;

  World world_;
  XApi x_;
  YoutubeApi youtube_;
  Faults faults_;
};

}  // namespace grumble::simulator
