#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/gap.h"
#include "store/database.h"
#include "store/landing.h"
#include "store/lease.h"
#include "store/walks.h"

// A page's way into the database, in two steps that may each be repeated when
// their outcome is not known: first what was paid for becomes durable, then it
// becomes rows.
namespace grumble::store {

/// An answer that was paid for.
struct RawPage {
  domain::Gap gap;      ///< as it was asked for
  std::string receipt;  ///< as `reserve` gave it
  int64_t actual = 0;   ///< what it cost
  std::string body;
  domain::Timestamp received_at;
  std::optional<domain::Timestamp> site_clock{};  ///< then, as it was told
};

/// A raw page, read back.
struct StoredPage {
  int64_t id = 0;
  domain::Gap gap;  ///< as it is now; without bounds once it is gone
  std::string body;
  domain::Timestamp received_at;
  std::optional<domain::Timestamp> site_clock;  ///< then, as it was told
  std::string state;
};

/// T1: keeps the page and settles its receipt. Its id. Throws LeaseLost.
int64_t keep_page(Database& database, const Lease& lease, const RawPage& page);

struct AppliedPage {
  Landed landed;
  std::vector<domain::Gap> gaps;  ///< open: what is left of the gap, new ones
};

/// T2: lands the items, moves the gap, opens what follows. Does nothing when
/// that was done; moves nothing when the gap has moved since it was asked for.
/// Throws LeaseLost, and what `land` throws.
AppliedPage apply_page(Database& database, const Lease& lease, int64_t page,
                       const Batch& batch, const GapMove& move,
                       const std::vector<NewList>& lists);

/// A page that cannot be read: kept, and not tried again.
void reject_page(Database& database, const Lease& lease, int64_t page,
                 const std::string& reason);

/// Pages of a source that never became rows, oldest first.
std::vector<StoredPage> kept_pages(Database& database,
                                   const std::string& source);

/// Up to `limit` pages with a higher id than `after`, whatever their state, but
/// for those that were emptied.
std::vector<StoredPage> pages_after(Database& database, int64_t after,
                                    int limit);
std::optional<StoredPage> page_with_id(Database& database, int64_t id);

/// Lands a page's items once more, on nobody's account: same keys, same rows.
Landed replay_page(Database& database, const Batch& batch);

/// An answer that was no page.
struct RefusedRequest {
  domain::Gap gap;
  std::string receipt;
  bool charged = true;  ///< or it cost nothing
  std::string bucket{};
  std::string fingerprint{};  ///< of the credential
  int failures = 0;           ///< in a row
  /// For so long, by the database's clock, nobody asks for the bucket.
  std::chrono::milliseconds rest{0};
  std::string reason{};
  std::optional<GapMove> move{};
  bool ends_walk = false;
};

/// Ledger, breaker and gap learn of it in one transaction. Throws LeaseLost;
/// then the ledger and the breaker have learnt of it.
void refuse_request(Database& database, const Lease& lease,
                    const RefusedRequest& refused);

/// Deletes applied pages and closed gaps older than `age`, and what dead
/// letters of that age hold, a batch at a time. How many pages and letters it
/// was.
int64_t delete_old_pages(Database& database, std::chrono::seconds age);

}  // namespace grumble::store
