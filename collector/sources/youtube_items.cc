#include "collector/sources/youtube_items.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "collector/sources/json.h"
#include "collector/sources/text.h"

namespace grumble::collector {
namespace {

/// No site gives so many at once.
constexpr size_t kMostItems = 100'000;

using domain::Post;
using domain::PostKind;
using domain::Timestamp;

/// A post, or why it is none.
using PostOrReason = std::variant<Post, std::string>;

std::string text_at(JsonValue object, std::string_view name) {
  return string_member(object, name).value_or("");
}

std::optional<int64_t> counter(JsonValue object, std::string_view name) {
  const auto value = integer_member(object, name);
  return value && *value >= 0 ? value : std::nullopt;
}

/// Sets the time, or says why not.
std::optional<std::string> read_time(JsonValue object, std::string_view name,
                                     Timestamp& time) {
  const auto written = string_member(object, name);
  if (!written) return "has no " + std::string(name);
  const auto parsed = domain::parse_timestamp(*written);
  if (!parsed) return std::string(name) + " '" + *written + "' is no time";
  time = *parsed;
  return std::nullopt;
}

PostOrReason read_video(JsonValue item, JsonValue snippet,
                        const std::string& id) {
  Post post;
  post.key = {"youtube", id};
  post.kind = PostKind::video;
  const auto title = string_member(snippet, "title");
  if (!title) return "has no title";
  post.title = *title;
  post.text = text_at(snippet, "description");
  post.author_id = text_at(snippet, "channelId");
  post.lang = text_at(snippet, "defaultLanguage");
  if (auto error = read_time(snippet, "publishedAt", post.created_at)) {
    return *error;
  }
  if (const auto statistics = member(item, "statistics")) {
    post.metrics.likes = counter(*statistics, "likeCount");
    post.metrics.replies = counter(*statistics, "commentCount");
    post.metrics.views = counter(*statistics, "viewCount");
  }
  return post;
}

/// A playlist shows when the video was added, by whom, and, if asked, when it
/// was published.
PostOrReason read_playlist_item(JsonValue item, JsonValue snippet,
                                const std::string& id) {
  auto post = read_video(item, snippet, id);
  auto* video = std::get_if<Post>(&post);
  if (video == nullptr) return post;
  const auto details = member(item, "contentDetails");
  if ((video->title == "Private video" || video->title == "Deleted video") &&
      (!details || !member(*details, "videoPublishedAt"))) {
    return "not shown: private or deleted";
  }
  video->author_id = text_at(snippet, "videoOwnerChannelId");
  video->approximate_time =
      !details ||
      read_time(*details, "videoPublishedAt", video->created_at).has_value();
  return post;
}

std::string comment_text(JsonValue snippet, bool plain_text) {
  if (auto original = string_member(snippet, "textOriginal")) return *original;
  std::string shown = text_at(snippet, "textDisplay");
  return plain_text || !looks_like_html(shown) ? shown : text_of_html(shown);
}

PostOrReason read_comment(JsonValue snippet, const std::string& id,
                          const YoutubeReading& how) {
  Post post;
  post.key = {"youtube", id};
  post.kind = PostKind::comment;
  if (!member(snippet, "textOriginal") && !member(snippet, "textDisplay")) {
    return "has no text";
  }
  post.text = comment_text(snippet, how.plain_text);
  if (const auto channel = member(snippet, "authorChannelId")) {
    post.author_id = text_at(*channel, "value");
  }
  post.conversation_id = text_at(snippet, "videoId");
  if (post.conversation_id.empty()) post.conversation_id = how.video;
  std::string parent = text_at(snippet, "parentId");
  if (parent.empty()) parent = id.substr(0, std::min(id.find('.'), id.size()));
  if (parent != id) {
    post.references.push_back({domain::ReferenceKind::reply, parent});
  }
  if (auto error = read_time(snippet, "publishedAt", post.created_at)) {
    return *error;
  }
  Timestamp updated_at;
  if (!read_time(snippet, "updatedAt", updated_at) &&
      updated_at != post.created_at) {
    post.edited_at = updated_at;
  }
  post.metrics.likes = counter(snippet, "likeCount");
  return post;
}

/// Who wrote it, as far as the snippet tells.
domain::Author author_of(JsonValue snippet, const Post& post) {
  domain::Author author;
  author.platform = "youtube";
  author.id = post.author_id;
  if (post.kind == PostKind::comment) {
    const std::string shown = text_at(snippet, "authorDisplayName");
    if (shown.starts_with('@')) {
      author.handle = shown.substr(1);
    } else {
      author.name = shown;
    }
  } else {
    author.name = text_at(snippet, "videoOwnerChannelTitle");
    if (author.name.empty()) author.name = text_at(snippet, "channelTitle");
  }
  return author;
}

/// `youtube#comment` -> `comment`.
std::string kind_of(JsonValue item) {
  const std::string kind = text_at(item, "kind");
  return kind.starts_with("youtube#") ? kind.substr(8) : kind;
}

class AnswerReader {
 public:
  explicit AnswerReader(const YoutubeReading& how) : how_(how) {}

  YoutubeAnswer read(const std::vector<JsonMember>& root) {
    const auto list = find_member(root, "items");
    answer_.has_page = !list.empty() || !find_member(root, "kind").empty();
    if (const auto token = find_member(root, "nextPageToken"); !token.empty()) {
      if (const auto value = parser_.parse(token)) {
        std::string_view text;
        if (!value->get_string().get(text)) answer_.next_token = text;
      }
    }
    const auto items = split_array(list, kMostItems + 1);
    if (items && items->size() > kMostItems) {
      answer_.has_page = false;
      return std::move(answer_);
    }
    for (size_t i = 0; items && i < items->size(); ++i) {
      read_item((*items)[i], how_.prefix + "/items/" + std::to_string(i));
    }
    return std::move(answer_);
  }

 private:
  void read_item(std::string_view slice, const std::string& pointer) {
    raw_ = slice;
    std::string error;
    const auto item = parser_.parse(slice, error);
    if (!item || !item->is_object()) {
      answer_.items.reject(pointer, "",
                           item ? "item is no object" : "is no JSON: " + error,
                           slice);
      return;
    }
    const std::string kind = kind_of(*item);
    if (kind == "searchResult") {
      read_search_result(*item, pointer);
    } else if (kind == "playlistItem") {
      read_listed_video(*item, pointer);
    } else if (kind == "commentThread") {
      read_thread(*item, pointer);
    } else if (kind == "video" || kind == "comment") {
      add(*item, pointer, text_at(*item, "id"), kind);
    } else if (kind == "channel" || kind == "playlist") {
      ++answer_.items.others[kind];
    } else {
      answer_.items.reject(pointer, text_at(*item, "id"),
                           "item of unknown kind '" + kind + "'", slice);
    }
  }

  void read_search_result(JsonValue item, const std::string& pointer) {
    const auto id = member(item, "id");
    const std::string video = id ? text_at(*id, "videoId") : "";
    const std::string of = id ? kind_of(*id) : "";
    if (of == "channel" || of == "playlist") {
      ++answer_.items.others[of];
    } else if (!is_youtube_id(video)) {
      answer_.items.reject(pointer, video, "search result has no video id",
                           raw_);
    } else {
      answer_.ids.push_back(video);
      answer_.videos_found.push_back(video);
      if (how_.reject_search_results) {
        answer_.items.reject(
            pointer, video,
            "search result: no text of its own, import its videos.list answer",
            raw_);
      }
    }
  }

  void read_listed_video(JsonValue item, const std::string& pointer) {
    std::string id;
    if (const auto snippet = member(item, "snippet")) {
      if (const auto resource = member(*snippet, "resourceId")) {
        id = text_at(*resource, "videoId");
      }
    }
    if (how_.playlist_lists) {
      list_video(item, pointer, id);
    } else {
      add(item, pointer, id, "playlistItem");
    }
  }

  void list_video(JsonValue item, const std::string& pointer,
                  const std::string& id) {
    domain::Timestamp time;
    const auto snippet = member(item, "snippet");
    const auto details = member(item, "contentDetails");
    const bool told =
        (details && !read_time(*details, "videoPublishedAt", time)) ||
        (snippet && !read_time(*snippet, "publishedAt", time));
    if (!is_youtube_id(id) || !told) {
      answer_.items.reject(pointer, id, "lists no video with a time", raw_);
      return;
    }
    answer_.ids.push_back(id);
    answer_.videos_found.push_back(id);
    answer_.listed_times.push_back(time);
  }

  void read_thread(JsonValue item, const std::string& pointer) {
    const auto snippet = member(item, "snippet");
    const auto top =
        snippet ? member(*snippet, "topLevelComment") : std::nullopt;
    if (!top) {
      answer_.items.reject(pointer, text_at(item, "id"),
                           "thread has no topLevelComment", raw_);
      return;
    }
    const int64_t total = counter(*snippet, "totalReplyCount").value_or(0);
    const std::string id = text_at(*top, "id");
    const std::string video = text_at(*snippet, "videoId");
    add(*top, pointer + "/snippet/topLevelComment", id, "comment", video,
        total);
    int64_t came = 0;
    if (const auto replies = member(item, "replies")) {
      for (const JsonValue reply : array_member(*replies, "comments")) {
        add(reply, pointer + "/replies/comments/" + std::to_string(came),
            text_at(reply, "id"), "comment", video);
        ++came;
      }
    }
    if (total > came && is_youtube_id(id)) {
      answer_.cut_threads.push_back({id, total});
    }
  }

  void add(JsonValue item, const std::string& pointer, const std::string& id,
           const std::string& kind, const std::string& video = "",
           std::optional<int64_t> replies = std::nullopt) {
    const auto snippet = member(item, "snippet");
    auto post = read_post(item, snippet, id, kind);
    if (const auto* reason = std::get_if<std::string>(&post)) {
      answer_.items.reject(pointer, id, kind + ' ' + *reason, raw_);
      return;
    }
    auto& read = std::get<Post>(post);
    read.observed_at = how_.observed_at;
    if (read.kind == PostKind::comment && read.conversation_id.empty()) {
      read.conversation_id = video;
    }
    if (replies) {
      read.metrics.replies = replies;
      answer_.thread_times.push_back(read.created_at);
    }
    if (read.kind == PostKind::video && read.metrics.replies.value_or(0) > 0) {
      answer_.commented.emplace_back(id, *read.metrics.replies);
    }
    answer_.ids.push_back(id);
    auto author = author_of(*snippet, read);
    if (!author.id.empty()) answer_.items.add(std::move(author));
    answer_.items.add(std::move(read));
  }

  PostOrReason read_post(JsonValue item, std::optional<JsonValue> snippet,
                         const std::string& id, const std::string& kind) {
    if (!is_youtube_id(id)) return "id '" + id + "' is not YouTube's";
    if (!snippet || !snippet->is_object()) return "has no snippet";
    if (kind == "comment") return read_comment(*snippet, id, how_);
    if (kind == "playlistItem") return read_playlist_item(item, *snippet, id);
    return read_video(item, *snippet, id);
  }

  const YoutubeReading& how_;
  JsonParser parser_;
  YoutubeAnswer answer_;
  std::string_view raw_;
};

}  // namespace

std::optional<YoutubeAnswer> read_youtube_answer(std::string_view slice,
                                                 const YoutubeReading& how) {
  const auto root = split_object(slice);
  if (!root) return std::nullopt;
  return AnswerReader(how).read(*root);
}

}  // namespace grumble::collector
