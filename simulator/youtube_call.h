#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "simulator/world.h"
#include "simulator/youtube_parameters.h"
#include "simulator/youtube_render.h"

namespace grumble::simulator {

/// One request; each `*_list` is one method of the API.
class YoutubeCall {
 public:
  YoutubeCall(const World& world, const Target& target, Timestamp now)
      : world_(world), target_(target), now_(now) {}

  boost::json::object search_list();
  boost::json::object videos_list();
  boost::json::object channels_list();
  boost::json::object playlist_items_list();
  boost::json::object comment_threads_list();
  boost::json::object comments_list();

 private:
  bool visible(const Video& video) const { return video.at <= now_; }

  std::vector<const Video*> found_videos(const std::string& order) const;
  Timestamp bound(const char* name, Timestamp fallback) const;
  /// Cuts `all` to the page of the token and notes the tokens around it.
  template <typename Item>
  std::vector<Item> offset_page(const std::vector<Item>& all, size_t most,
                                boost::json::object& out) const;
  std::vector<size_t> item_page(std::vector<size_t> comments, size_t most,
                                const std::string& scope,
                                boost::json::object& out) const;
  std::vector<size_t> threads_of_video() const;
  std::vector<size_t> threads_of_channel() const;
  std::vector<size_t> threads_by_id() const;
  TextFormat text_format() const;

  const World& world_;
  const Target& target_;
  Timestamp now_;
};

/// `{"kind": kind}`, the start of every list.
boost::json::object youtube_list(std::string_view kind);
boost::json::object page_info(size_t total, size_t per_page);
Refusal youtube_not_found(std::string_view reason, std::string_view domain,
                          const std::string& parameter);

}  // namespace grumble::simulator
