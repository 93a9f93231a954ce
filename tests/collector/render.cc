#include "tests/collector/render.h"

#include "collector/sources/text.h"

namespace grumble::collector {
namespace {

void add(std::string& json, const std::string& name,
         const std::string& rendered) {
  if (json.size() > 1) json += ", ";
  json += quoted_json(name) + ": " + rendered;
}

void add_text(std::string& json, const std::string& name,
              const std::string& text) {
  if (!text.empty()) add(json, name, quoted_json(text));
}

void add_number(std::string& json, const std::string& name,
                const std::optional<int64_t>& number) {
  if (number) add(json, name, std::to_string(*number));
}

template <typename Things>
std::string list(const Things& things) {
  std::string json = "[";
  for (const auto& thing : things) {
    json += (json.size() > 1 ? ",\n  " : "\n  ") + render(thing);
  }
  return json + "]";
}

}  // namespace

std::string render(const domain::Author& author) {
  std::string json = "{";
  add_text(json, "id", author.id);
  add_text(json, "handle", author.handle);
  add_text(json, "name", author.name);
  add_number(json, "followers", author.followers);
  return json + "}";
}

std::string render(const Lead& lead) {
  std::string json = "{";
  add_text(json, "list", lead.list);
  add_text(json, "subject", lead.subject);
  add_text(json, "items", lead.items);
  if (lead.mark != 0) add_number(json, "mark", lead.mark);
  return json + "}";
}

std::string render(const Move& move) {
  std::string json = "{";
  add_text(json, "fate",
           move.fate == Fate::closed  ? "closed"
           : move.fate == Fate::moved ? "moved"
                                      : "set aside");
  add_number(json, "hi", move.gap.hi);
  add_text(json, "token", move.gap.token);
  add_text(json, "seen", move.gap.seen);
  if (move.gap.restarts != 0) add_number(json, "restarts", move.gap.restarts);
  add_text(json, "reason", move.reason);
  return json + "}";
}

std::string render(const domain::Post& post) {
  std::string json = "{";
  add_text(json, "id", post.key.id);
  add_text(json, "kind", std::string(to_string(post.kind)));
  add_text(json, "author", post.author_id);
  add_text(json, "title", post.title);
  add_text(json, "text", post.text);
  add_text(json, "lang", post.lang);
  add_text(json, "created_at", domain::to_string(post.created_at));
  if (post.approximate_time) add(json, "approximate_time", "true");
  if (post.edited_at) {
    add_text(json, "edited_at", domain::to_string(*post.edited_at));
  }
  add_text(json, "conversation", post.conversation_id);
  for (const auto& reference : post.references) {
    add_text(json, std::string(to_string(reference.kind)), reference.id);
  }
  add_number(json, "likes", post.metrics.likes);
  add_number(json, "reposts", post.metrics.reposts);
  add_number(json, "replies", post.metrics.replies);
  add_number(json, "quotes", post.metrics.quotes);
  add_number(json, "views", post.metrics.views);
  add_number(json, "bookmarks", post.metrics.bookmarks);
  if (post.context_only) add(json, "context_only", "true");
  return json + "}";
}

std::string render(const domain::Reject& reject) {
  std::string json = "{";
  add_text(json, "pointer", reject.pointer);
  add_text(json, "id", reject.item_id);
  add_text(json, "reason", reject.reason);
  return json + "}";
}

std::string render(const Page& page, const Gap& gap, domain::Timestamp now) {
  return "{\"cost\": {\"" + page.cost.bucket +
         "\": " + std::to_string(page.cost.amount) +
         "},\n \"posts\": " + list(page.posts) +
         ",\n \"authors\": " + list(page.authors) +
         ",\n \"rejects\": " + list(page.rejects) +
         ",\n \"leads\": " + list(page.leads) +
         ",\n \"move\": " + render(advance(gap, page.sight, now)) + "}\n";
}

}  // namespace grumble::collector
