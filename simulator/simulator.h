#pragma once

#include <ostream>

#include "simulator/fault_script.h"
#include "simulator/truth.h"
#include "simulator/visits.h"
#include "simulator/x.h"
#include "simulator/youtube.h"

namespace grumble::simulator {

/// Both sites over one world, with faults in front. No sockets and no clock:
/// the same requests at the same moments get the same answers. One thread.
///
/// Beside the sites it answers, for tests and scripts, /simulator/health and
/// /simulator/bill in JSON and /simulator/truth in NDJSON; these need no
/// credentials and meet no faults.
class Simulator {
 public:
  Simulator(World world, XOptions x, YoutubeOptions youtube,
            FaultScript script);
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  /// Never throws for anything a client sends.
  Response answer(const Request& request, Moment moment);

  /// One JSON object a line. For each fault {"fault", "fired"}; the lines of
  /// `write_truth` and of Visits; last {"bill"}, which is what /simulator/bill
  /// answers.
  void write_report(std::ostream& out) const;

  const World& world() const { return world_; }

 private:
  Response site_answer(const Request& request, const Target& target,
                       Moment moment);
  std::optional<Response> instead(const Request& request, const Target& target,
                                  Moment moment);
  Response control(const Target& target, Moment moment) const;

  WorldFaults world_faults_;
  World world_;
  XApi x_;
  YoutubeApi youtube_;
  Faults faults_;
  Showings showings_;
  Visits visits_;
};

}  // namespace grumble::simulator
