#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// The closing check of a run, from outside the program: what the simulator
/// had, showed and billed, against what the database holds. It shares no code
/// with what it judges.
namespace grumble::oracle {

/// A platform and an id.
using Key = std::pair<std::string, std::string>;

/// One line of the simulator's truth report.
struct Item {
  std::string title;
  std::string text;
  int64_t shown = 0;
  int64_t broken = 0;
  int64_t late_ms = 0;
  bool wanted = false;
  bool replaced = false;  ///< deleted, or edited since
};

/// A request, as the simulator saw it.
struct Visit {
  std::string path;
  int64_t at = 0;  ///< in milliseconds
  int status = 0;
  int64_t until = 0;  ///< zero unless a limit's end was told
};

struct Truth {
  std::map<Key, Item> items;
  std::map<std::string, int64_t> fired;   ///< by fault
  std::map<std::string, int64_t> billed;  ///< by bucket, in its own unit
  std::vector<Visit> visits;              ///< in their order
  int64_t hits = 0;  ///< posts of X that were paid for, each as often
};

/// Throws std::runtime_error.
Truth read_truth(std::istream& input);

struct Stored {
  std::string title;
  std::string text;
};

/// What the database holds.
struct Facts {
  std::map<Key, Stored> posts;
  int64_t duplicates = 0;
  std::set<std::string> rejected;  ///< ids of items that were kept as rejects
  int64_t nameless_rejects = 0;
  /// Bounds, themselves excluded, of ranges of X that are known to be missing.
  std::vector<std::pair<int64_t, int64_t>> gaps;
  int64_t open = 0;                      ///< pieces of work that are left
  std::map<std::string, int64_t> spent;  ///< by bucket, worst where not settled
  /// The most of one day of a bucket's site.
  std::map<std::string, int64_t> dearest_day;
};

/// `url` as libpq takes it. Throws std::exception.
Facts read_database(const std::string& url);

struct Terms {
  int64_t settle_ms = 60'000;  ///< later posts may be missed unless shown
  std::map<std::string, int64_t> caps;  ///< a day, by bucket
};

struct Verdict {
  int64_t expected = 0;
  int64_t landed = 0;
  int64_t lost = 0;
  int64_t duplicate = 0;
  int64_t spurious = 0;
  int64_t altered = 0;
  int64_t overspent = 0;  ///< in the buckets' units
  int64_t in_gaps = 0;    ///< missing, and known to be
  int64_t open = 0;
  int64_t hasty = 0;    ///< requests before the end of a limit that was told
  int64_t in_vain = 0;  ///< requests after an answer that was final
  int64_t unfired = 0;  ///< faults of the script that never acted
  double reads_per_post = 0;
  std::vector<std::string> examples;  ///< at most a few, for a person

  bool good() const {
    return lost + duplicate + spurious + altered + overspent + in_gaps + open +
               hasty + in_vain + unfired ==
           0;
  }
};

Verdict judge(const Truth& truth, const Facts& facts, const Terms& terms);

}  // namespace grumble::oracle
