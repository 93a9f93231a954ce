#pragma once

#include <toml++/toml.h>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"

// What config.cc reads a file by; nobody else includes it.
namespace grumble::app {

/// Throws ConfigError: the node's file, line and column, then what is wrong.
[[noreturn]] void fail(const toml::node& node, const std::string& what);

/// Throws ConfigError with the place where the file is no TOML.
toml::table parse_config(const std::filesystem::path& file);

/// One table of the file: hands out its keys once, and refuses the rest.
/// Throws ConfigError where a value has another type or is out of range. Keeps
/// a reference to the table.
class Section {
 public:
  Section(const toml::table& table, std::string name)
      : table_(table), name_(std::move(name)) {}

  const toml::node* take(const std::string& key);

  void read(const std::string& key, std::string* out);
  void read(const std::string& key, std::filesystem::path* out);
  void read(const std::string& key, bool* out);
  void read(const std::string& key, double* out);
  void read(const std::string& key, int64_t* out, int64_t most);
  void read(const std::string& key, std::chrono::seconds* out);
  void read(const std::string& key, std::vector<std::chrono::seconds>* out);
  /// Null where the key is absent.
  const toml::table* table(const std::string& key);

  /// Refuses every key that nobody asked for.
  void close() const;

  static std::chrono::seconds duration(const toml::node& node);

  template <typename T>
  static T as(const toml::node& node, std::string_view wanted) {
    const auto value = node.value<T>();
    if (!value) fail(node, "not " + std::string(wanted));
    return *value;
  }

 private:
  const toml::table& table_;
  std::string name_;
  std::set<std::string> known_;
};

}  // namespace grumble::app
