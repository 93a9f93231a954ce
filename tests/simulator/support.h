#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulator/simulator.h"

/// What all tests of the simulator use: small worlds and one-line requests.
namespace grumble::simulator::testing {

namespace json = boost::json;

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  int status = 0;
  json::object body;  ///< empty when the body is no JSON object
  Response response;
};

/// tests/simulator/world.ndjson.
World small_world();
/// `count` posts that say "kling", one a minute back from `newest`.
World long_world(size_t count, const std::string& newest);
/// `text` in the format of a world file.
World world_of(const std::string& text);

Moment moment(const std::string& now, int seconds_up = 0);
inline const std::string kNow = "2024-12-15T00:00:00Z";

/// The rules, one a line, with seed 1 unless told.
FaultScript script(const std::string& rules, uint64_t seed = 1);

/// A simulator and the credentials for it; the moment is kNow unless told.
class Client {
 public:
  explicit Client(World world, XOptions x = {}, YoutubeOptions youtube = {},
                  FaultScript script = {});

  Answer get(const std::string& path, const Parameters& parameters);
  Answer send(Request request);
  /// How often a fault of that name has acted, as the truth report says.
  int64_t fired(const std::string& fault);

  Moment at = moment(kNow);
  Simulator& simulator() { return *simulator_; }

 private:
  std::unique_ptr<Simulator> simulator_;
};

std::string target_of(const std::string& path, const Parameters& parameters);

/// One good request for each method of YouTube over the small world.
const std::vector<std::pair<std::string, Parameters>>& youtube_requests();

/// The folder of specifications and samples, when this machine has it.
std::optional<std::filesystem::path> shared_api();
json::value read_json(const std::filesystem::path& file);

}  // namespace grumble::simulator::testing
