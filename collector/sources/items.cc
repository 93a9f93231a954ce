#include "collector/sources/items.h"

#include <utility>

#include "collector/sources/json.h"
#include "collector/sources/text.h"
#include "domain/crash_point.h"

namespace grumble::collector {
namespace {

/// Bytes of rejected items of one answer.
constexpr size_t kMostShown = size_t{1} << 20;

}  // namespace

void Items::add(domain::Post post) {
  domain::crash_point("CP13");
  ++count;
  merge(std::move(post));
}

void Items::add(domain::Author author) {
  if (known_authors_.insert(author.platform + ' ' + author.id).second) {
    authors.push_back(std::move(author));
  }
}

void Items::reject(std::string pointer, std::string id, std::string reason,
                   std::string_view raw) {
  ++count;
  // The page is kept as it came; of a page full of rubbish this need not be.
  std::string shown = shown_ < kMostShown ? excerpt(raw) : "";
  shown_ += shown.size();
  rejects.push_back({std::move(pointer), valid_utf8(excerpt(id).substr(0, 120)),
                     excerpt(reason), std::move(shown)});
}

void Items::append(Items&& more) {
  count += more.count;
  duplicates += more.duplicates;
  for (auto& post : more.posts) merge(std::move(post));
  for (auto& author : more.authors) add(std::move(author));
  for (auto& reject : more.rejects) rejects.push_back(std::move(reject));
  for (auto& chain : more.edits) edits.push_back(std::move(chain));
  for (const auto& [kind, number] : more.others) others[kind] += number;
  analyses.merge(more.analyses);
}

void Items::merge(domain::Post post) {
  const auto [at, is_new] =
      index_.try_emplace(post.key.platform + ' ' + post.key.id, posts.size());
  if (is_new) {
    posts.push_back(std::move(post));
    return;
  }
  ++duplicates;
  domain::Post& kept = posts[at->second];
  const bool context_only = kept.context_only && post.context_only;
  // A hit carries more than the copy that came along with another post.
  if (post.observed_at > kept.observed_at ||
      (kept.context_only && !post.context_only)) {
    kept = std::move(post);
  }
  kept.context_only = context_only;
}

}  // namespace grumble::collector
