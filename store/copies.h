#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "domain/post.h"
#include "store/columns.h"
#include "store/database.h"

// Near-copies and probable bots, told apart after the landing: what lands or
// changes notes its key, and a call some seconds later compares the texts with
// those of before. The oldest of some near-copies within four weeks keeps the
// label that the rules gave it; the later ones become noise. What comes out
// depends on what is stored, and not on the order in which it came.
namespace grumble::store {

class Transaction;

/// What near-copies of one site have at least one of in common.
using Bands = std::array<int64_t, 4>;

/// Reads a post's bands; none of what is too short to be copied from somewhere.
/// Two sites' bands are never equal.
using ReadBands = std::function<std::optional<Bands>(const domain::Post&)>;

/// From how many posts or near-copies on that an author wrote on one day (UTC)
/// all that he wrote on it is taken for a program's. 0: never.
struct BotLimits {
  int64_t posts = 100;
  int64_t copies = 5;
};

struct Judged {
  int64_t posts = 0;    ///< that were noted
  int64_t changed = 0;  ///< that are noise, or not, otherwise than before
};

/// Has these posts compared, within the transaction that changes them. `keys`:
/// platforms, post ids, created_at as it was before.
void note_prints_due(Transaction& transaction, const Columns& keys);

/// Compares up to about `limit` posts that are due, the newest landings first,
/// and moves them between the counts, in one transaction; whoever dies in it
/// leaves them due. Work a post is bounded, however many texts are equal.
/// Absent when none is due, or when another program is at it.
std::optional<Judged> judge_some(Database& database, const ReadBands& read,
                                 const BotLimits& limits, int limit);

}  // namespace grumble::store
