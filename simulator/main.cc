#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "simulator/generate.h"
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
  int64_t generate = 0;
  int64_t videos = 0;
  std::string span = "6d";
  std::string until;
  uint64_t seed = 1;
  std::filesystem::path faults;
  std::filesystem::path truth;
  std::optional<int> x_searches;
  bool quiet = false;
  sim::XOptions x;
  sim::YoutubeOptions youtube;
};

void add_options(CLI::App& app, Settings& settings) {
  app.add_option("--world", settings.world,
                 "world file, NDJSON; more than one may be given");
  app.add_option("--generate", settings.generate,
                 "instead of a file: make up so many posts")
      ->check(CLI::Range(int64_t{0}, int64_t{100'000'000}));
  app.add_option("--generate-videos", settings.videos,
                 "and so many videos of 40 comments each")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000}));
  app.add_option("--span", settings.span, "the time that they lie in")
      ->capture_default_str();
  app.add_option("--until", settings.until,
                 "and its end (RFC 3339); --now, or the present, unless told");
  app.add_option("--seed", settings.seed, "of what is made up, and of faults")
      ->capture_default_str();
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
  app.add_option("--x-searches", settings.x_searches,
                 "recent searches in 15 minutes, instead of X's own 450")
      ->check(CLI::Range(0, 1'000'000'000));
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
  app.add_option("--faults", settings.faults, "script of what goes wrong");
  app.add_option("--truth", settings.truth,
                 "write at the end what there was, what was shown and what it "
                 "cost, as GET /simulator/truth answers");
  app.add_flag("--quiet", settings.quiet, "no line a request on stderr");
}

using grumble::domain::Timestamp;

Timestamp present() {
  return std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::system_clock::now());
}

/// Empty when the option was not given.
std::optional<Timestamp> time_option(const std::string& name,
                                     const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto time = grumble::domain::parse_timestamp(text);
  if (!time) {
    throw std::runtime_error(name + " '" + text +
                             "': write it like 2024-12-20T00:00:00Z");
  }
  return time;
}

sim::World make_world(const Settings& settings) {
  const bool made = settings.generate + settings.videos > 0;
  if (made == !settings.world.empty()) {
    throw std::runtime_error("give either --world or --generate");
  }
  if (!made) return sim::World::load(settings.world);
  const auto span = grumble::domain::parse_duration(settings.span);
  if (!span) {
    throw std::runtime_error("--span '" + settings.span +
                             "': write it like 6d or 12h");
  }
  sim::Generation options;
  options.posts = settings.generate;
  options.videos = settings.videos;
  options.seed = settings.seed;
  options.span = *span;
  options.end =
      time_option("--until", settings.until)
          .value_or(time_option("--now", settings.now).value_or(present()));
  return sim::generate(options);
}

sim::FaultScript read_faults(const Settings& settings) {
  if (settings.faults.empty()) return {};
  std::ifstream input(settings.faults, std::ios::binary);
  if (!input) {
    throw std::runtime_error(settings.faults.string() + ": cannot be read");
  }
  return sim::read_fault_script(input, settings.faults.string(), settings.seed);
}

void write_truth(const std::filesystem::path& file,
                 const sim::Simulator& simulator) {
  std::ofstream out(file, std::ios::binary);
  simulator.write_report(out);
  out.close();
  if (!out) throw std::runtime_error(file.string() + ": cannot be written");
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
  const auto fixed = time_option("--now", settings.now);
  if (settings.x_searches) {
    settings.x.limits["/2/tweets/search/recent"] = *settings.x_searches;
  }
  settings.x.dialect = *sim::parse_dialect(settings.dialect);
  sim::Simulator simulator(make_world(settings), settings.x, settings.youtube,
                           read_faults(settings));
  const auto started = std::chrono::steady_clock::now();
  const auto clock = [&] {
    sim::Moment moment;
    moment.now = fixed ? *fixed : present();
    moment.uptime = std::chrono::floor<milliseconds>(
        std::chrono::steady_clock::now() - started);
    return moment;
  };
  const auto answer = [&](const sim::Request& request) {
    sim::Response response = simulator.answer(request, clock());
    if (!settings.quiet) {
      // The path alone: a query may hold a key.
      std::cerr << request.method << " " << sim::Target(request.target).path()
                << " " << response.status << " " << response.body.size()
                << "\n";
    }
    return response;
  };
  sim::Server server(settings.port, answer, clock);
  const sim::World& world = simulator.world();
  std::cout << "grumble-sim: " << world.posts().size() << " posts, "
            << world.videos().size() << " videos, " << world.comments().size()
            << " comments at http://127.0.0.1:" << server.port() << std::endl;
  if (!settings.port_file.empty()) {
    write_port(settings.port_file, server.port());
  }
  server.run(true);
  if (!settings.truth.empty()) write_truth(settings.truth, simulator);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The X and YouTube APIs on loopback, served from a world file",
               "grumble-sim");
  Settings settings;
  add_options(app, settings);
  app.footer("\n" + sim::fault_script_help());
  CLI11_PARSE(app, argc, argv);
  try {
    return serve(settings);
  } catch (const std::exception& error) {
    std::cerr << "grumble-sim: " << error.what() << "\n";
    return 1;
  }
}
