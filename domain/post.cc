#include "domain/post.h"

#include <array>
#include <utility>

#include "domain/names.h"

namespace grumble::domain {
namespace {

constexpr std::array kPostKinds = {
    std::pair{PostKind::post, std::string_view("post")},
    std::pair{PostKind::video, std::string_view("video")},
    std::pair{PostKind::comment, std::string_view("comment")},
};
constexpr std::array kReferenceKinds = {
    std::pair{ReferenceKind::reply, std::string_view("reply")},
    std::pair{ReferenceKind::quote, std::string_view("quote")},
    std::pair{ReferenceKind::repost, std::string_view("repost")},
};

}  // namespace

std::string full_text(const Post& post) {
  if (post.title.empty()) return post.text;
  if (post.text.empty()) return post.title;
  return post.title + "\n" + post.text;
}

std::string_view to_string(PostKind kind) { return name_of(kPostKinds, kind); }

std::string_view to_string(ReferenceKind kind) {
  return name_of(kReferenceKinds, kind);
}

std::optional<PostKind> parse_post_kind(std::string_view name) {
  return value_of(kPostKinds, name);
}

std::optional<ReferenceKind> parse_reference_kind(std::string_view name) {
  return value_of(kReferenceKinds, name);
}

}  // namespace grumble::domain
