#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "collector/source.h"

namespace grumble::collector {

/// The options of one source, checked. Everything here throws
/// std::invalid_argument that names the source, the option and what would do.
class Options {
 public:
  /// Refuses a key that is not among `known`. `config` must outlive this.
  Options(const SourceConfig& config,
          std::initializer_list<std::string_view> known);

  std::string text(const std::string& key, std::string otherwise) const;
  int64_t integer(const std::string& key, int64_t otherwise, int64_t least,
                  int64_t most) const;
  bool flag(const std::string& key, bool otherwise) const;

  [[noreturn]] void refuse(const std::string& key,
                           const std::string& expected) const;

 private:
  const SourceConfig& config_;
};

/// The configured base URL without a slash at its end.
std::string base_url_of(const SourceConfig& config);

/// A refusal in one line of at most 300 bytes, without control characters.
std::string one_line(std::string_view text);

}  // namespace grumble::collector
