#include "simulator/simulator.h"

#include <boost/json.hpp>

namespace grumble::simulator {
namespace {

namespace json = boost::json;

Response json_answer(const json::object& body) {
  Response response;
  response.body = json::serialize(body) + "\n";
  response.headers.emplace_back("content-type", "application/json");
  return response;
}

json::object request_counts(const Bill& bill) {
  json::object endpoints;
  for (const auto& [endpoint, statuses] : bill.requests()) {
    json::object counts;
    int64_t total = 0;
    for (const auto& [status, count] : statuses) {
      counts[std::to_string(status)] = count;
      total += count;
    }
    counts["total"] = total;
    endpoints[endpoint] = std::move(counts);
  }
  return endpoints;
}

}  // namespace

Simulator::Simulator(World world, XOptions x, YoutubeOptions youtube,
                     Faults faults)
    : world_(std::move(world)),
      x_(world_, std::move(x)),
      youtube_(world_, std::move(youtube)),
      faults_(std::move(faults)) {}

Response Simulator::answer(const Request& request, Moment moment) {
  const Target target(request.target);
  if (target.path() == "/simulator/health") return health(moment);
  if (target.path() == "/simulator/bill") return bill();
  Response response;
  bool replaced = false;
  for (const auto& fault : faults_) {
    if (auto instead = fault->before(request, moment)) {
      response = std::move(*instead);
      replaced = true;
      break;
    }
  }
  if (!replaced) response = site_answer(request, target, moment);
  encode_body(request, response);
  for (const auto& fault : faults_) fault->after(request, moment, response);
  return response;
}

Response Simulator::site_answer(const Request& request, const Target& target,
                                Moment moment) {
  if (XApi::serves(target.path())) return x_.answer(request, target, moment);
  if (YoutubeApi::serves(target.path())) {
    return youtube_.answer(request, target, moment);
  }
  Response response = plain_problem(404, "Not Found");
  response.headers.emplace_back("content-type", "application/json");
  return response;
}

Response Simulator::health(Moment moment) const {
  json::object body;
  body["status"] = "ok";
  body["now"] = domain::to_string(moment.now);
  body["posts"] = world_.posts().size();
  body["videos"] = world_.videos().size();
  body["comments"] = world_.comments().size();
  return json_answer(body);
}

Response Simulator::bill() const {
  json::object x;
  x["requests"] = request_counts(x_.bill());
  x["posts_returned"] = x_.bill().posts_returned();
  x["users_returned"] = x_.bill().users_returned();
  x["posts_charged"] = x_.bill().posts_charged();
  x["users_charged"] = x_.bill().users_charged();
  x["microusd"] = x_.bill().microusd();
  json::object units;
  units["search"] = 0;
  units["default"] = 0;
  for (const auto& [bucket, taken] : youtube_.quota().taken()) {
    units[bucket] = taken;
  }
  json::object youtube;
  youtube["requests"] = request_counts(youtube_.bill());
  youtube["units"] = std::move(units);
  json::object body;
  body["x"] = std::move(x);
  body["youtube"] = std::move(youtube);
  return json_answer(body);
}

}  // namespace grumble::simulator
