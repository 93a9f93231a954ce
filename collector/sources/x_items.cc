#include "collector/sources/x_items.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>
#include <variant>

#include "collector/sources/json.h"
#include "collector/sources/text.h"
#include "collector/sources/x_post.h"

namespace grumble::collector {
namespace {

using domain::Post;
using domain::ReferenceKind;
using domain::Timestamp;

constexpr int64_t kSnowflakeEpoch = 1'288'834'974'657;
constexpr int kSnowflakeShift = 22;
/// No site gives so many at once.
constexpr size_t kMostItems = 100'000;
bool has(JsonValue object, std::string_view name) {
  return member(object, name).has_value();
}

/// What an object of `data` is when it is no post; empty for a post, and for
/// what cannot be told, which then fails as a post.
std::string_view other_kind(JsonValue item) {
  for (const std::string_view sign :
       {"text", "note_tweet", "note_post", "author_id",
        "edit_history_tweet_ids", "edit_history_post_ids"}) {
    if (has(item, sign)) return "";
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kSigns{
      {{"username", "user"},
       {"tweet_count", "count"},
       {"post_count", "count"},
       {"value", "stream rule"},
       {"download_url", "compliance job"},
       {"project_usage", "usage record"},
       {"project_cap", "usage record"},
       {"name", "list"}}};
  for (const auto& [sign, kind] : kSigns) {
    if (has(item, sign)) return kind;
  }
  return "";
}

std::string error_text(JsonValue error) {
  for (const std::string_view name : {"detail", "message", "title"}) {
    auto text = string_member(error, name);
    if (!text || text->empty()) continue;
    // The id in brackets is the reject's own; reasons are counted by kind.
    return "not shown: " + text->substr(0, text->find(": ["));
  }
  return "not shown: the answer gives no reason";
}

/// Reads one answer; keeps what its parts need of each other.
class AnswerReader {
 public:
  AnswerReader(Timestamp observed_at, const std::string& prefix)
      : observed_at_(observed_at), prefix_(prefix) {}

  XAnswer read(const std::vector<JsonMember>& root) {
    const auto data = find_member(root, "data");
    const auto meta = find_member(root, "meta");
    answer_.has_page = !data.empty() || !meta.empty();
    if (const auto includes = split_object(find_member(root, "includes"))) {
      read_users(find_member(*includes, "users"));
      read_included(find_member(*includes, "tweets"), "tweets");
      read_included(find_member(*includes, "posts"), "posts");
    }
    read_data(data);
    read_errors(find_member(root, "errors"));
    if (const auto value = parser_.parse(meta)) {
      answer_.next_token = string_member(*value, "next_token").value_or("");
    }
    for (auto& [id, post] : included_) answer_.items.add(std::move(post));
    return std::move(answer_);
  }

 private:
  void read_users(std::string_view slice) {
    const auto users = list_of(slice);
    for (size_t i = 0; users && i < users->size(); ++i) {
      ++answer_.users;
      std::string error = "has no usable id";
      const auto user = parser_.parse((*users)[i], error);
      auto author = user ? read_x_author(*user) : std::nullopt;
      if (author) {
        answer_.items.add(std::move(*author));
      } else {
        reject("/includes/users/" + std::to_string(i), "", "user " + error,
               (*users)[i]);
      }
    }
  }

  void read_included(std::string_view slice, const std::string& name) {
    const auto posts = list_of(slice);
    for (size_t i = 0; posts && i < posts->size(); ++i) {
      ++answer_.posts;
      auto post =
          read_item((*posts)[i], "/includes/" + name + '/' + std::to_string(i));
      if (!post) continue;
      post->context_only = true;
      included_.emplace_back(post->key.id, std::move(*post));
    }
  }

  /// The elements of an array. An answer with too many of them is no page.
  std::optional<std::vector<std::string_view>> list_of(std::string_view slice) {
    auto list = split_array(slice, kMostItems + 1);
    if (list && list->size() > kMostItems) {
      answer_.has_page = false;
      list->clear();
    }
    return list;
  }

  void read_data(std::string_view slice) {
    if (slice.empty()) return;
    if (const auto list = list_of(slice)) {
      for (size_t i = 0; i < list->size(); ++i) {
        read_hit((*list)[i], "/data/" + std::to_string(i));
      }
    } else {
      read_hit(slice, "/data");
    }
  }

  void read_hit(std::string_view slice, const std::string& pointer) {
    if (const auto value = parser_.parse(slice); value && value->is_object()) {
      if (const auto kind = other_kind(*value); !kind.empty()) {
        ++answer_.items.others[std::string(kind)];
        return;
      }
    }
    ++answer_.hits;
    ++answer_.posts;
    auto post = read_item(slice, pointer);
    if (!post) return;
    answer_.ids.push_back(*x_id(post->key.id));
    for (const auto& reference : post->references) {
      if (reference.kind == ReferenceKind::repost) {
        take_text(*post, reference.id);
      }
    }
    answer_.items.add(std::move(*post));
  }

  /// A repost's own text is cut short.
  void take_text(Post& repost, const std::string& original_id) {
    for (const auto& [id, post] : included_) {
      if (id == original_id) repost.text = post.text;
    }
  }

  std::optional<Post> read_item(std::string_view slice,
                                const std::string& pointer) {
    std::string error;
    const auto value = parser_.parse(slice, error);
    if (!value) {
      reject(pointer, "", "is no JSON: " + error, slice);
      return std::nullopt;
    }
    auto post = read_x_post(*value, observed_at_);
    if (auto* reason = std::get_if<std::string>(&post)) {
      reject(pointer, id_of(*value), "post " + *reason, slice);
      return std::nullopt;
    }
    if (auto edits = read_x_edits(*value)) {
      answer_.items.edits.push_back(std::move(*edits));
    }
    return std::get<Post>(std::move(post));
  }

  static std::string id_of(JsonValue value) {
    return value.is_object() ? id_member(value, "id").value_or("") : "";
  }

  void read_errors(std::string_view slice) {
    const auto errors = list_of(slice);
    for (size_t i = 0; errors && i < errors->size(); ++i) {
      answer_.has_errors = true;
      const auto value = parser_.parse((*errors)[i]);
      const bool readable = value && value->is_object();
      std::string id;
      if (readable) {
        id = id_member(*value, "resource_id")
                 .value_or(id_member(*value, "value").value_or(""));
      }
      reject("/errors/" + std::to_string(i), id,
             readable ? error_text(*value) : "error item is no JSON",
             (*errors)[i]);
    }
  }

  void reject(const std::string& pointer, std::string id, std::string reason,
              std::string_view raw) {
    answer_.items.reject(prefix_ + pointer, std::move(id), std::move(reason),
                         raw);
  }

  Timestamp observed_at_;
  std::string prefix_;
  JsonParser parser_;
  XAnswer answer_;
  std::vector<std::pair<std::string, Post>> included_;
};

/// A referenced post that is more than its type and id.
bool is_inlined(JsonValue reference) {
  return has(reference, "text") || has(reference, "note_tweet");
}

void add_flat(Items& items, JsonValue item, Timestamp observed_at,
              const std::string& pointer, std::string_view raw,
              bool context_only) {
  auto post = read_x_post(item, observed_at);
  if (const auto author = member(item, "author")) {
    if (auto read = read_x_author(*author)) items.add(std::move(*read));
  }
  for (const JsonValue reference : x_references(item)) {
    if (!is_inlined(reference)) continue;
    const bool repost =
        string_member(reference, "type").value_or("") == "retweeted";
    if (auto* self = std::get_if<Post>(&post); self && repost) {
      self->text = read_x_text(reference).value_or(self->text);
    }
    add_flat(items, reference, observed_at, pointer + "/referenced_tweets", raw,
             true);
  }
  if (const auto* reason = std::get_if<std::string>(&post)) {
    const auto id = item.is_object() ? id_member(item, "id").value_or("") : "";
    items.reject(pointer, id, "post " + *reason, raw);
    return;
  }
  if (auto edits = read_x_edits(item)) items.edits.push_back(std::move(*edits));
  auto& read = std::get<Post>(post);
  read.context_only = context_only;
  items.add(std::move(read));
}

}  // namespace

std::optional<XAnswer> read_x_answer(std::string_view slice,
                                     Timestamp observed_at,
                                     const std::string& prefix) {
  const auto root = split_object(slice);
  if (!root) return std::nullopt;
  return AnswerReader(observed_at, prefix).read(*root);
}

Items read_x_flat_post(std::string_view slice, Timestamp observed_at,
                       const std::string& prefix) {
  Items items;
  JsonParser parser;
  std::string error;
  const auto value = parser.parse(slice, error);
  if (!value) {
    items.reject(prefix, "", "is no JSON: " + error, slice);
  } else {
    add_flat(items, *value, observed_at, prefix, slice, false);
  }
  return items;
}

Timestamp x_time_of(int64_t id) {
  return Timestamp(
      std::chrono::milliseconds((id >> kSnowflakeShift) + kSnowflakeEpoch));
}

int64_t x_first_id_of(Timestamp time) {
  const int64_t since_epoch = time.time_since_epoch().count() - kSnowflakeEpoch;
  return std::max<int64_t>(since_epoch, 0) << kSnowflakeShift;
}

}  // namespace grumble::collector
