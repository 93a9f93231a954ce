#pragma once

#include <map>
#include <string>

#include "simulator/world.h"
#include "simulator/x_dialect.h"

namespace grumble::simulator {

/// Batch compliance jobs of X API v2, and the storage that their URLs lead to,
/// which takes no bearer token. A job takes a moment after its upload.
class XJobs {
 public:
  /// Keeps a reference to `world`.
  explicit XJobs(const World& world) : world_(world) {}

  Response create(const Request& request, const Words& words, Moment moment);
  Response list(const Target& target, const Words& words, Moment moment) const;
  Response one(const std::string& id, const Words& words, Moment moment) const;

  static bool stores(const std::string& path);
  Response store(const Request& request, const Target& target, Moment moment);

 private:
  struct Job {
    std::string type;
    std::string name;
    std::string host;
    Timestamp created_at;
    std::optional<std::chrono::milliseconds> uploaded;  ///< uptime
    std::string ids;
  };

  /// Of a post or an account; none that is not of this world is gone.
  struct Fate {
    Timestamp made_at;
    Timestamp gone_at = Timestamp::max();
    const char* reason = "";
  };

  Fate fate_of_post(const std::string& id, Timestamp now) const;
  Fate fate_of_user(const std::string& id) const;
  std::string status(const Job& job, Moment moment) const;
  std::string result(const Job& job, Moment moment) const;
  Response shown(const std::string& id, const Job& job, Moment moment) const;

  const World& world_;
  std::map<std::string, Job> jobs_;  ///< by id
};

}  // namespace grumble::simulator
