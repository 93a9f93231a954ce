#include "app/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "app/config_section.h"
#include "collector/registry.h"

namespace grumble::app {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

/// A secret of the environment, given as such or as the name of a file.
std::optional<std::string> secret_from_environment(const std::string& name) {
  const auto value = environment(name);
  const auto file = environment(name + "_FILE");
  if (value && file) {
    throw ConfigError(
        fmt::format("{0}: {0} and {0}_FILE are both set; unset "
                    "one of them",
                    name));
  }
  if (!file) return value;
  std::ifstream in(*file);
  std::string text;
  if (!std::getline(in, text) || text.empty()) {
    throw ConfigError(
        fmt::format("{}_FILE: cannot read a secret from '{}'", name, *file));
  }
  return text;
}

std::string read_secret_file(const toml::node& node, const fs::path& file) {
  std::ifstream in(file);
  std::string text;
  if (!std::getline(in, text) || text.empty()) {
    fail(node, fmt::format("cannot read a secret from '{}'", file.string()));
  }
  return text;
}

void read_source(const toml::table& table, const std::string& name,
                 SourceSettings* settings) {
  Section section(table, "source." + name);
  section.read("enabled", &settings->enabled);
  section.read("interval", &settings->interval);
  bool findings = true;
  if (table.contains("findings")) {
    section.read("findings", &findings);
    settings->findings = findings;
  }
  section.read("refresh", &settings->refresh);
  section.read("base_url", &settings->source.base_url);
  fs::path file;
  section.read("credential_file", &file);
  if (!file.empty()) {
    settings->source.credential = collector::Secret(
        read_secret_file(*table.get("credential_file"), file));
  }
  if (const auto* options = section.table("options")) {
    for (const auto& [key, node] : *options) {
      std::string text;
      if (const auto* string = node.as_string()) {
        text = string->get();
      } else if (const auto* flag = node.as_boolean()) {
        text = flag->get() ? "true" : "false";
      } else if (const auto* number = node.as_integer()) {
        text = std::to_string(number->get());
      } else {
        fail(node, "not a string, a whole number, true or false");
      }
      settings->source.options[std::string(key.str())] = text;
    }
  }
  section.close();
}

void read_sources(const toml::table& table, Config* config) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const auto found = config->sources.find(name);
    if (found == config->sources.end()) {
      std::vector<std::string> known;
      for (const auto& [known_name, unused] : config->sources) {
        known.push_back(known_name);
      }
      fail(node, fmt::format("no source '{}'; known: {}", name,
                             fmt::join(known, ", ")));
    }
    if (!node.is_table()) fail(node, "write [source." + name + "]");
    read_source(*node.as_table(), name, &found->second);
  }
}

void read_weight(const toml::node& node, const std::string& query,
                 Config* config) {
  const auto weight = node.value<double>();
  if (!weight || !(*weight > 0) || *weight > 1000) {
    fail(node, "weight is a number above 0, at most 1000");
  }
  for (auto& [name, settings] : config->sources) {
    settings.weights[query] = *weight;
  }
}

/// `[query.<name>]`: the words to search each source for, and its weight.
void read_queries(const toml::table& table, Config* config) {
  for (auto& [name, settings] : config->sources) {
    settings.source.queries.clear();
  }
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (!node.is_table()) fail(node, "write [query." + name + "]");
    for (const auto& [source, text] : *node.as_table()) {
      if (source.str() == "weight") {
        read_weight(text, name, config);
        continue;
      }
      const auto found = config->sources.find(std::string(source.str()));
      if (found == config->sources.end()) {
        fail(text, fmt::format("no source '{}'", std::string(source.str())));
      }
      found->second.source.queries[name] =
          Section::as<std::string>(text, "a search text in quotes");
    }
  }
}

void read_since(Section& section, Config* config) {
  const auto* node = section.take("since");
  if (node == nullptr) return;
  const auto text = Section::as<std::string>(
      *node,
      "a time such as \"2024-12-01T00:00:00Z\" or a span such as \"7d\"");
  if (const auto span = domain::parse_duration(text)) {
    config->first_span = *span;
  } else if (const auto time = domain::parse_timestamp(text)) {
    config->since = *time;
  } else {
    fail(*node, fmt::format("'{}' is neither a time nor a span", text));
  }
}

void read_authors(Section& section, Config* config) {
  const auto* node = section.take("authors");
  if (node == nullptr) return;
  const auto text = Section::as<std::string>(*node, "a word in quotes");
  config->authors = store::parse_author_mode(text);
  if (!config->authors) {
    fail(*node, fmt::format("'{}' is neither keyed nor shown", text));
  }
}

void read_retention(const toml::table& table, Config* config) {
  Section section(table, "retention");
  const auto read = [&](const std::string& key) {
    std::chrono::seconds term{0};
    section.read(key, &term);
    return term.count() == 0 ? std::nullopt : std::optional(term);
  };
  config->keep_posts = read("posts");
  for (const auto& [name, settings] : config->sources) {
    const auto term = read(name);
    if (!term) continue;
    if (config->keep_posts && *term > *config->keep_posts) {
      // Counts could not be taken back: the rows are gone by then.
      fail(*table.get(name),
           fmt::format("'{}' is longer than 'posts': those are gone before",
                       name));
    }
    config->keep_posts_of[name] = *term;
  }
  section.close();
}

void read_file(const fs::path& file, Config* config) {
  const toml::table table = parse_config(file);
  config->file = file;
  Section top(table, "");
  top.read("data_dir", &config->data_dir);
  top.read("rules_dir", &config->rules_dir);
  top.read("schema_dir", &config->schema_dir);
  top.read("time_zone", &config->time_zone);
  read_since(top, config);
  read_authors(top, config);
  if (const auto* database = top.table("database")) {
    Section section(*database, "database");
    section.read("url", &config->database_url);
    section.read("reader_url", &config->reader_url);
    section.close();
  }
  if (const auto* collect = top.table("collect")) {
    Section section(*collect, "collect");
    section.read("lease", &config->lease);
    section.read("keep_raw", &config->keep_raw);
    section.read("keep_youtube", &config->keep_youtube);
    section.close();
  }
  if (const auto* retention = top.table("retention")) {
    read_retention(*retention, config);
  }
  if (const auto* noise = top.table("noise")) {
    Section section(*noise, "noise");
    section.read("bot_posts_a_day", &config->bots.posts, 10'000);
    section.read("bot_copies_a_day", &config->bots.copies, 10'000);
    section.close();
  }
  if (const auto* web = top.table("web")) {
    Section section(*web, "web");
    int64_t port = config->web_port;
    section.read("address", &config->web_address);
    section.read("port", &port, 65'535);
    config->web_port = static_cast<uint16_t>(port);
    section.close();
  }
  if (const auto* budget = top.table("budget")) {
    Section section(*budget, "budget");
    section.read("x_usd_per_day", &config->budget.x_usd_per_day);
    section.read("x_usd_per_month", &config->budget.x_usd_per_month);
    section.read("youtube_searches_per_day",
                 &config->budget.youtube_searches_per_day, 1'000'000);
    section.read("youtube_units_per_day", &config->budget.youtube_units_per_day,
                 100'000'000);
    section.close();
  }
  if (const auto* sources = top.table("source")) read_sources(*sources, config);
  fs::path queries_file;
  top.read("queries_file", &queries_file);
  if (!queries_file.empty()) {
    const toml::table queries = parse_config(queries_file);
    Section section(queries, "");
    if (const auto* query = section.table("query")) {
      read_queries(*query, config);
    }
    section.close();
  }
  if (const auto* queries = top.table("query")) read_queries(*queries, config);
  top.close();
}

/// Empty when nothing says where: then a command that needs it says so.
fs::path default_data_dir() {
  if (geteuid() == 0) return "/var/lib/grumble";
  if (const auto data = environment("XDG_DATA_HOME")) {
    return fs::path(*data) / "grumble";
  }
  const auto home = environment("HOME");
  return home ? fs::path(*home) / ".local/share/grumble" : fs::path();
}

Config defaults() {
  Config config;
  config.data_dir = default_data_dir();
  config.rules_dir = share_dir() / "rules";
  config.schema_dir = share_dir() / "schema";
  for (const auto& type : collector::source_types()) {
    auto& settings = config.sources[std::string(type.name)];
    settings.source.type = type.name;
    settings.source.base_url = type.default_base_url;
  }
  const toml::table queries =
      parse_config(share_dir() / "config" / "queries.toml");
  if (const auto* table = queries["query"].as_table()) {
    read_queries(*table, &config);
  }
  return config;
}

void read_environment(Config* config) {
  if (const auto dir = environment("GRUMBLE_DATA_DIR")) config->data_dir = *dir;
  if (const auto url = secret_from_environment("GRUMBLE_DATABASE_URL")) {
    config->database_url = *url;
  }
  if (const auto url = secret_from_environment("GRUMBLE_READER_URL")) {
    config->reader_url = *url;
  }
  const auto credential = [&](const char* source, const char* name) {
    if (auto value = secret_from_environment(name)) {
      config->sources.at(source).source.credential =
          collector::Secret(std::move(*value));
    }
  };
  credential("x", "GRUMBLE_X_BEARER_TOKEN");
  credential("youtube", "GRUMBLE_YOUTUBE_API_KEY");
}

std::optional<fs::path> default_file() {
  if (const auto name = environment("GRUMBLE_CONFIG")) return fs::path(*name);
  std::vector<fs::path> places = {"/etc/grumble/grumble.toml"};
  if (const auto home = environment("XDG_CONFIG_HOME")) {
    places.push_back(fs::path(*home) / "grumble" / "grumble.toml");
  } else if (const auto user = environment("HOME")) {
    places.push_back(fs::path(*user) / ".config" / "grumble" / "grumble.toml");
  }
  for (const auto& path : places) {
    if (fs::exists(path)) return path;
  }
  return std::nullopt;
}

}  // namespace

fs::path share_dir() {
  if (const auto dir = environment("GRUMBLE_SHARE_DIR")) return *dir;
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path installed =
      program.parent_path().parent_path() / "share" / "grumble";
  if (fs::exists(installed / "rules")) return installed;
  return GRUMBLE_SOURCE_DIR;
}

Config load_config(const std::optional<fs::path>& file) {
  Config config = defaults();
  const auto chosen = file ? file : default_file();
  if (chosen) {
    if (!fs::exists(*chosen)) {
      throw ConfigError(
          fmt::format("{}: no such configuration file", chosen->string()));
    }
    read_file(*chosen, &config);
  }
  read_environment(&config);
  return config;
}

bool reads_texts_of(const Config& config, const std::string& platform) {
  for (const auto& [name, settings] : config.sources) {
    if (settings.source.type == platform) {
      return settings.findings.value_or(true);
    }
  }
  return true;
}

}  // namespace grumble::app
