#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/http.h"

namespace grumble::simulator {

/// A thing that goes wrong. It sees each request in turn, may answer in the
/// place of the site, and may change or delay the site's answer.
class Fault {
 public:
  virtual ~Fault() = default;

  /// An answer to give instead. The site then never sees the request: it
  /// counts for no limit and costs nothing.
  virtual std::optional<Response> before(const Request& request, Moment moment);
  virtual void after(const Request& request, Moment moment, Response& response);
};

/// The first `count` requests whose path starts with `prefix` get `status`.
std::unique_ptr<Fault> fail_first(std::string prefix, int count, int status);

/// Reads `[PREFIX=]COUNT[:STATUS]`, such as `/2/tweets/search=2:429`; status
/// is 503 unless told. Null when `text` is nothing of the sort.
std::unique_ptr<Fault> parse_fail_first(std::string_view text);

/// Faults in the order in which they act.
using Faults = std::vector<std::unique_ptr<Fault>>;

}  // namespace grumble::simulator
