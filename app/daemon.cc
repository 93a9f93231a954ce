// grumbled: collects all configured sources on their intervals, and serves the
// page. Stops on SIGTERM or SIGINT after the landing under way.

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <clocale>
#include <iostream>

#include "app/collector_run.h"
#include "app/render/terminal.h"
#include "app/version.h"
#include "app/web/server.h"

namespace grumble::app {
namespace {

void log_to_stderr(const std::string& level) {
  auto logger = spdlog::stderr_logger_mt("grumbled");
  logger->set_pattern("ts=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v",
                      spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

/// Text from outside as one logfmt value: quoted, printable, at most 512 bytes.
std::string value(std::string_view text) {
  std::string safe = fit(printable(text), 512);
  std::string quoted = "\"";
  for (const char c : safe) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

CollectionEvents log_events() {
  CollectionEvents events;
  events.round = [](const std::string& source, const std::string& query,
                    const collector::RoundReport& report) {
    const auto text = fmt::format(
        "msg=round source={} query={} pages={} new={} changed={} known={} "
        "rejected={}",
        source, query, report.pages, report.landed.inserted,
        report.landed.updated, report.landed.unchanged, report.landed.rejected);
    if (report.ended == collector::Ended::complete) {
      spdlog::info("{}", text);
    } else {
      spdlog::warn("{} ended={}", text, value(report.reason));
    }
  };
  events.notice = [](const std::string& source, const std::string& text) {
    spdlog::warn("msg=notice source={} text={}", source, value(text));
  };
  return events;
}

int serve(const std::string& file, int rounds) {
  const Config config = load_config(
      file.empty() ? std::nullopt : std::optional<std::filesystem::path>(file));
  CollectorRun run(config);
  std::optional<Session> replica;
  std::unique_ptr<WebServer> web;
  if (config.web_port != 0 && rounds == 0) {
    if (!config.reader_url.empty()) {
      replica.emplace(config, Session::Use::questions);
    }
    web = std::make_unique<WebServer>(
        run.executor(), replica ? *replica : run.session(), config);
    spdlog::info("msg=page url=http://{}:{}/", config.web_address,
                 config.web_port);
  }
  spdlog::info("msg=started version={} database={} sources={}", kVersion,
               value(run.session().place()), fmt::join(run.sources(), ","));
  if (const auto terms = terms_notice(config); !terms.empty()) {
    spdlog::warn("msg=terms text={}", value(terms));
  }
  if (!run.rules_notice().empty()) {
    spdlog::warn("msg=rules text={}", value(run.rules_notice()));
  }
  run.run(rounds, log_events());
  spdlog::info("msg=stopped");
  return 0;
}

int main_with(int argc, char** argv) {
  std::string file;
  std::string level = "info";
  int rounds = 0;
  CLI::App app{"Collects what people say about AI video models."};
  app.name("grumbled");
  app.set_version_flag("--version", std::string("grumbled ") + kVersion);
  app.add_option("--config", file, "configuration file");
  app.add_option("--rounds", rounds,
                 "end after so many rounds of every query (0: never)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--log-level", level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  log_to_stderr(level);
  try {
    return serve(file, rounds);
  } catch (const ConfigError& error) {
    spdlog::error("msg=configuration error={}", value(error.what()));
    return 5;
  } catch (const analyzer::RuleError& error) {
    spdlog::error("msg=rules error={}", value(error.what()));
    return 5;
  } catch (const store::Unreachable& error) {
    spdlog::error("msg=database error={}", value(error.what()));
    return 4;
  } catch (const std::exception& error) {
    spdlog::error("msg=failed error={}", value(error.what()));
    return 1;
  }
}

}  // namespace
}  // namespace grumble::app

int main(int argc, char** argv) {
  grumble::app::CollectorRun::hold_signals();
  std::setlocale(LC_CTYPE, "");
  return grumble::app::main_with(argc, argv);
}
