#include "collector/sources/x_post.h"

#include <utility>

#include "collector/sources/text.h"
#include "collector/sources/x_items.h"
#include "domain/names.h"

namespace grumble::collector {
namespace {

using domain::Post;
using domain::ReferenceKind;
using domain::Timestamp;

/// Ids below were counted, not made from the clock.
constexpr int64_t kFirstSnowflake = 29'700'859'247;

/// The first member there is: the two dialects name one thing twice.
std::optional<JsonValue> either(JsonValue object, std::string_view tweet_name,
                                std::string_view post_name) {
  const auto value = member(object, tweet_name);
  return value ? value : member(object, post_name);
}

std::optional<int64_t> counter(JsonValue metrics, std::string_view name) {
  const auto value = integer_member(metrics, name);
  return value && *value >= 0 ? value : std::nullopt;
}

domain::Metrics read_metrics(JsonValue item) {
  domain::Metrics metrics;
  const auto counters = member(item, "public_metrics");
  if (!counters) return metrics;
  metrics.likes = counter(*counters, "like_count");
  metrics.reposts = counter(*counters, "repost_count");
  if (!metrics.reposts) {
    metrics.reposts = counter(*counters, "retweet_count");
  }
  metrics.replies = counter(*counters, "reply_count");
  metrics.quotes = counter(*counters, "quote_count");
  metrics.views = counter(*counters, "impression_count");
  metrics.bookmarks = counter(*counters, "bookmark_count");
  return metrics;
}

std::vector<domain::Reference> read_references(JsonValue item) {
  constexpr domain::Names<ReferenceKind, 3> kKinds{
      {{ReferenceKind::reply, "replied_to"},
       {ReferenceKind::quote, "quoted"},
       {ReferenceKind::repost, "retweeted"}}};
  std::vector<domain::Reference> references;
  for (const JsonValue reference : x_references(item)) {
    const auto id = id_member(reference, "id");
    const auto kind =
        domain::value_of(kKinds, string_member(reference, "type").value_or(""));
    if (kind && id && x_id(*id)) references.push_back({*kind, *id});
  }
  return references;
}

/// All versions, oldest first, as far as they are ids.
std::vector<std::string> versions_of(JsonValue item) {
  auto history = array_member(item, "edit_history_tweet_ids");
  if (history.empty()) history = array_member(item, "edit_history_post_ids");
  std::vector<std::string> ids;
  for (const JsonValue version : history) {
    std::string_view id;
    if (!version.get_string().get(id) && x_id(id)) ids.emplace_back(id);
  }
  return ids;
}

}  // namespace

std::vector<JsonValue> x_references(JsonValue item) {
  auto references = array_member(item, "referenced_tweets");
  return references.empty() ? array_member(item, "referenced_posts")
                            : references;
}

std::optional<std::string> read_x_text(JsonValue item) {
  if (const auto note = either(item, "note_tweet", "note_post")) {
    const auto text = string_member(*note, "text");
    if (text && !text->empty()) return unescape_html(*text);
  }
  const auto text = string_member(item, "text");
  if (!text) return std::nullopt;
  return unescape_html(*text);
}

PostOrReason read_x_post(JsonValue item, Timestamp observed_at) {
  if (!item.is_object()) return "is no object";
  Post post;
  const auto id = id_member(item, "id");
  if (!id) return "has no id";
  if (!x_id(*id)) return "id '" + *id + "' is not 1 to 19 digits";
  post.key = {"x", *id};
  const auto text = read_x_text(item);
  if (!text) return "has no text";
  post.text = *text;
  if (const auto time = member(item, "created_at")) {
    const auto written = string_member(item, "created_at").value_or("");
    const auto created_at = domain::parse_timestamp(written);
    if (!created_at) return "created_at '" + written + "' is no time";
    post.created_at = *created_at;
  } else if (*x_id(*id) >= kFirstSnowflake) {
    post.created_at = x_time_of(*x_id(*id));
  } else {
    return "has no created_at, and its id is too old to tell the time";
  }
  post.author_id = id_member(item, "author_id").value_or("");
  post.lang = string_member(item, "lang").value_or("");
  post.conversation_id = id_member(item, "conversation_id").value_or("");
  post.references = read_references(item);
  post.metrics = read_metrics(item);
  post.observed_at = observed_at;
  const auto versions = versions_of(item);
  if (!versions.empty() && versions.front() != *id) {
    post.edited_at = post.created_at;
  }
  return post;
}

std::optional<domain::Author> read_x_author(JsonValue user) {
  const auto id = id_member(user, "id");
  if (!id || !x_id(*id)) return std::nullopt;
  domain::Author author;
  author.platform = "x";
  author.id = *id;
  author.handle = string_member(user, "username").value_or("");
  author.name = string_member(user, "name").value_or("");
  if (const auto metrics = member(user, "public_metrics")) {
    author.followers = counter(*metrics, "followers_count");
  }
  return author;
}

std::optional<domain::EditChain> read_x_edits(JsonValue item) {
  domain::EditChain chain{"x", versions_of(item)};
  if (chain.ids.size() < 2) return std::nullopt;
  return chain;
}

}  // namespace grumble::collector
