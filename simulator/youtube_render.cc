#include "simulator/youtube_render.h"

#include <algorithm>
#include <boost/json.hpp>

#include "simulator/text.h"

namespace grumble::simulator {
namespace {

namespace json = boost::json;

json::object thumbnail(const std::string& url, int width, int height) {
  json::object out;
  out["url"] = url;
  out["width"] = width;
  out["height"] = height;
  return out;
}

json::object video_thumbnails(const Video& video, bool large) {
  const std::string base = "https://i.ytimg.example/vi/" + video.id + "/";
  json::object out;
  out["default"] = thumbnail(base + "default.jpg", 120, 90);
  out["medium"] = thumbnail(base + "mqdefault.jpg", 320, 180);
  out["high"] = thumbnail(base + "hqdefault.jpg", 480, 360);
  if (large) {
    out["standard"] = thumbnail(base + "sddefault.jpg", 640, 480);
    out["maxres"] = thumbnail(base + "maxresdefault.jpg", 1280, 720);
  }
  return out;
}

/// One line of about 120 characters that ends at a word.
std::string shortened(const std::string& description) {
  constexpr size_t kShown = 120;
  std::u32string text = to_code_points(description);
  std::replace(text.begin(), text.end(), U'\n', U' ');
  if (text.size() <= kShown) return to_utf8(text);
  text.resize(kShown);
  const size_t space = text.rfind(U' ');
  if (space != text.npos && space > kShown / 2) text.resize(space);
  return to_utf8(text) + " ...";
}

std::string html_text(const std::string& text) {
  const std::u32string code_points = to_code_points(text);
  std::string out;
  size_t at = 0;
  const auto copy = [&](size_t end) {
    for (const char c :
         escape_html(to_utf8(code_points.substr(at, end - at)))) {
      out += c == '\n' ? std::string("<br>") : std::string(1, c);
    }
    at = end;
  };
  for (const Entity& entity : find_entities(code_points)) {
    if (entity.kind != EntityKind::url) continue;
    copy(entity.begin);
    const std::string url = escape_html(entity.value);
    out += "<a href=\"" + url + "\">" + url + "</a>";
    at = entity.end;
  }
  copy(code_points.size());
  return out;
}

json::object comment_snippet(const World& world, const Comment& comment,
                             TextFormat format) {
  const Channel& author = world.channels()[comment.author];
  const Video& video = world.videos()[comment.video];
  const std::string at = domain::to_string(comment.at);
  json::object channel_id;
  channel_id["value"] = author.id;
  json::object out;
  out["channelId"] = world.channels()[video.channel].id;
  out["videoId"] = video.id;
  out["textDisplay"] =
      format == TextFormat::html ? html_text(comment.text) : comment.text;
  out["textOriginal"] = comment.text;
  if (comment.parent) out["parentId"] = world.comments()[*comment.parent].id;
  out["authorDisplayName"] = "@" + author.handle;
  out["authorProfileImageUrl"] =
      "https://yt3.example/ytc/" + author.id + "=s48-c-k-c0x00ffffff-no-rj";
  out["authorChannelUrl"] = "http://www.youtube.com/@" + author.handle;
  out["authorChannelId"] = std::move(channel_id);
  out["canRate"] = true;
  out["viewerRating"] = "none";
  out["likeCount"] = comment.likes;
  out["publishedAt"] = at;
  out["updatedAt"] = comment.edited ? domain::to_string(*comment.edited) : at;
  return out;
}

json::object resource(std::string_view kind, json::value id) {
  json::object out;
  out["kind"] = kind;
  out["id"] = std::move(id);
  return out;
}

json::object video_snippet(const World& world, const Video& video) {
  const Channel& channel = world.channels()[video.channel];
  json::object localized;
  localized["title"] = video.title;
  localized["description"] = video.text;
  json::object out;
  out["publishedAt"] = domain::to_string(video.at);
  out["channelId"] = channel.id;
  out["title"] = video.title;
  out["description"] = video.text;
  out["thumbnails"] = video_thumbnails(video, true);
  out["channelTitle"] = channel.name;
  out["categoryId"] = "28";
  out["liveBroadcastContent"] = "none";
  out["localized"] = std::move(localized);
  if (video.lang != "und") out["defaultAudioLanguage"] = video.lang;
  return out;
}

json::object video_statistics(const World& world, const Video& video,
                              Timestamp now) {
  size_t comments = 0;
  for (const size_t thread : written_by(world, video.threads, now)) {
    comments +=
        1 + written_by(world, world.comments()[thread].replies, now).size();
  }
  json::object out;
  out["viewCount"] = std::to_string(video.views);
  out["likeCount"] = std::to_string(video.likes);
  out["favoriteCount"] = "0";
  if (!video.comments_disabled) {
    out["commentCount"] = std::to_string(comments);
  }
  return out;
}

/// YouTube shows three significant figures.
int64_t rounded_subscribers(int64_t count) {
  int64_t unit = 1;
  while (count / unit >= 1000) unit *= 10;
  return count / unit * unit;
}

}  // namespace

std::vector<size_t> written_by(const World& world,
                               const std::vector<size_t>& indices,
                               Timestamp now) {
  std::vector<size_t> visible;
  for (const size_t index : indices) {
    if (world.comments()[index].at <= now) visible.push_back(index);
  }
  return visible;
}

std::string uploads_of(const Channel& channel) {
  return "UU" + channel.id.substr(2);
}

json::object with_etag(const json::object& resource) {
  json::object out;
  out["kind"] = resource.at("kind");
  out["etag"] = derived_name(stable_hash(json::serialize(resource)), 27);
  for (const auto& pair : resource) {
    if (pair.key() != "kind") out[pair.key()] = pair.value();
  }
  return out;
}

json::object search_result(const World& world, const Video& video,
                           const Parts& parts) {
  const Channel& channel = world.channels()[video.channel];
  json::object id;
  id["kind"] = "youtube#video";
  id["videoId"] = video.id;
  json::object out = resource("youtube#searchResult", std::move(id));
  if (parts.has("snippet")) {
    json::object snippet;
    snippet["publishedAt"] = domain::to_string(video.at);
    snippet["channelId"] = channel.id;
    snippet["title"] = escape_html(video.title);
    snippet["description"] = shortened(video.text);
    snippet["thumbnails"] = video_thumbnails(video, false);
    snippet["channelTitle"] = channel.name;
    snippet["liveBroadcastContent"] = "none";
    snippet["publishTime"] = domain::to_string(video.at);
    out["snippet"] = std::move(snippet);
  }
  return with_etag(out);
}

json::object video_resource(const World& world, const Video& video,
                            const Parts& parts, Timestamp now) {
  json::object out = resource("youtube#video", json::string(video.id));
  if (parts.has("snippet")) out["snippet"] = video_snippet(world, video);
  if (parts.has("contentDetails")) {
    json::object details;
    details["duration"] = video.duration;
    details["dimension"] = "2d";
    details["definition"] = "hd";
    details["caption"] = "false";
    details["licensedContent"] = false;
    details["contentRating"] = json::object();
    details["projection"] = "rectangular";
    out["contentDetails"] = std::move(details);
  }
  if (parts.has("status")) {
    json::object status;
    status["uploadStatus"] = "processed";
    status["privacyStatus"] = "public";
    status["license"] = "youtube";
    status["embeddable"] = true;
    status["publicStatsViewable"] = true;
    status["madeForKids"] = false;
    out["status"] = std::move(status);
  }
  if (parts.has("statistics")) {
    out["statistics"] = video_statistics(world, video, now);
  }
  return with_etag(out);
}

json::object channel_resource(const World& world, const Channel& channel,
                              const Parts& parts, Timestamp now) {
  json::object out = resource("youtube#channel", json::string(channel.id));
  if (parts.has("snippet")) {
    json::object snippet;
    snippet["title"] = channel.name;
    snippet["description"] = "";
    snippet["customUrl"] = "@" + lower_ascii(channel.handle);
    snippet["publishedAt"] = domain::to_string(channel.created_at);
    json::object thumbnails;
    thumbnails["default"] =
        thumbnail("https://yt3.example/" + channel.id + "=s88", 88, 88);
    snippet["thumbnails"] = std::move(thumbnails);
    out["snippet"] = std::move(snippet);
  }
  if (parts.has("contentDetails")) {
    json::object playlists;
    playlists["likes"] = "";
    playlists["uploads"] = uploads_of(channel);
    json::object details;
    details["relatedPlaylists"] = std::move(playlists);
    out["contentDetails"] = std::move(details);
  }
  if (parts.has("statistics")) {
    const uint64_t hash = stable_hash("channel size " + channel.id);
    int64_t videos = 0;
    int64_t views = 0;
    for (const size_t index : channel.videos) {
      if (world.videos()[index].at > now) break;
      ++videos;
      views += world.videos()[index].views;
    }
    json::object statistics;
    statistics["viewCount"] = std::to_string(views);
    statistics["subscriberCount"] = std::to_string(
        rounded_subscribers(static_cast<int64_t>(hash % 400'000)));
    statistics["hiddenSubscriberCount"] = false;
    statistics["videoCount"] = std::to_string(videos);
    out["statistics"] = std::move(statistics);
  }
  return with_etag(out);
}

json::object playlist_item(const World& world, const Video& video,
                           const Parts& parts, size_t position) {
  const Channel& channel = world.channels()[video.channel];
  const std::string id =
      base64url(uploads_of(channel) + "." +
                derived_name(stable_hash("playlist item " + video.id), 16));
  json::object out = resource("youtube#playlistItem", json::string(id));
  const std::string at = domain::to_string(video.at);
  if (parts.has("snippet")) {
    json::object target;
    target["kind"] = "youtube#video";
    target["videoId"] = video.id;
    json::object snippet;
    snippet["publishedAt"] = at;
    snippet["channelId"] = channel.id;
    snippet["title"] = video.title;
    snippet["description"] = video.text;
    snippet["thumbnails"] = video_thumbnails(video, true);
    snippet["channelTitle"] = channel.name;
    snippet["playlistId"] = uploads_of(channel);
    snippet["position"] = position;
    snippet["resourceId"] = std::move(target);
    snippet["videoOwnerChannelTitle"] = channel.name;
    snippet["videoOwnerChannelId"] = channel.id;
    out["snippet"] = std::move(snippet);
  }
  if (parts.has("contentDetails")) {
    json::object details;
    details["videoId"] = video.id;
    details["videoPublishedAt"] = at;
    out["contentDetails"] = std::move(details);
  }
  if (parts.has("status")) {
    json::object status;
    status["privacyStatus"] = "public";
    out["status"] = std::move(status);
  }
  return with_etag(out);
}

json::object comment_resource(const World& world, const Comment& comment,
                              const Parts& parts, TextFormat format) {
  json::object out = resource("youtube#comment", json::string(comment.id));
  if (parts.has("snippet")) {
    out["snippet"] = comment_snippet(world, comment, format);
  }
  return with_etag(out);
}

json::object thread_resource(const World& world, const Comment& comment,
                             const std::vector<size_t>& replies,
                             const Parts& parts, TextFormat format) {
  constexpr size_t kMostReplies = 5;
  const Video& video = world.videos()[comment.video];
  json::object out =
      resource("youtube#commentThread", json::string(comment.id));
  const auto whole = [&](const Comment& each) {
    json::object inner = resource("youtube#comment", json::string(each.id));
    inner["snippet"] = comment_snippet(world, each, format);
    return with_etag(inner);
  };
  if (parts.has("snippet")) {
    json::object snippet;
    snippet["channelId"] = world.channels()[video.channel].id;
    snippet["videoId"] = video.id;
    snippet["topLevelComment"] = whole(comment);
    snippet["canReply"] = true;
    snippet["totalReplyCount"] = replies.size();
    snippet["isPublic"] = true;
    out["snippet"] = std::move(snippet);
  }
  if (parts.has("replies") && !replies.empty()) {
    json::array shown;
    for (auto at = replies.rbegin();
         at != replies.rend() && shown.size() < kMostReplies; ++at) {
      shown.push_back(whole(world.comments()[*at]));
    }
    json::object inner;
    inner["comments"] = std::move(shown);
    out["replies"] = std::move(inner);
  }
  return with_etag(out);
}

}  // namespace grumble::simulator
