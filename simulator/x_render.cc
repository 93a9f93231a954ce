#include "simulator/x_render.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

namespace grumble::simulator {
namespace {

namespace json = boost::json;

constexpr size_t kLongest = 280;

/// A text and the parts of it.
struct Layout {
  explicit Layout(const std::string& text)
      : code_points(to_code_points(text)),
        entities(find_entities(code_points)) {}

  bool is_long() const {
    return weighted_length(code_points, entities) > kLongest;
  }

  std::u32string code_points;
  std::vector<Entity> entities;
};

/// A text as it goes out: urls shortened, markup escaped, entities placed in
/// code points of the escaped text.
class Display {
 public:
  explicit Display(const World& world) : world_(world) {}

  /// Writes the code points before `end` and the entities that fit in whole.
  void write(const Layout& layout, size_t end) {
    size_t at = 0;
    for (const Entity& entity : layout.entities) {
      if (entity.end > end) break;
      copy(layout.code_points, at, entity.begin);
      write(layout, entity);
      at = entity.end;
    }
    copy(layout.code_points, at, end);
  }

  void link(const std::string& address) {
    const uint64_t hash = stable_hash("t.co " + address);
    std::string name = derived_name(hash, 10);
    std::replace(name.begin(), name.end(), '-', 'a');
    std::replace(name.begin(), name.end(), '_', 'b');
    const std::string url = "https://t.co/" + name;
    json::object entity = place(url.size());
    entity["url"] = url;
    entity["expanded_url"] = address;
    entity["display_url"] = displayed(address);
    append(url, url.size());
    add("urls", std::move(entity));
  }

  void plain(std::u32string_view added) { copy(added, 0, added.size()); }

  std::string text;
  json::object entities;

 private:
  void write(const Layout& layout, const Entity& entity) {
    if (entity.kind == EntityKind::url) {
      link(entity.value);
      return;
    }
    json::object placed = place(entity.end - entity.begin);
    copy(layout.code_points, entity.begin, entity.end);
    if (entity.kind == EntityKind::mention) {
      placed["username"] = entity.value;
      if (const User* user = world_.find_user(entity.value)) {
        placed["id"] = user->id;
      }
      add("mentions", std::move(placed));
      return;
    }
    placed["tag"] = entity.value;
    add(entity.kind == EntityKind::hashtag ? "hashtags" : "cashtags",
        std::move(placed));
  }

  static std::string displayed(const std::string& address) {
    constexpr size_t kShown = 26;
    std::string shown = address.substr(address.find("//") + 2);
    if (shown.size() > kShown + 1) shown = shown.substr(0, kShown) + "…";
    return shown;
  }

  json::object place(size_t length) const {
    json::object entity;
    entity["start"] = length_;
    entity["end"] = length_ + length;
    return entity;
  }

  void add(const char* kind, json::object entity) {
    if (!entities.contains(kind)) entities[kind] = json::array();
    entities[kind].as_array().push_back(std::move(entity));
  }

  void copy(std::u32string_view from, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const std::string escaped = escape_markup(to_utf8(from.substr(i, 1)));
      append(escaped, escaped.front() == '&' ? escaped.size() : 1);
    }
  }

  void append(const std::string& part, size_t code_points) {
    text += part;
    length_ += code_points;
  }

  const World& world_;
  size_t length_ = 0;
};

std::string status_address(const World& world, const XPost& post) {
  return "https://twitter.com/" + world.users()[post.author].handle +
         "/status/" + std::to_string(post.id);
}

/// Where a long text is cut, so that the ellipsis and the link back fit.
size_t cut_position(const Layout& post) {
  constexpr size_t kTail = 2 + 1 + 23;  // "…", space, link
  const auto fits = [&](size_t end) {
    std::vector<Entity> whole;
    for (const Entity& entity : post.entities) {
      if (entity.end <= end) whole.push_back(entity);
    }
    return weighted_length(std::u32string_view(post.code_points).substr(0, end),
                           whole) <= kLongest - kTail;
  };
  size_t end = post.code_points.size();
  while (end > 0 && !fits(end)) --end;
  for (const Entity& entity : post.entities) {
    if (entity.begin < end && entity.end > end) end = entity.begin;
  }
  constexpr size_t kWord = 20;
  const size_t space = post.code_points.rfind(U' ', end);
  if (space != std::u32string::npos && space + kWord > end) end = space;
  return end;
}

void render_text(const World& world, const XPost& post,
                 const Selection& selection, json::object& out) {
  Display shown(world);
  const Layout layout(post.text);
  const bool cut = layout.is_long();
  if (cut) {
    shown.write(layout, cut_position(layout));
    shown.plain(U"… ");
    shown.link("https://twitter.com/i/web/status/" + std::to_string(post.id));
  } else {
    shown.write(layout, layout.code_points.size());
    if (post.quote_of) {
      shown.plain(U" ");
      shown.link(status_address(world, world.posts()[*post.quote_of]));
    }
  }
  out["text"] = shown.text;
  if (selection.post_field("entities") && !shown.entities.empty()) {
    out["entities"] = shown.entities;
  }
  if (!cut || !selection.post_field("note_tweet")) return;
  Display whole(world);
  whole.write(layout, layout.code_points.size());
  json::object note;
  note["text"] = whole.text;
  if (!whole.entities.empty()) note["entities"] = whole.entities;
  out[selection.words->note] = std::move(note);
}

json::array references(const World& world, const XPost& post) {
  json::array all;
  const auto add = [&](const char* type, std::optional<size_t> to) {
    if (!to) return;
    json::object reference;
    reference["type"] = type;
    reference["id"] = std::to_string(world.posts()[*to].id);
    all.push_back(std::move(reference));
  };
  add("quoted", post.quote_of);
  add("replied_to", post.reply_to);
  return all;
}

json::object public_metrics(const XPost& post, const Words& words) {
  json::object metrics;
  metrics[words.reposts] = post.reposts;
  metrics["reply_count"] = post.replies;
  metrics["like_count"] = post.likes;
  metrics["quote_count"] = post.quotes;
  metrics["bookmark_count"] = post.likes / 12;
  metrics["impression_count"] = post.views;
  return metrics;
}

/// All versions up to this one, oldest first.
json::array history(const World& world, const XPost& post) {
  json::array ids;
  if (post.edit_of) ids = history(world, world.posts()[*post.edit_of]);
  ids.push_back(json::string(std::to_string(post.id)));
  return ids;
}

json::object edit_controls(const XPost& post) {
  json::object controls;
  controls["edits_remaining"] = 5;
  controls["is_edit_eligible"] = !post.reply_to.has_value();
  controls["editable_until"] = x_time(post.at + std::chrono::minutes(30));
  return controls;
}

}  // namespace

std::string x_time(Timestamp time) {
  std::string text = domain::to_string(time);
  if (text.find('.') == text.npos) text.insert(text.size() - 1, ".000");
  return text;
}

json::object render_post(const World& world, const XPost& post,
                         const Selection& selection) {
  const auto wants = [&](std::string_view name) {
    return selection.post_field(name);
  };
  json::object out;
  const std::string id = std::to_string(post.id);
  out["id"] = id;
  render_text(world, post, selection, out);
  if (wants("author_id")) out["author_id"] = world.users()[post.author].id;
  if (wants("created_at")) out["created_at"] = x_time(post.at);
  if (wants("conversation_id")) {
    out["conversation_id"] = std::to_string(post.conversation);
  }
  if (wants("in_reply_to_user_id") && post.reply_to) {
    const XPost& parent = world.posts()[*post.reply_to];
    out["in_reply_to_user_id"] = world.users()[parent.author].id;
  }
  if (wants("referenced_tweets") && (post.reply_to || post.quote_of)) {
    out[selection.words->references] = references(world, post);
  }
  if (wants("lang")) out["lang"] = post.lang;
  if (wants("public_metrics")) {
    out["public_metrics"] = public_metrics(post, *selection.words);
  }
  if (wants("possibly_sensitive")) out["possibly_sensitive"] = false;
  if (wants("reply_settings")) out["reply_settings"] = "everyone";
  if (wants("edit_controls")) out["edit_controls"] = edit_controls(post);
  if (wants("edit_history_tweet_ids")) {
    out[selection.words->history] = history(world, post);
  }
  return out;
}

json::object render_user(const User& user, const Selection& selection) {
  const auto wants = [&](std::string_view name) {
    return selection.user_field(name);
  };
  const uint64_t hash = stable_hash("profile " + user.id);
  json::object out;
  out["id"] = user.id;
  out["name"] = user.name;
  out["username"] = user.handle;
  if (wants("created_at")) out["created_at"] = x_time(user.created_at);
  if (wants("description")) out["description"] = "";
  if (wants("protected")) out["protected"] = false;
  const bool verified = hash % 9 == 0;
  if (wants("verified")) out["verified"] = verified;
  if (wants("verified_type")) out["verified_type"] = verified ? "blue" : "none";
  if (wants("profile_image_url")) {
    out["profile_image_url"] = "https://example.com/x/" + user.id + ".jpg";
  }
  if (wants("public_metrics")) {
    json::object metrics;
    metrics["followers_count"] = 3 + hash % 97 * (hash >> 8 & 0xFF);
    metrics["following_count"] = 10 + (hash >> 16) % 900;
    metrics[selection.user_words->authored] = 20 + (hash >> 24) % 30'000;
    metrics["listed_count"] = (hash >> 32) % 40;
    metrics["like_count"] = (hash >> 40) % 50'000;
    out["public_metrics"] = std::move(metrics);
  }
  return out;
}

json::object not_found(const Words& words, std::string_view resource,
                       std::string_view parameter, const std::string& value) {
  json::object error;
  error["value"] = value;
  error["detail"] = "Could not find " + std::string(resource) + " with " +
                    std::string(parameter) + ": [" + value + "].";
  error["title"] = "Not Found Error";
  error["resource_type"] = resource;
  error["parameter"] = parameter;
  error["resource_id"] = value;
  error["type"] = std::string(words.problems) + "resource-not-found";
  return error;
}

namespace {

/// Collects the includes of a page, each object once.
class Includes {
 public:
  Includes(const World& world, const Selection& selection, Timestamp now)
      : world_(world), selection_(selection), now_(now) {}

  void expand(const XPost& post) {
    if (selection_.author) user(world_.users()[post.author]);
    if (selection_.replied_user && post.reply_to) {
      user(world_.users()[world_.posts()[*post.reply_to].author]);
    }
    if (selection_.mentioned_users) {
      for (const Entity& entity : Layout(post.text).entities) mention(entity);
    }
    if (!selection_.references) return;
    for (const auto& reference : {post.quote_of, post.reply_to}) {
      if (reference) referenced(world_.posts()[*reference]);
    }
  }

  void write(Rendered& page) {
    json::object includes;
    if (!users_.empty()) includes["users"] = std::move(users_);
    if (!posts_.empty()) includes[selection_.words->posts] = std::move(posts_);
    if (!includes.empty()) page.body["includes"] = std::move(includes);
    if (!errors_.empty()) page.body["errors"] = std::move(errors_);
    page.user_ids.assign(user_ids_.begin(), user_ids_.end());
    page.post_ids.insert(page.post_ids.end(), post_ids_.begin(),
                         post_ids_.end());
  }

 private:
  void user(const User& user) {
    if (!user_ids_.insert(user.id).second) return;
    users_.push_back(render_user(user, selection_));
  }

  void mention(const Entity& entity) {
    if (entity.kind != EntityKind::mention) return;
    if (const User* found = world_.find_user(entity.value)) {
      user(*found);
    } else if (missing_.insert(lower_ascii(entity.value)).second) {
      errors_.push_back(not_found(*selection_.words, "user",
                                  "entities.mentions.username", entity.value));
    }
  }

  void referenced(const XPost& post) {
    const std::string id = std::to_string(post.id);
    if (post.deleted_at <= now_) {
      if (!missing_.insert(id).second) return;
      errors_.push_back(not_found(*selection_.words, selection_.words->resource,
                                  "referenced_tweets.id", id));
      return;
    }
    if (selection_.reference_authors) user(world_.users()[post.author]);
    if (!post_ids_.insert(id).second) return;
    posts_.push_back(render_post(world_, post, selection_));
  }

  const World& world_;
  const Selection& selection_;
  Timestamp now_;
  json::array users_, posts_, errors_;
  std::set<std::string> user_ids_, post_ids_, missing_;
};

}  // namespace

Rendered render_posts(const World& world, const std::vector<size_t>& posts,
                      const Selection& selection, bool single, Timestamp now) {
  Rendered page;
  Includes includes(world, selection, now);
  json::array data;
  for (const size_t index : posts) {
    const XPost& post = world.posts()[index];
    data.push_back(render_post(world, post, selection));
    page.post_ids.push_back(std::to_string(post.id));
    includes.expand(post);
  }
  if (single && !data.empty()) {
    page.body["data"] = data.front();
  } else if (!data.empty()) {
    page.body["data"] = std::move(data);
  }
  includes.write(page);
  return page;
}

}  // namespace grumble::simulator
