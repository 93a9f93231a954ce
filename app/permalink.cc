#include "app/permalink.h"

#include <algorithm>
#include <string_view>

namespace grumble::app {
namespace {

bool plain_id(std::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

std::string permalink(const domain::Post& post) {
  if (!plain_id(post.key.id)) return {};
  if (post.key.platform == "x") {
    return "https://x.com/i/web/status/" + post.key.id;
  }
  if (post.key.platform != "youtube") return {};
  if (post.kind == domain::PostKind::video) {
    return "https://www.youtube.com/watch?v=" + post.key.id;
  }
  if (!plain_id(post.conversation_id)) return {};
  return "https://www.youtube.com/watch?v=" + post.conversation_id +
         "&lc=" + post.key.id;
}

}  // namespace grumble::app
