#include "collector/importers/records.h"
#include "collector/sources/json.h"

namespace grumble::collector {
namespace {

using domain::Post;
using domain::Timestamp;

/// Reads a time member into `time`; false when it is there and no time.
bool read_time(JsonValue record, std::string_view name,
               std::optional<Timestamp>& time) {
  if (!member(record, name)) return true;
  time = domain::parse_timestamp(string_member(record, name).value_or(""));
  return time.has_value();
}

domain::Metrics read_metrics(JsonValue record) {
  domain::Metrics metrics;
  const auto counters = member(record, "metrics");
  if (!counters) return metrics;
  metrics.likes = integer_member(*counters, "likes");
  metrics.reposts = integer_member(*counters, "reposts");
  metrics.replies = integer_member(*counters, "replies");
  metrics.quotes = integer_member(*counters, "quotes");
  metrics.views = integer_member(*counters, "views");
  metrics.bookmarks = integer_member(*counters, "bookmarks");
  return metrics;
}

void read_author(JsonValue record, Post& post, Items& items) {
  const auto author = member(record, "author");
  if (!author) return;
  if (!author->is_object()) {
    post.author_id = id_member(record, "author").value_or("");
    return;
  }
  post.author_id = id_member(*author, "id").value_or("");
  if (post.author_id.empty()) return;
  domain::Author known;
  known.platform = post.key.platform;
  known.id = post.author_id;
  known.handle = string_member(*author, "handle").value_or("");
  known.name = string_member(*author, "name").value_or("");
  known.followers = integer_member(*author, "followers");
  items.add(std::move(known));
}

void read_references(JsonValue record, Post& post) {
  for (const JsonValue reference : array_member(record, "references")) {
    if (!reference.is_object()) continue;
    const auto kind = domain::parse_reference_kind(
        string_member(reference, "kind").value_or(""));
    auto id = id_member(reference, "id");
    if (kind && id) post.references.push_back({*kind, std::move(*id)});
  }
}

bool is_platform(const std::string& name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return !name.empty() && name.size() <= 32 &&
         name.find_first_not_of(kLetters) == name.npos;
}

/// Fills the post, or says why it cannot.
std::string read_post(JsonValue record, const RecordReading& reading,
                      Post& post, Items& items) {
  constexpr size_t kLongestId = 200;
  if (!record.is_object()) return "is no object";
  const auto id = id_member(record, "id");
  if (!id || id->empty()) return "record has no id";
  if (id->size() > kLongestId) return "record id is too long";
  const auto text = string_member(record, "text");
  if (!text) return "record has no text";
  post.key = {string_member(record, "platform").value_or(reading.platform),
              *id};
  if (!is_platform(post.key.platform)) {
    return "platform '" + post.key.platform + "' is no name of a site";
  }
  const auto kind =
      domain::parse_post_kind(string_member(record, "kind").value_or("post"));
  if (!kind) return "kind is none of post, video and comment";
  post.kind = *kind;
  post.title = string_member(record, "title").value_or("");
  post.text = *text;
  post.lang = string_member(record, "lang").value_or("");
  std::optional<Timestamp> created_at;
  std::optional<Timestamp> observed_at;
  if (!read_time(record, "created_at", created_at)) {
    return "created_at is no RFC 3339 time";
  }
  if (!read_time(record, "edited_at", post.edited_at)) {
    return "edited_at is no RFC 3339 time";
  }
  if (!read_time(record, "observed_at", observed_at)) {
    return "observed_at is no RFC 3339 time";
  }
  post.observed_at = observed_at.value_or(reading.observed_at);
  post.created_at = created_at.value_or(post.observed_at);
  post.approximate_time =
      !created_at || bool_member(record, "approximate_time");
  post.context_only = bool_member(record, "context_only");
  post.conversation_id = id_member(record, "conversation_id").value_or("");
  read_references(record, post);
  post.metrics = read_metrics(record);
  read_author(record, post, items);
  return "";
}

}  // namespace

Items read_own_record(std::string_view slice, const RecordReading& reading,
                      const std::string& where) {
  Items items;
  JsonParser parser;
  std::string reason;
  Post post;
  const auto record = parser.parse(slice, reason);
  reason = record ? read_post(*record, reading, post, items)
                  : "is no JSON: " + reason;
  if (reason.empty()) {
    items.add(std::move(post));
  } else {
    items.reject(where, post.key.id, reason, slice);
  }
  return items;
}

}  // namespace grumble::collector
