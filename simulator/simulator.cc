#include "simulator/simulator.h"

#include <boost/json.hpp>
#include <sstream>

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

json::object days_of_x(const Bill& bill) {
  json::object days;
  for (const auto& [day, microusd] : bill.days()) {
    days[domain::to_string(domain::Timestamp(day)).substr(0, 10)] = microusd;
  }
  return days;
}

json::object days_of_youtube(const Quota& quota) {
  json::object days;
  for (const auto& [day, taken] : quota.days()) {
    if (taken.empty()) continue;
    json::object units;
    for (const auto& [bucket, count] : taken) units[bucket] = count;
    days[domain::to_string(domain::Timestamp(day)).substr(0, 10)] =
        std::move(units);
  }
  return days;
}

json::object bill_of_x(const Bill& bill) {
  json::object x;
  x["requests"] = request_counts(bill);
  x["hits_returned"] = bill.hits_returned();
  x["posts_returned"] = bill.posts_returned();
  x["users_returned"] = bill.users_returned();
  x["posts_charged"] = bill.posts_charged();
  x["users_charged"] = bill.users_charged();
  x["microusd"] = bill.microusd();
  x["days"] = days_of_x(bill);
  return x;
}

json::object bill_of_youtube(const YoutubeApi& api) {
  json::object units;
  units["search"] = 0;
  units["default"] = 0;
  for (const auto& [bucket, taken] : api.quota().taken()) {
    units[bucket] = taken;
  }
  json::object youtube;
  youtube["requests"] = request_counts(api.bill());
  youtube["units"] = std::move(units);
  youtube["days"] = days_of_youtube(api.quota());
  return youtube;
}

json::object bill_of(const XApi& x, const YoutubeApi& youtube) {
  json::object body;
  body["x"] = bill_of_x(x.bill());
  body["youtube"] = bill_of_youtube(youtube);
  return body;
}

json::object health_of(const World& world, Moment moment) {
  json::object body;
  body["status"] = "ok";
  body["now"] = domain::to_string(moment.now);
  body["posts"] = world.posts().size();
  body["videos"] = world.videos().size();
  body["comments"] = world.comments().size();
  return body;
}

}  // namespace

namespace {

/// Counts what a feed shows.
class CountedFeed : public Feed {
 public:
  CountedFeed(std::shared_ptr<Feed> inner, Showings& showings)
      : inner_(std::move(inner)), showings_(showings) {}

  Piece next(Moment moment) override {
    Piece piece = inner_->next(moment);
    Response sent;
    sent.shown = piece.shown;
    showings_.add(sent);
    return piece;
  }

 private:
  std::shared_ptr<Feed> inner_;
  Showings& showings_;
};

}  // namespace

Simulator::Simulator(World world, XOptions x, YoutubeOptions youtube,
                     FaultScript script)
    : world_faults_(script.world),
      world_(disturb(std::move(world), script.world)),
      x_(world_, std::move(x)),
      youtube_(world_, std::move(youtube)),
      faults_(std::move(script.faults)) {}

Response Simulator::answer(const Request& request, Moment moment) {
  const Target target(request.target);
  if (target.path().rfind("/simulator/", 0) == 0) {
    return control(target, moment);
  }
  for (const auto& fault : faults_) fault->meet(request, moment);
  auto replaced = instead(request, target, moment);
  Response response =
      replaced ? std::move(*replaced) : site_answer(request, target, moment);
  for (const auto& fault : faults_) fault->after(request, moment, response);
  if (!response.feed) encode_body(request, response);
  for (const auto& fault : faults_) fault->deliver(request, moment, response);
  showings_.add(response);
  if (response.feed) {
    response.feed =
        std::make_shared<CountedFeed>(std::move(response.feed), showings_);
  }
  visits_.add(request, moment, response);
  return response;
}

std::optional<Response> Simulator::instead(const Request& request,
                                           const Target& target,
                                           Moment moment) {
  for (const auto& fault : faults_) {
    auto response = fault->before(request, moment);
    if (!response) continue;
    // YouTube takes a unit for each request that it refuses.
    if (YoutubeApi::serves(target.path()) && response->status >= 400 &&
        response->status < 500) {
      youtube_.charge(target.path(), moment.now);
    }
    return response;
  }
  return std::nullopt;
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

Response Simulator::control(const Target& target, Moment moment) const {
  if (target.path() == "/simulator/health") {
    return json_answer(health_of(world_, moment));
  }
  if (target.path() == "/simulator/bill") {
    return json_answer(bill_of(x_, youtube_));
  }
  if (target.path() != "/simulator/truth")
    return plain_problem(404, "Not Found");
  std::ostringstream text;
  write_report(text);
  Response response;
  response.body = text.str();
  response.headers.emplace_back("content-type", "application/x-ndjson");
  return response;
}

void Simulator::write_report(std::ostream& out) const {
  for (const auto& [name, count] : fired(faults_, world_faults_, x_)) {
    out << json::object{{"fault", name}, {"fired", count}} << "\n";
  }
  write_truth(out, world_, showings_, x_, youtube_);
  visits_.write(out);
  out << json::object{{"bill", bill_of(x_, youtube_)}} << "\n";
}

}  // namespace grumble::simulator
