#include "app/config_section.h"

#include <fmt/format.h>

namespace grumble::app {
namespace {

namespace fs = std::filesystem;

std::string place(const toml::source_region& region) {
  const std::string file = region.path ? *region.path : std::string("config");
  return fmt::format("{}:{}:{}", file, region.begin.line, region.begin.column);
}

}  // namespace

void fail(const toml::node& node, const std::string& what) {
  throw ConfigError(place(node.source()) + ": " + what);
}

toml::table parse_config(const fs::path& file) {
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& error) {
    throw ConfigError(place(error.source()) + ": " +
                      std::string(error.description()));
  }
}

const toml::node* Section::take(const std::string& key) {
  known_.insert(key);
  return table_.get(key);
}

void Section::read(const std::string& key, std::string* out) {
  if (const auto* node = take(key)) *out = as<std::string>(*node, "a string");
}

void Section::read(const std::string& key, fs::path* out) {
  const auto* node = take(key);
  if (node == nullptr) return;
  const fs::path path = as<std::string>(*node, "a path in quotes");
  const fs::path base = node->source().path
                            ? fs::path(*node->source().path).parent_path()
                            : fs::path();
  *out = path.is_absolute() ? path : fs::absolute(base / path);
}

void Section::read(const std::string& key, bool* out) {
  if (const auto* node = take(key)) *out = as<bool>(*node, "true or false");
}

void Section::read(const std::string& key, double* out) {
  const auto* node = take(key);
  if (node == nullptr) return;
  *out = as<double>(*node, "a number");
  if (*out < 0) fail(*node, fmt::format("'{}' is below zero", key));
}

void Section::read(const std::string& key, int64_t* out, int64_t most) {
  const auto* node = take(key);
  if (node == nullptr) return;
  *out = as<int64_t>(*node, "a whole number");
  if (*out < 0 || *out > most) {
    fail(*node, fmt::format("'{}' is {}, outside 0..{}", key, *out, most));
  }
}

void Section::read(const std::string& key, std::chrono::seconds* out) {
  if (const auto* node = take(key)) *out = duration(*node);
}

void Section::read(const std::string& key,
                   std::vector<std::chrono::seconds>* out) {
  const auto* node = take(key);
  if (node == nullptr) return;
  if (!node->is_array()) {
    fail(*node, fmt::format("'{}' is no list; write [\"1d\", \"7d\"]", key));
  }
  out->clear();
  for (const auto& element : *node->as_array()) {
    out->push_back(duration(element));
  }
}

const toml::table* Section::table(const std::string& key) {
  const auto* node = take(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) {
    fail(*node, fmt::format("'{}' is not a table; write [{}]", key, key));
  }
  return node->as_table();
}

void Section::close() const {
  for (const auto& [key, node] : table_) {
    const std::string name(key.str());
    if (known_.contains(name)) continue;
    fail(node, fmt::format("unknown key '{}'{}; known here: {}", name,
                           name_.empty() ? "" : " in [" + name_ + "]",
                           fmt::join(known_, ", ")));
  }
}

std::chrono::seconds Section::duration(const toml::node& node) {
  const auto text = as<std::string>(node, "a duration such as \"15m\"");
  const auto span = domain::parse_duration(text);
  if (!span || span->count() == 0) {
    fail(node, fmt::format("'{}' is no duration; write \"15m\", \"6h\" or "
                           "\"7d\"",
                           text));
  }
  return *span;
}

}  // namespace grumble::app
