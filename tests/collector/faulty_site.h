#pragma once

#include <chrono>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "simulator/generate.h"
#include "simulator/server.h"
#include "simulator/simulator.h"

namespace grumble::collector {

/// Both sites on loopback over a made-up world, with a script of faults, on a
/// thread of its own; and a record of who asked when.
class FaultySite {
 public:
  struct Visit {
    std::string path;
    std::string credential;
    simulator::Timestamp at;
    int status = 0;
    int64_t limit_ends = 0;  ///< x-rate-limit-reset of the answer, in seconds
  };

  explicit FaultySite(const std::string& rules, int64_t posts = 300,
                      int64_t videos = 0)
      : simulator_(world(posts, videos), options(), {}, script(rules)),
        server_(0,
                [this](const simulator::Request& request) {
                  return answer(request);
                }),
        thread_([this] { server_.run(false); }) {}

  ~FaultySite() {
    server_.stop();
    thread_.join();
  }

  std::string url(const std::string& path = "") const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + path;
  }

  std::vector<Visit> visits() const {
    const std::lock_guard lock(mutex_);
    return visits_;
  }

  /// How often a fault of that name has acted.
  int64_t fired(const std::string& fault) const {
    const std::lock_guard lock(mutex_);
    std::ostringstream report;
    simulator_.write_report(report);
    const std::string start = "{\"fault\":\"" + fault + "\",\"fired\":";
    const size_t at = report.str().find(start);
    return at == std::string::npos
               ? -1
               : std::stoll(report.str().substr(at + start.size()));
  }

  static simulator::Timestamp now() {
    return std::chrono::floor<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }

 private:
  static simulator::World world(int64_t posts, int64_t videos) {
    simulator::Generation generation;
    generation.posts = posts;
    generation.videos = videos;
    generation.end = now() - std::chrono::hours(1);
    return simulator::generate(generation);
  }

  static simulator::XOptions options() {
    simulator::XOptions x;
    x.all_per_second = 0;
    return x;
  }

  static simulator::FaultScript script(const std::string& rules) {
    std::istringstream input(rules);
    return simulator::read_fault_script(input, "rules", 1);
  }

  simulator::Response answer(const simulator::Request& request) {
    const std::lock_guard lock(mutex_);
    simulator::Moment moment;
    moment.now = now();
    moment.uptime = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - started_);
    simulator::Response response = simulator_.answer(request, moment);
    Visit visit;
    visit.path = simulator::Target(request.target).path();
    visit.credential = std::string(request.header("authorization")) +
                       std::string(request.header("x-goog-api-key"));
    visit.at = moment.now;
    visit.status = response.status;
    const std::string_view reset = response.header("x-rate-limit-reset");
    visit.limit_ends = simulator::parse_number(reset).value_or(0);
    visits_.push_back(std::move(visit));
    return response;
  }

  const std::chrono::steady_clock::time_point started_ =
      std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  simulator::Simulator simulator_;
  std::vector<Visit> visits_;
  simulator::Server server_;
  std::thread thread_;
};

}  // namespace grumble::collector
