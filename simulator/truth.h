#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <unordered_map>

#include "simulator/faults.h"
#include "simulator/world_faults.h"
#include "simulator/x.h"
#include "simulator/youtube.h"

namespace grumble::simulator {

/// What clients have been shown, counted for each id.
class Showings {
 public:
  /// Counts an answer unless its delivery keeps it from arriving.
  void add(const Response& response);

  int64_t shown(const std::string& id) const { return count(shown_, id); }
  /// Sent in a form that no client can read.
  int64_t broken(const std::string& id) const { return count(broken_, id); }

 private:
  using Counts = std::unordered_map<std::string, int64_t>;
  static int64_t count(const Counts& counts, const std::string& id) {
    const auto found = counts.find(id);
    return found == counts.end() ? 0 : found->second;
  }

  Counts shown_;
  Counts broken_;
};

/// How often each fault has acted, those of posts included, by name.
std::map<std::string, int64_t> fired(const Faults& faults,
                                     const WorldFaults& world, const XApi& x);

/// A line for each post, video and comment: {"platform", "kind", "id", "text",
/// "at", "shown", "broken"} and, where they hold, "wanted" (a request that was
/// answered asks for it), "title", "late_ms", "deleted_at" and "edited" (a
/// later version is there).
void write_truth(std::ostream& out, const World& world,
                 const Showings& showings, const XApi& x,
                 const YoutubeApi& youtube);

}  // namespace grumble::simulator
