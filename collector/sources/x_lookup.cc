#include "collector/sources/x_lookup.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "collector/sources/json.h"
#include "collector/sources/text.h"

namespace grumble::collector {
namespace {

bool asks_for(const Gap& gap, const std::string& id) {
  return (',' + gap.items + ',').find(',' + id + ',') != std::string::npos;
}

/// Why a post is gone, from the error that stands in its place; empty when the
/// error says something else. Title and type may disagree.
std::optional<std::string> gone_reason(const std::string& raw) {
  const JsonText text(raw);
  JsonParser parser;
  const auto error = parser.parse(text.view());
  if (!error || !error->is_object()) return std::nullopt;
  std::string type = string_member(*error, "type").value_or("");
  type.erase(0, type.rfind('/') + 1);
  const std::string detail = string_member(*error, "detail").value_or("");
  if (detail.find("suspended") != detail.npos) return "suspended";
  if (type == "not-authorized-for-resource") return "protected";
  if (type == "resource-not-found") return "deleted";
  return std::nullopt;
}

/// One dialect shows the reference only to who pays for what it refers to.
bool is_repost(const domain::Post& post) {
  return post.text.starts_with("RT @") ||
         std::any_of(post.references.begin(), post.references.end(),
                     [](const domain::Reference& reference) {
                       return reference.kind == domain::ReferenceKind::repost;
                     });
}

}  // namespace

int64_t looked_up(const Gap& gap) {
  return gap.items.empty()
             ? 0
             : 1 + std::count(gap.items.begin(), gap.items.end(), ',');
}

Page read_x_lookup(XAnswer answer, const Gap& gap) {
  Page page;
  page.again = true;
  for (domain::Reject& reject : answer.items.rejects) {
    const bool asked = reject.pointer.starts_with("/errors/") &&
                       x_id(reject.item_id) &&
                       (gap.items.empty() || asks_for(gap, reject.item_id));
    const auto reason = asked ? gone_reason(reject.raw) : std::nullopt;
    if (reason) {
      page.gone.push_back({{"x", reject.item_id}, *reason});
    } else {
      page.rejects.push_back(std::move(reject));
    }
  }
  page.posts = std::move(answer.items.posts);
  std::erase_if(page.posts, is_repost);
  page.edits = std::move(answer.items.edits);
  page.authors = std::move(answer.items.authors);
  return page;
}

}  // namespace grumble::collector
