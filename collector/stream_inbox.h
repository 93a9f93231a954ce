#pragma once

#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "collector/sources/x_stream.h"
#include "domain/timestamp.h"

namespace grumble::collector {

/// What a stream has brought and has not landed yet.
struct StreamInbox {
  static constexpr size_t kLongest = 1024 * 1024;  ///< of a line
  static constexpr size_t kMost = 16 * kLongest;   ///< of all together

  struct Line {
    std::string text;
    domain::Timestamp at;
  };

  std::deque<Line> lines;
  size_t bytes = 0;         ///< of all lines
  std::string rest;         ///< of a line
  domain::Timestamp heard;  ///< when something came in last
  std::string notice;

  void take(std::string_view data, domain::Timestamp now) {
    heard = now;
    rest += data;
    size_t begin = 0;
    for (size_t end; (end = rest.find('\n', begin)) != rest.npos;
         begin = end + 1) {
      std::string line = rest.substr(begin, end - begin);
      if (line.ends_with('\r')) line.pop_back();
      if (line.empty()) continue;
      const std::string said = x_stream_notice(line);
      if (said.empty()) {
        bytes += line.size();
        lines.push_back({std::move(line), now});
      } else {
        notice = said;
      }
    }
    rest.erase(0, begin);
    if (rest.size() > kLongest) {
      throw std::runtime_error("a line of the stream has no end");
    }
    if (bytes > kMost) {
      throw std::runtime_error("the stream comes faster than it lands");
    }
  }

  std::string pop() {
    std::string text = std::move(lines.front().text);
    lines.pop_front();
    bytes -= text.size();
    return text;
  }

  /// What came up to here has landed.
  domain::Timestamp landed() const {
    return lines.empty() ? heard : lines.front().at;
  }
};

}  // namespace grumble::collector
