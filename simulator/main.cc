#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "simulator/server.h"
#include "simulator/simulator.h"

namespace {

namespace sim = grumble::simulator;

struct Settings {
  std::vector<std::filesystem::path> world;
  uint16_t port = 0;
  std::filesystem::path port_file;
  std::string now;
  std::string dialect = "tweet";
  std::vector<std::string> fail_first;
  bool quiet = false;
  sim::XOptions x;
  sim::YoutubeOptions youtube;
};

void add_options(CLI::App& app, Settings& settings) {
  app.add_option("--world", settings.world,
                 "world file, NDJSON; more than one may be given")
      ->required();
  app.add_option("--port", settings.port, "0 takes a free one")
      ->capture_default_str();
  app.add_option("--port-file", settings.port_file,
                 "write the port here once requests are taken");
  app.add_option("--now", settings.now,
                 "let the world's clock stand at this time (RFC 3339); "
                 "later posts do not exist yet");
  app.add_option("--x-token", settings.x.token, "the bearer token to let in")
      ->capture_default_str();
  app.add_option("--youtube-key", settings.youtube.key, "the api key to let in")
      ->capture_default_str();
  app.add_option("--dialect", settings.dialect, "vocabulary of X")
      ->check(CLI::IsMember({"tweet", "post", "mixed"}))
      ->capture_default_str();
  app.add_option("--x-all-per-second", settings.x.all_per_second,
                 "full-archive requests a second, 0 for no limit")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option("--youtube-searches", settings.youtube.searches_per_day,
                 "search.list calls a day")
      ->capture_default_str();
  app.add_option("--youtube-units", settings.youtube.units_per_day,
                 "units a day for all other methods")
      ->capture_default_str();
  app.add_option("--fail-first", settings.fail_first,
                 "[PREFIX=]COUNT[:STATUS]: fail the first requests to a path, "
                 "with 503 unless told");
  app.add_flag("--quiet", settings.quiet, "no line a request on stderr");
}

sim::Faults read_faults(const Settings& settings) {
  sim::Faults faults;
  for (const std::string& text : settings.fail_first) {
    auto fault = sim::parse_fail_first(text);
    if (!fault) {
      throw std::runtime_error("--fail-first '" + text +
                               "': write it like /2/tweets=3:503");
    }
    faults.push_back(std::move(fault));
  }
  return faults;
}

/// Whole or not at all: whoever waits for the file must not read half of it.
void write_port(const std::filesystem::path& file, uint16_t port) {
  std::filesystem::path draft = file;
  draft += ".new";
  {
    std::ofstream out(draft);
    out << port << "\n";
    if (!out) throw std::runtime_error(file.string() + ": cannot be written");
  }
  std::filesystem::rename(draft, file);
}

int serve(Settings& settings) {
  using std::chrono::milliseconds;
  std::optional<grumble::domain::Timestamp> fixed;
  if (!settings.now.empty()) {
    fixed = grumble::domain::parse_timestamp(settings.now);
    if (!fixed) {
      throw std::runtime_error("--now '" + settings.now +
                               "': write it like 2024-12-20T00:00:00Z");
    }
  }
  settings.x.dialect = *sim::parse_dialect(settings.dialect);
  sim::Simulator simulator(sim::World::load(settings.world), settings.x,
                           settings.youtube, read_faults(settings));
  const auto started = std::chrono::steady_clock::now();
  sim::Server server(settings.port, [&](const sim::Request& request) {
    sim::Moment moment;
    moment.now = fixed ? *fixed
                       : std::chrono::floor<milliseconds>(
                             std::chrono::system_clock::now());
    moment.uptime = std::chrono::floor<milliseconds>(
        std::chrono::steady_clock::now() - started);
    sim::Response response = simulator.answer(request, moment);
    if (!settings.quiet) {
      // The path alone: a query may hold a key.
      std::cerr << request.method << " " << sim::Target(request.target).path()
                << " " << response.status << " " << response.body.size()
                << "\n";
    }
    return response;
  });
  const sim::World& world = simulator.world();
  std::cout << "grumble-sim: " << world.posts().size() << " posts, "
            << world.videos().size() << " videos, " << world.comments().size()
            << " comments at http://127.0.0.1:" << server.port() << std::endl;
  if (!settings.port_file.empty()) {
    write_port(settings.port_file, server.port());
  }
  server.run(true);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The X and YouTube APIs on loopback, served from a world file",
               "grumble-sim");
  Settings settings;
  add_options(app, settings);
  CLI11_PARSE(app, argc, argv);
  try {
    return serve(settings);
  } catch (const std::exception& error) {
    std::cerr << "grumble-sim: " << error.what() << "\n";
    return 1;
  }
}
