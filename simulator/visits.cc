#include "simulator/visits.h"

#include <boost/json.hpp>

namespace grumble::simulator {

void Visits::add(const Request& request, Moment moment,
                 const Response& response) {
  Visit visit;
  visit.path = Target(request.target).path();
  visit.at = moment.uptime.count();
  visit.status = response.status;
  const std::string_view remaining = response.header("x-rate-limit-remaining");
  const auto reset = parse_number(response.header("x-rate-limit-reset"));
  // What never arrived whole, nobody was told.
  if (response.status == 429 && reset && response.delivery.arrives() &&
      (remaining.empty() || remaining == "0")) {
    const int64_t now =
        moment.now.time_since_epoch() / std::chrono::milliseconds(1);
    visit.until = visit.at + *reset * 1000 - now;
  }
  visits_.push_back(std::move(visit));
}

void Visits::write(std::ostream& out) const {
  for (const Visit& visit : visits_) {
    boost::json::object line{
        {"visit", visit.path}, {"at", visit.at}, {"status", visit.status}};
    if (visit.until != 0) line["until"] = visit.until;
    out << line << "\n";
  }
}

}  // namespace grumble::simulator
