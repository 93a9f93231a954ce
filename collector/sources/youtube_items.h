#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/sources/items.h"
#include "domain/timestamp.h"

namespace grumble::collector {

/// A thread with more replies than came with it.
struct YoutubeThread {
  std::string id;
  int64_t replies = 0;
};

/// A list answer of the YouTube Data API v3.
struct YoutubeAnswer {
  Items items;
  std::string next_token;
  std::vector<std::string> ids;  ///< of every item, as the answer lists them
  std::vector<domain::Timestamp> thread_times;  ///< when each thread began
  /// By a search or in a playlist, in its order.
  std::vector<std::string> videos_found;
  /// Videos that show comments, and how many.
  std::vector<std::pair<std::string, int64_t>> commented;
  /// When each listed video was published, or else added to the list.
  std::vector<domain::Timestamp> listed_times;
  std::vector<YoutubeThread> cut_threads;  ///< their replies must be asked for
  bool has_page = false;                   ///< it has `items` or `kind`
};

/// How to read what an answer does not say itself.
struct YoutubeReading {
  domain::Timestamp observed_at;
  std::string video;        ///< the comments' video, when they do not say
  bool plain_text = false;  ///< asked for textFormat=plainText
  /// A search result has a cut description and an escaped title only. As a
  /// file it is a reject; on the way to its video it is nothing.
  bool reject_search_results = false;
  /// A playlist tells which videos there are, and no more.
  bool playlist_lists = false;
  std::string prefix;  ///< opens every pointer of a reject
};

/// Reads videos, playlist items, comment threads and comments into posts;
/// channels and playlists are counted in `items.others`. Empty when the slice,
/// which must lie inside a JsonText, is no object.
std::optional<YoutubeAnswer> read_youtube_answer(std::string_view slice,
                                                 const YoutubeReading& how);

}  // namespace grumble::collector
