#include "app/render/author.h"

#include "store/author_naming.h"

namespace grumble::app {
namespace {

/// Enough to tell the authors of a screen apart.
constexpr size_t kShown = 6;

}  // namespace

std::string author_label(const store::EvidencePost& entry) {
  if (!entry.handle.empty()) return "@" + entry.handle;
  const std::string& id = entry.post.author_id;
  if (id.empty()) return "";
  // An id of a site is no secret, and its first letters tell nobody apart.
  const bool pseudonym = id.size() == store::kPseudonymSize;
  return "author " + (pseudonym ? id.substr(0, kShown) : id);
}

std::string author_field(const store::EvidencePost& entry) {
  return entry.handle.empty() ? entry.post.author_id : entry.handle;
}

}  // namespace grumble::app
