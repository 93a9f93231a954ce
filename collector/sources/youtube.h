#pragma once

#include <memory>

#include "collector/source.h"

namespace grumble::collector {

/// YouTube Data API v3: finds videos by search, reads them, then their comment
/// threads, then the replies that did not come with their thread. Videos known
/// from earlier rounds have their comments read again.
///
/// Options: `comments` false to read videos alone (true); `overlap_hours`
/// 0..168 that a search reaches back into the last round, since what it finds
/// shifts (24); `region` and `language` as search.list takes `regionCode` and
/// `relevanceLanguage`.
std::unique_ptr<Source> make_youtube_source(const SourceConfig& config);

}  // namespace grumble::collector
