#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/collector/simulation/random.h"

namespace grumble::collector::simulation {

/// Seconds of virtual time. Ids hold the second they were made in.
constexpr int64_t kNever = std::numeric_limits<int64_t>::max() / 4;
inline int64_t first_id_of(int64_t second) { return second << 6; }
inline int64_t second_of(int64_t id) { return id >> 6; }

struct SitePost {
  int64_t id = 0;
  int64_t visible = 0;  ///< from then on a search returns it
  int64_t gone = kNever;
};

/// How badly one schedule goes; all zero is fair weather.
struct Weather {
  double lost_answer = 0;
  double refused_token = 0;
  double short_page = 0;
  double empty_page = 0;
  double loop = 0;
  double shuffle = 0;
  double limited = 0;
  double broken = 0;
  double no_credits = 0;
  double crash = 0;
  double doubt = 0;  ///< a commit is repeated
};

/// An answer as it arrives.
struct Answer {
  enum class Kind { page, refused_token, too_old, limited, broken, no_credits };
  Kind kind = Kind::page;
  std::vector<int64_t> ids;
  std::string next_token;
  int64_t at = 0;     ///< by the site's clock
  int64_t reset = 0;  ///< of `limited`
};

/// The search of a site, newest first, that bills each post it returns and
/// remembers when it must not be asked.
class Site {
 public:
  /// Its clock runs `behind` that of the others.
  Site(Random& random, int64_t end, int64_t most_lag, int page_size,
       int64_t memory, int64_t behind);

  Answer search(int64_t lo, int64_t hi, const std::string& token, int64_t now,
                const Weather& weather, int64_t permit);
  /// The client has written down that it must not ask before `until`; requests
  /// it allowed itself after this permit are disobedience.
  void told(int64_t until, int64_t permit);
  /// The operator has paid.
  void pay() {
    credits_ = true;
    told_until_ = 0;
  }

  const std::vector<SitePost>& posts() const { return posts_; }  ///< by id
  int64_t billed() const { return billed_; }
  /// Ids up to and with this one are refused as a lower bound.
  int64_t reach(int64_t now) const { return first_id_of(now - memory_) - 1; }
  /// Requests that should never have been sent.
  const std::string& disobedience() const { return disobedience_; }

 private:
  std::vector<int64_t> page_of(int64_t lo, int64_t hi, int64_t now, size_t size,
                               bool* more) const;

  /// As many of the range, in no order of their ids.
  void by_relevance(int64_t lo, int64_t hi, int64_t now,
                    std::vector<int64_t>& ids);

  Random& random_;
  std::vector<SitePost> posts_;
  size_t page_size_;
  int64_t memory_;
  int64_t behind_;
  int64_t billed_ = 0;
  int64_t closed_until_ = 0;
  int64_t told_until_ = 0;
  int64_t told_at_ = 0;
  bool credits_ = true;
  std::string disobedience_;
};

}  // namespace grumble::collector::simulation
