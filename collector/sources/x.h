#pragma once

#include <cstdint>
#include <memory>

#include "collector/source.h"

namespace grumble::collector {

/// X API v2: recent search, or full-archive search. Each round opens a range of
/// ids that is closed above, at `settle_seconds` before the round began, so
/// that what is indexed late still falls into it.
///
/// Options: `dialect` tweet (default) or post, the names to ask with;
/// `archive` true for full-archive search; `max_results` 10..100 (500 with
/// archive; 25); `settle_seconds` 30..3600 (60), as the site finds nothing
/// younger; `expansions` as the site lists them, comma-separated (the posts
/// that are referred to, and authors where their names are kept or the dialect
/// does not tell their ids without); `post_price`, `user_price` in microdollars
/// (5000, 10000); `bill_includes` whether what comes along is paid for as well
/// (true); `stream` whether a filtered stream runs beside the searches (false),
/// which then leave the present to it.
std::unique_ptr<Source> make_x_source(const SourceConfig& config);

/// What one found post costs, in microdollars: alone, and with all that may
/// come along.
struct XPrice {
  int64_t least = 0;
  int64_t most = 0;
};
XPrice x_price_of_post(const SourceConfig& config);

}  // namespace grumble::collector
