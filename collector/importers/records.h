#pragma once

#include <string>
#include <string_view>

#include "collector/sources/items.h"
#include "domain/timestamp.h"

namespace grumble::collector {

/// What a record does not say itself.
struct RecordReading {
  domain::Timestamp observed_at;
  std::string platform;
};

/// Reads one JSON value of a file, whatever it is, into items. `slice` must
/// lie inside a JsonText; `where` ("line 12", or empty) opens every pointer.
Items read_record(std::string_view slice, const RecordReading& reading,
                  const std::string& where);

/// One record of our own NDJSON: `id` and `text`, and optionally `title`,
/// `lang`, `platform`, `kind`, `created_at`, `edited_at`, `observed_at`,
/// `author` (an id, or {id, handle, name, followers}), `conversation_id`,
/// `references` [{kind, id}], `metrics` {likes, ...}. Without `created_at` the
/// time of observation stands for it, marked approximate. A record without a
/// text is one of 'grumble export': its `analysis` is taken over, and the post
/// was never seen; with no more than an id it counts as an "id".
Items read_own_record(std::string_view slice, const RecordReading& reading,
                      const std::string& where);

/// A yt-dlp `.info.json`: the video and, with --write-comments, its comments,
/// whose times are estimates.
Items read_ytdlp_info(std::string_view slice, const RecordReading& reading,
                      const std::string& where);
/// One comment out of such a file, of a video that may be unknown (empty).
void read_ytdlp_comment(Items& items, std::string_view slice,
                        const std::string& video, domain::Timestamp observed_at,
                        const std::string& where);

}  // namespace grumble::collector
