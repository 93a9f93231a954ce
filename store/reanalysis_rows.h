#pragma once

#include <cstdint>
#include <vector>

#include "store/reanalysis.h"
#include "store/stored_posts.h"

namespace grumble::store {

/// Which post, and the partition it was found in.
struct DatedKey {
  domain::PostKey key;
  domain::Timestamp created_at;
};

/// Reads stored posts into a slot, with its roll-ups; those that the slot holds
/// already are left alone. Their texts stand under what is stored of their
/// parents now. A post that was emptied keeps what is shown of it. Nothing is
/// due of any of them afterwards.
void read_into(Transaction& transaction, const History& history, int64_t slot,
               const std::vector<DatedKey>& keys, const ReadText& read);

}  // namespace grumble::store
