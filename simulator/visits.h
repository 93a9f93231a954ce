#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "simulator/http.h"

namespace grumble::simulator {

/// Who asked when and was told what, in the order of the requests.
class Visits {
 public:
  void add(const Request& request, Moment moment, const Response& response);

  /// One JSON object a line: {"visit": path, "at": milliseconds since the
  /// start, "status"}, and "until" where a limit's end was told.
  void write(std::ostream& out) const;

 private:
  struct Visit {
    std::string path;
    int64_t at = 0;
    int status = 0;
    int64_t until = 0;
  };

  std::vector<Visit> visits_;
};

}  // namespace grumble::simulator
