#include "tests/simulator/support.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace grumble::simulator::testing {

World small_world() { return World::load({"tests/simulator/world.ndjson"}); }

World world_of(const std::string& text) {
  std::istringstream input(text);
  return World::read(input, "world");
}

World long_world(size_t count, const std::string& newest) {
  std::string text;
  const auto last = *domain::parse_timestamp(newest);
  for (size_t i = 0; i < count; ++i) {
    text += R"({"kind":"post","by":"writer)" + std::to_string(i % 7) +
            R"(","at":")" + domain::to_string(last - std::chrono::minutes(i)) +
            R"(","text":"kling post )" + std::to_string(i) + R"(","likes":)" +
            std::to_string(i * 7 % 13) + "}\n";
  }
  return world_of(text);
}

FaultScript script(const std::string& rules, uint64_t seed) {
  std::istringstream input(rules);
  return read_fault_script(input, "script", seed);
}

Moment moment(const std::string& now, int seconds_up) {
  return {*domain::parse_timestamp(now), std::chrono::seconds(seconds_up)};
}

Client::Client(World world, XOptions x, YoutubeOptions youtube,
               FaultScript script) {
  x.all_per_second = 0;
  simulator_ = std::make_unique<Simulator>(
      std::move(world), std::move(x), std::move(youtube), std::move(script));
}

Answer Client::send(Request request) {
  Answer answer;
  answer.response = simulator_->answer(request, at);
  answer.status = answer.response.status;
  json::error_code error;
  const json::value body = json::parse(answer.response.body, error);
  if (!error && body.is_object()) answer.body = body.get_object();
  return answer;
}

int64_t Client::fired(const std::string& fault) {
  std::ostringstream report;
  simulator_->write_report(report);
  std::istringstream lines(report.str());
  for (std::string line; std::getline(lines, line);) {
    const json::object object = json::parse(line).as_object();
    if (object.contains("fault") &&
        object.at("fault").as_string() == fault.c_str()) {
      return object.at("fired").as_int64();
    }
  }
  return -1;
}

Answer Client::get(const std::string& path, const Parameters& parameters) {
  Request request;
  request.target = target_of(path, parameters);
  request.headers["authorization"] = "Bearer simulated";
  request.headers["x-goog-api-key"] = "simulated";
  return send(std::move(request));
}

std::string target_of(const std::string& path, const Parameters& parameters) {
  std::string target = path;
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    target += separator + name + "=";
    separator = '&';
    for (const char c : value) {
      std::array<char, 4> code{};
      std::snprintf(code.data(), code.size(), "%%%02X",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      target += code.data();
    }
  }
  return target;
}

const std::vector<std::pair<std::string, Parameters>>& youtube_requests() {
  static const World kWorld = small_world();
  static const std::string kVideos =
      kWorld.videos()[0].id + "," + kWorld.videos()[1].id;
  static const std::vector<std::pair<std::string, Parameters>> kRequests = {
      {"search", {{"part", "snippet"}, {"maxResults", "2"}}},
      {"videos",
       {{"part", "snippet,statistics,contentDetails,status"}, {"id", kVideos}}},
      {"commentThreads",
       {{"part", "id,snippet,replies"},
        {"videoId", kWorld.videos()[0].id},
        {"maxResults", "2"},
        {"order", "relevance"}}},
      {"comments",
       {{"part", "snippet"},
        {"parentId", kWorld.comments()[0].id},
        {"maxResults", "2"}}},
      {"channels",
       {{"part", "snippet,statistics,contentDetails"},
        {"id", kWorld.channels()[0].id}}},
      {"playlistItems",
       {{"part", "snippet,contentDetails,status"},
        {"playlistId", "UU" + kWorld.channels()[0].id.substr(2)}}}};
  return kRequests;
}

std::optional<std::filesystem::path> shared_api() {
  const char* const own = std::getenv("GRUMBLE_SHARED");
  const std::filesystem::path folder =
      std::filesystem::path(own != nullptr ? own : "../shared") / "api";
  if (!std::filesystem::exists(folder)) return std::nullopt;
  return folder;
}

json::value read_json(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(input), {}};
  return json::parse(text);
}

}  // namespace grumble::simulator::testing
