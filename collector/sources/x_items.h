#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/sources/items.h"
#include "domain/timestamp.h"

namespace grumble::collector {

/// An answer of the X API v2, in either dialect ("tweet" or "post" names).
struct XAnswer {
  Items items;
  std::string next_token;
  int64_t hits = 0;          ///< objects in `data`, good or bad
  int64_t posts = 0;         ///< the same plus the posts in `includes`
  int64_t users = 0;         ///< users in `includes`
  std::vector<int64_t> ids;  ///< of the hits that could be read, in order
  bool has_page = false;     ///< it has `data` or `meta`
  bool has_errors = false;
};

/// Reads `{data, includes, meta, errors}`. `data` may be a list, one object or
/// absent. Hits become posts, posts in `includes` become context, users become
/// authors, `errors` become rejects. Objects of `data` that are plainly
/// something else (users, lists, counts, rules, jobs) are counted in
/// `items.others`. `prefix` opens every pointer of a reject.
/// Empty when the slice, which must lie inside a JsonText, is no object.
std::optional<XAnswer> read_x_answer(std::string_view slice,
                                     domain::Timestamp observed_at,
                                     const std::string& prefix = "");

/// Reads one post as `twarc2 flatten` writes it: its author and the posts it
/// refers to stand inside it. `slice` as above.
Items read_x_flat_post(std::string_view slice, domain::Timestamp observed_at,
                       const std::string& prefix);

/// The time an id was made at, and the first id of a time (X snowflakes).
domain::Timestamp x_time_of(int64_t id);
int64_t x_first_id_of(domain::Timestamp time);

}  // namespace grumble::collector
