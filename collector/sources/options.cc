#include "collector/sources/options.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "collector/sources/json.h"

namespace grumble::collector {

Options::Options(const SourceConfig& config,
                 std::initializer_list<std::string_view> known)
    : config_(config) {
  for (const auto& [key, value] : config.options) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string names;
    for (const std::string_view name : known) {
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
    throw std::invalid_argument("source '" + config.type +
                                "': unknown option '" + key +
                                "', expected one of " + names);
  }
}

std::string Options::text(const std::string& key, std::string otherwise) const {
  const auto option = config_.options.find(key);
  return option == config_.options.end() ? std::move(otherwise)
                                         : option->second;
}

int64_t Options::integer(const std::string& key, int64_t otherwise,
                         int64_t least, int64_t most) const {
  const auto option = config_.options.find(key);
  if (option == config_.options.end()) return otherwise;
  const std::string& text = option->second;
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || number < least || number > most) {
    refuse(key, std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

bool Options::flag(const std::string& key, bool otherwise) const {
  const std::string value = text(key, otherwise ? "true" : "false");
  if (value != "true" && value != "false") refuse(key, "true or false");
  return value == "true";
}

void Options::refuse(const std::string& key,
                     const std::string& expected) const {
  throw std::invalid_argument("source '" + config_.type + "': option '" + key +
                              "' is '" + text(key, "") + "', expected " +
                              expected);
}

std::string base_url_of(const SourceConfig& config) {
  std::string url = config.base_url;
  while (url.ends_with('/')) url.pop_back();
  if (url.empty()) {
    throw std::invalid_argument("source '" + config.type + "' has no base URL");
  }
  return url;
}

std::string one_line(std::string_view text) {
  constexpr size_t kLongest = 300;
  std::string line = excerpt(text.substr(0, kLongest));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; },
      ' ');
  return line;
}

}  // namespace grumble::collector
