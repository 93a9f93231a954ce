#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/http.h"

namespace grumble::simulator {

/// A thing that goes wrong. It sees each request in turn, may answer in the
/// place of the site, and may change the site's answer or what becomes of its
/// bytes.
class Fault {
 public:
  virtual ~Fault() = default;

  virtual std::string_view name() const = 0;
  /// Called first, and for every request.
  virtual void meet(const Request& request, Moment moment);
  /// An answer to give instead. The site then never sees the request: it
  /// counts for no limit, and costs what the site takes for a refusal.
  virtual std::optional<Response> before(const Request& request, Moment moment);
  /// Called before the body is compressed.
  virtual void after(const Request& request, Moment moment, Response& response);
  /// Called with the body as it goes out.
  virtual void deliver(const Request& request, Moment moment,
                       Response& response);

  /// How often it has acted: a run in which a fault never did proves nothing.
  int64_t fired() const { return fired_; }

 protected:
  void fire(int64_t times = 1) { fired_ += times; }

 private:
  int64_t fired_ = 0;
};

/// Faults in the order in which they act.
using Faults = std::vector<std::unique_ptr<Fault>>;

}  // namespace grumble::simulator
