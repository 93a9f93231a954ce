#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulator/meter.h"
#include "simulator/world.h"
#include "simulator/x_dialect.h"
#include "simulator/x_query.h"

namespace grumble::simulator {

/// The filtered stream of X API v2, its rules and its connections. A post is
/// delivered when it can be found; each delivery is billed.
class XStream {
 public:
  /// Keeps references to both.
  XStream(const World& world, Bill& bill);

  Response rules(const Target& target, Moment moment) const;
  Response change_rules(const Request& request, const Target& target,
                        const Words& words, Moment moment);
  Response connect(const Target& target, Dialect dialect, Moment moment);
  Response end_connections();

  /// Of each post of the world: it was sent to somebody.
  const std::vector<bool>& sent() const;

 private:
  friend class XFeed;
  struct Rule {
    std::string id;
    std::string value;
    std::string tag;
    std::shared_ptr<const Query> query;
  };
  struct State;

  std::shared_ptr<State> state_;
};

}  // namespace grumble::simulator
