#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/timestamp.h"

namespace grumble::domain {

/// Names one text of one site. `platform` is the site ("x", "youtube"), `id`
/// the site's own id as it wrote it; ids are never turned into numbers here.
struct PostKey {
  std::string platform;
  std::string id;

  auto operator<=>(const PostKey&) const = default;
};

enum class PostKind { post, video, comment };

/// How one post points at another of the same platform.
enum class ReferenceKind { reply, quote, repost };

struct Reference {
  ReferenceKind kind = ReferenceKind::reply;
  std::string id;

  auto operator<=>(const Reference&) const = default;
};

/// Counters as the site showed them. Absent is not zero: the site hid it.
struct Metrics {
  std::optional<int64_t> likes;
  std::optional<int64_t> reposts;
  std::optional<int64_t> replies;
  std::optional<int64_t> quotes;
  std::optional<int64_t> views;
  std::optional<int64_t> bookmarks;

  bool operator==(const Metrics&) const = default;
};

/// One X post, YouTube video or YouTube comment, in valid UTF-8 without NUL.
struct Post {
  PostKey key;
  PostKind kind = PostKind::post;
  std::string author_id;  ///< empty when the site did not tell
  std::string title;      ///< videos only
  std::string text;       ///< a video's description; unescaped
  std::string lang;       ///< BCP 47 as the site gave it, or empty
  Timestamp created_at;
  bool approximate_time = false;  ///< created_at is an estimate (yt-dlp)
  std::optional<Timestamp> edited_at;
  std::string conversation_id;  ///< X conversation; a comment's video
  std::vector<Reference> references;
  Metrics metrics;
  Timestamp observed_at;  ///< when the site showed this state
  /// Came along as the parent of a hit, and matched no query itself. Kept, and
  /// left out of the counts until a query returns it.
  bool context_only = false;
};

/// What findings are read from: the title, if any, a line break, the text.
std::string full_text(const Post& post);

struct Author {
  std::string platform;
  std::string id;
  std::string handle;
  std::string name;
  std::optional<int64_t> followers;
};

/// An item of an answer or a file that could not become a post. Kept and
/// counted, never dropped in silence.
struct Reject {
  std::string pointer;  ///< where: JSON pointer, or `line 12`
  std::string item_id;  ///< as far as it could be read
  std::string reason;   ///< for a person: lower case, no full stop
  std::string raw;      ///< the item's bytes, at most 4 KiB of them
};

std::string_view to_string(PostKind kind);
std::string_view to_string(ReferenceKind kind);
/// Empty when `name` is none of the kinds.
std::optional<PostKind> parse_post_kind(std::string_view name);
std::optional<ReferenceKind> parse_reference_kind(std::string_view name);

}  // namespace grumble::domain
