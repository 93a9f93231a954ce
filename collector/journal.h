#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "collector/source.h"

namespace grumble::collector {

/// How many items of a page became what.
struct Landed {
  int64_t inserted = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;
  int64_t rejected = 0;
};

/// A page that was paid for and has not become rows yet.
struct KeptPage {
  int64_t page = 0;  ///< the journal's number of it
  Gap gap;           ///< as it is now
  HttpResponse response;
  domain::Timestamp received_at;
};

/// Leave to send one request.
struct Permit {
  std::string receipt;                ///< empty: not now
  std::string reason;                 ///< then for a person
  std::chrono::milliseconds rest{0};  ///< then for how long, if known
  int failures = 0;                   ///< of this kind of request, in a row
  bool shut = false;  ///< not now: the site refused, it is not the budget
};

/// An answer that is no page, and what follows from it.
struct Refusal {
  Gap gap;
  std::string bucket;
  std::string receipt;
  bool charged = true;
  std::string reason;
  int failures = 0;  ///< in a row, this one included
  /// For so long, from now on, nobody may ask anything of this bucket. A span:
  /// our clock may be wrong, the journal has its own.
  std::chrono::milliseconds rest{0};
  std::optional<Move> move;  ///< of the gap
  bool ends_walk = false;    ///< the list is final
};

struct Applied {
  Landed landed;
  std::vector<Gap> gaps;  ///< what is left of the page's gap, and new ones
};

/// Another instance has taken the source over; nothing was written.
class Taken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The durable side of collecting. The application implements it over the
/// database; tests implement it in memory. Every call is one transaction, may
/// block, and is made on the journal executor given to `collect_round`. A call
/// may be repeated when its outcome is not known. All but `hold` throw Taken.
class Journal {
 public:
  virtual ~Journal() = default;

  /// Takes the source for this instance, or keeps it. False when another one
  /// has it.
  virtual bool hold(const std::string& source) = 0;
  /// Pages of the source that were paid for and never applied.
  virtual std::vector<KeptPage> kept_pages(const std::string& source) = 0;
  virtual Round next_round(const std::string& source,
                           const std::string& query) = 0;
  virtual void open(const std::string& source, const std::string& query,
                    const Start& start) = 0;
  /// What is left to do of the query, some of it when it is much.
  virtual std::vector<Gap> open_gaps(const std::string& source,
                                     const std::string& query) = 0;
  /// Records the part of a gap that can no longer be asked for; what is left
  /// of the gap, or nothing.
  virtual std::optional<Gap> clip(const Gap& rest, const Range& lost) = 0;
  /// What the query has had of the present day's caps, 1 being a whole cap.
  virtual double had(const std::string& source, const std::string& query) = 0;
  /// Books the worst case of a request. A part of each cap is kept for what is
  /// fresh, less and less as its window ends.
  virtual Permit reserve(const Gap& gap, const Cost& worst, bool fresh) = 0;
  /// Makes a page durable and settles its cost. Its number.
  virtual int64_t keep(const Gap& gap, const HttpResponse& response,
                       domain::Timestamp received_at, const Cost& cost,
                       const Permit& permit) = 0;
  /// Lands the page and moves its gap, together, unless that was done.
  virtual Applied apply(int64_t page, const Gap& gap, const Page& read,
                        const Move& move) = 0;
  /// A kept page that can no longer be read.
  virtual void reject(const KeptPage& page, const std::string& reason) = 0;
  virtual void refuse(const Refusal& refusal) = 0;
};

}  // namespace grumble::collector
