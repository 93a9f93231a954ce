#include "collector/importers/records.h"
#include "collector/sources/json.h"
#include "collector/sources/text.h"

namespace grumble::collector {
namespace {

using domain::Post;
using domain::PostKind;
using domain::Timestamp;

std::optional<Timestamp> time_of(JsonValue object, std::string_view name) {
  const auto value = member(object, name);
  double seconds = 0;
  // A fraction of a second is possible; a year outside 1970..2199 is not.
  if (!value || value->get_double().get(seconds)) return std::nullopt;
  if (!(seconds >= 0 && seconds < 7'258'118'400.0)) return std::nullopt;
  return Timestamp(
      std::chrono::milliseconds(static_cast<int64_t>(seconds) * 1000));
}

/// `20160625`, a day of UTC.
std::optional<Timestamp> day_of(JsonValue object, std::string_view name) {
  const auto day = string_member(object, name);
  if (!day || day->size() != 8) return std::nullopt;
  return domain::parse_timestamp(day->substr(0, 4) + '-' + day->substr(4, 2) +
                                 '-' + day->substr(6, 2) + "T00:00:00Z");
}

std::optional<int64_t> counter(JsonValue object, std::string_view name) {
  const auto value = integer_member(object, name);
  return value && *value >= 0 ? value : std::nullopt;
}

std::string first_of(JsonValue object, std::string_view name,
                     std::string_view otherwise) {
  auto text = string_member(object, name);
  if (!text || text->empty()) text = string_member(object, otherwise);
  return text.value_or("");
}

void add_author(Items& items, JsonValue object, const std::string& id,
                const std::string& shown, std::string_view handle_member) {
  if (id.empty()) return;
  domain::Author author;
  author.platform = "youtube";
  author.id = id;
  const auto handle = string_member(object, handle_member).value_or("");
  if (handle.starts_with('@')) author.handle = handle.substr(1);
  if (!shown.starts_with('@')) author.name = shown;
  author.followers = counter(object, "channel_follower_count");
  items.add(std::move(author));
}

void add_video(Items& items, JsonValue info, std::string_view raw,
               Timestamp observed_at, const std::string& where) {
  Post post;
  const auto id = string_member(info, "id").value_or("");
  post.key = {"youtube", id};
  post.kind = PostKind::video;
  post.observed_at = observed_at;
  const auto site = string_member(info, "extractor_key").value_or("Youtube");
  const auto title = string_member(info, "title");
  const auto exact = time_of(info, "timestamp");
  const auto day = day_of(info, "upload_date");
  std::string reason;
  if (site != "Youtube") {
    reason = "video of '" + site + "', only YouTube can be read";
  } else if (!is_youtube_id(id)) {
    reason = "video id '" + id + "' is not YouTube's";
  } else if (!title) {
    reason = "video has no title";
  } else if (!exact && !day) {
    reason = "video has neither timestamp nor upload_date";
  }
  if (!reason.empty()) {
    items.reject(where, id, reason, raw);
    return;
  }
  post.title = *title;
  post.text = string_member(info, "description").value_or("");
  post.author_id = first_of(info, "channel_id", "uploader_id");
  post.created_at = exact ? *exact : *day;
  post.approximate_time = !exact;
  post.metrics.likes = counter(info, "like_count");
  post.metrics.replies = counter(info, "comment_count");
  post.metrics.views = counter(info, "view_count");
  add_author(items, info, post.author_id, first_of(info, "channel", "uploader"),
             "uploader_id");
  items.add(std::move(post));
}

}  // namespace

void read_ytdlp_comment(Items& items, std::string_view slice,
                        const std::string& video, Timestamp observed_at,
                        const std::string& where) {
  JsonParser parser;
  const auto value = parser.parse(slice);
  if (!value || !value->is_object()) {
    items.reject(where, "", "comment is no object", slice);
    return;
  }
  Post post;
  const auto id = string_member(*value, "id").value_or("");
  const auto text = string_member(*value, "text");
  const auto time = time_of(*value, "timestamp");
  if (!is_youtube_id(id) || !text || !time) {
    items.reject(where, id,
                 !is_youtube_id(id) ? "comment id '" + id + "' is not YouTube's"
                 : !text            ? "comment has no text"
                                    : "comment has no timestamp",
                 slice);
    return;
  }
  post.key = {"youtube", id};
  post.kind = PostKind::comment;
  post.text = *text;
  post.author_id = string_member(*value, "author_id").value_or("");
  post.created_at = *time;
  // yt-dlp computes it from "11 days ago".
  post.approximate_time = true;
  post.conversation_id = video;
  const auto parent = string_member(*value, "parent").value_or("root");
  if (parent != "root") {
    post.references.push_back({domain::ReferenceKind::reply, parent});
  }
  post.metrics.likes = counter(*value, "like_count");
  post.observed_at = observed_at;
  add_author(items, *value, post.author_id,
             string_member(*value, "author").value_or(""), "author");
  items.add(std::move(post));
}

Items read_ytdlp_info(std::string_view slice, const RecordReading& reading,
                      const std::string& where) {
  Items items;
  JsonParser parser;
  std::string error;
  const auto members = split_object(slice);
  const auto info = parser.parse(slice, error);
  if (!members || !info) {
    items.reject(where, "", "is no JSON: " + error, slice);
    return items;
  }
  const Timestamp observed_at =
      time_of(*info, "epoch").value_or(reading.observed_at);
  const std::string video = string_member(*info, "id").value_or("");
  add_video(items, *info, slice, observed_at, where);
  const auto comments = split_array(find_member(*members, "comments"));
  for (size_t i = 0; comments && i < comments->size(); ++i) {
    read_ytdlp_comment(items, (*comments)[i], video, observed_at,
                       where + "/comments/" + std::to_string(i));
  }
  return items;
}

}  // namespace grumble::collector
