#include "simulator/youtube_call.h"

#include <algorithm>
#include <boost/json.hpp>

#include "simulator/youtube_search.h"

namespace grumble::simulator {

namespace json = boost::json;

json::object youtube_list(std::string_view kind) {
  json::object out;
  out["kind"] = kind;
  return out;
}

json::object page_info(size_t total, size_t per_page) {
  json::object info;
  info["totalResults"] = total;
  info["resultsPerPage"] = per_page;
  return info;
}

Refusal youtube_not_found(std::string_view reason, std::string_view domain,
                          const std::string& parameter) {
  return refuse({.status = 404,
                 .reason = reason,
                 .domain = domain,
                 .message = "The resource identified by the <code>" +
                            parameter + "</code> parameter could not be found.",
                 .location = parameter});
}

Timestamp YoutubeCall::bound(const char* name, Timestamp fallback) const {
  const auto text = target_.find(name);
  if (!text) return fallback;
  const auto time = domain::parse_timestamp(*text);
  if (time) return *time;
  throw refuse({.reason = "invalidParameter",
                .domain = "global",
                .message = "Invalid time: '" + *text + "'",
                .location = name});
}

std::vector<const Video*> YoutubeCall::found_videos(
    const std::string& order) const {
  const auto channel = target_.find("channelId");
  const Timestamp after = bound("publishedAfter", Timestamp::min());
  const Timestamp before = bound("publishedBefore", now_);
  const auto types = target_.list("type");
  const bool videos = types.empty() || std::find(types.begin(), types.end(),
                                                 "video") != types.end();
  // All of the world, so that a window changes no match.
  std::vector<const std::string*> corpus;
  for (const Video& video : world_.videos()) corpus.push_back(&video.words);
  const auto scores =
      SearchTerms(target_.find("q").value_or("")).scores(corpus);
  std::vector<std::pair<double, const Video*>> found;
  for (size_t i = world_.videos().size(); i-- > 0;) {  // newest first
    const Video& video = world_.videos()[i];
    if (videos && scores[i] && visible(video) && video.at >= after &&
        video.at <= before &&
        (!channel || world_.channels()[video.channel].id == *channel)) {
      found.emplace_back(*scores[i], &video);
    }
  }
  const auto sort_by = [&](auto key) {
    std::stable_sort(
        found.begin(), found.end(),
        [key](const auto& a, const auto& b) { return key(a) > key(b); });
  };
  if (order == "relevance") {
    sort_by([](const auto& each) {
      return std::pair(each.first, stable_hash("rank " + each.second->id));
    });
  } else if (order == "viewCount") {
    sort_by([](const auto& each) { return each.second->views; });
  } else if (order == "rating") {
    sort_by([](const auto& each) { return each.second->likes; });
  } else if (order == "title") {
    sort_by([](const auto& each) { return each.second->title; });
    std::reverse(found.begin(), found.end());
  }
  constexpr size_t kMostFound = 500;  // whatever totalResults says
  if (found.size() > kMostFound) found.resize(kMostFound);
  std::vector<const Video*> all;
  for (const auto& each : found) all.push_back(each.second);
  return all;
}

template <typename Item>
std::vector<Item> YoutubeCall::offset_page(const std::vector<Item>& all,
                                           size_t most,
                                           json::object& out) const {
  const size_t start = std::min(parse_offset_token(target_), all.size());
  const size_t end = std::min(start + most, all.size());
  if (end < all.size() && most > 0) {
    out["nextPageToken"] = offset_token(end, false);
  }
  if (start > 0) {
    out["prevPageToken"] = offset_token(start - std::min(most, start), true);
  }
  return {all.begin() + static_cast<ptrdiff_t>(start),
          all.begin() + static_cast<ptrdiff_t>(end)};
}

json::object YoutubeCall::search_list() {
  check_youtube_parameters(
      target_, {"q", "type", "order", "maxResults", "pageToken",
                "publishedAfter", "publishedBefore", "channelId", "regionCode",
                "relevanceLanguage", "safeSearch", "videoCaption",
                "videoDefinition", "videoDuration", "videoEmbeddable",
                "videoLicense", "videoCategoryId", "topicId", "eventType"});
  const Parts parts(target_, {"id", "snippet"});
  const size_t most = max_results(target_, 5, 0, 50);
  const auto found = found_videos(choice(
      target_, "order",
      {"relevance", "date", "rating", "title", "videoCount", "viewCount"}));
  json::object out = youtube_list("youtube#searchListResponse");
  const auto page = offset_page(found, most, out);
  out["regionCode"] = target_.find("regionCode").value_or("US");
  // An estimate, as on the site: it says little about what comes.
  constexpr size_t kMostEstimated = 1'000'000;
  out["pageInfo"] = page_info(
      std::min(found.size() * found.size() * 7 + found.size(), kMostEstimated),
      most);
  json::array items;
  for (const Video* video : page) {
    items.push_back(search_result(world_, *video, parts));
  }
  out["items"] = std::move(items);
  return out;
}

json::object YoutubeCall::videos_list() {
  check_youtube_parameters(target_, {"id", "chart", "maxResults", "pageToken",
                                     "hl", "regionCode", "videoCategoryId"});
  const Parts parts(target_,
                    {"id", "snippet", "statistics", "contentDetails", "status",
                     "topicDetails", "liveStreamingDetails"});
  json::object out = youtube_list("youtube#videoListResponse");
  std::vector<const Video*> videos;
  if (only_filter(target_, {"id", "chart"}) == "chart") {
    choice(target_, "chart", {"mostPopular"});
    videos = offset_page(found_videos("viewCount"),
                         max_results(target_, 5, 1, 50), out);
  } else {
    const auto ids = target_.list("id");
    if (ids.size() > 50) {
      throw refuse({.reason = "invalidFilters",
                    .message = "At most 50 ids go into one request",
                    .location = "id"});
    }
    for (const std::string& id : ids) {
      const Video* const video = world_.find_video(id);
      if (video != nullptr && visible(*video) &&
          std::find(videos.begin(), videos.end(), video) == videos.end()) {
        videos.push_back(video);
      }
    }
  }
  json::array items;
  for (const Video* video : videos) {
    items.push_back(video_resource(world_, *video, parts, now_));
  }
  out["pageInfo"] = page_info(videos.size(), videos.size());
  out["items"] = std::move(items);
  return out;
}

json::object YoutubeCall::channels_list() {
  check_youtube_parameters(target_, {"id", "forHandle", "forUsername",
                                     "maxResults", "pageToken", "hl"});
  const Parts parts(target_, {"id", "snippet", "statistics", "contentDetails"});
  const std::string_view filter =
      only_filter(target_, {"id", "forHandle", "forUsername"});
  const auto wanted = target_.list(filter);
  const size_t most = max_results(target_, 5, 0, 50);
  json::array items;
  for (const Channel& channel : world_.channels()) {
    const std::string handle = lower_ascii(channel.handle);
    const bool match =
        std::any_of(wanted.begin(), wanted.end(), [&](const std::string& each) {
          return filter == "id" ? each == channel.id
                                : lower_ascii(each) == handle ||
                                      lower_ascii(each) == "@" + handle;
        });
    if (match) items.push_back(channel_resource(world_, channel, parts, now_));
  }
  json::object out = youtube_list("youtube#channelListResponse");
  out["pageInfo"] = page_info(items.size(), most);
  if (!items.empty()) out["items"] = std::move(items);
  return out;
}

json::object YoutubeCall::playlist_items_list() {
  check_youtube_parameters(
      target_, {"playlistId", "maxResults", "pageToken", "videoId"});
  const Parts parts(target_, {"id", "snippet", "contentDetails", "status"});
  const size_t most = max_results(target_, 5, 0, 50);
  only_filter(target_, {"playlistId"});
  const std::string id = target_.find("playlistId").value_or("");
  const Channel* const channel = id.rfind("UU", 0) == 0
                                     ? world_.find_channel("UC" + id.substr(2))
                                     : nullptr;
  if (channel == nullptr) {
    throw youtube_not_found("playlistNotFound", "youtube.playlistItem",
                            "playlistId");
  }
  std::vector<std::pair<size_t, const Video*>> all;
  for (auto at = channel->videos.rbegin(); at != channel->videos.rend(); ++at) {
    const Video& video = world_.videos()[*at];
    if (visible(video)) all.emplace_back(all.size(), &video);
  }
  json::object out = youtube_list("youtube#playlistItemListResponse");
  json::array items;
  for (const auto& [position, video] : offset_page(all, most, out)) {
    items.push_back(playlist_item(world_, *video, parts, position));
  }
  out["items"] = std::move(items);
  out["pageInfo"] = page_info(all.size(), most);
  return out;
}

}  // namespace grumble::simulator
