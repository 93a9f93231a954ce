#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/post.h"
#include "store/database.h"
#include "store/landing.h"

namespace grumble::store {

/// What a page really cost, against what `reserve` booked for it.
struct Settlement {
  std::string receipt;
  int64_t actual = 0;
};

/// What moves together with a page's items.
struct PageMove {
  domain::Cursor consumes;           ///< the step that this page answers
  std::vector<domain::Cursor> next;  ///< the steps that follow from it
  std::optional<Settlement> settles;
};

/// Lands the items and moves the walk on in one transaction, all or nothing.
/// Empty, having written nothing, when the step was gone. Throws what `land`
/// throws.
std::optional<Landed> land_page(Database& database, const Batch& batch,
                                const PageMove& move);

}  // namespace grumble::store
