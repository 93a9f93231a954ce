#include "simulator/x_query.h"

#include <algorithm>
#include <optional>

#include "simulator/x_query_node.h"

namespace grumble::simulator {
namespace {

/// An entity of that kind whose value, folded, is good.
template <typename Good>
bool has_entity(const XPost& post, EntityKind kind, Good good) {
  const auto entities = find_entities(to_code_points(post.text));
  return std::any_of(entities.begin(), entities.end(),
                     [&](const Entity& entity) {
                       return entity.kind == kind &&
                              good(fold_words(to_code_points(entity.value)));
                     });
}

bool has_entity(const XPost& post, EntityKind kind) {
  return has_entity(post, kind, [](const std::string&) { return true; });
}

bool has_value(const XPost& post, EntityKind kind, const std::string& words) {
  return has_entity(post, kind,
                    [&](const std::string& value) { return value == words; });
}

}  // namespace

bool Query::Node::stands_alone() const {
  const auto good = [](const auto& child) { return child->stands_alone(); };
  switch (kind) {
    case Kind::all_of:
      return std::any_of(children.begin(), children.end(), good);
    case Kind::any_of:
      return std::all_of(children.begin(), children.end(), good);
    case Kind::leaf:
      break;
  }
  return alone && !negated;
}

bool Query::Node::holds(const World& world, const XPost& post) const {
  const auto good = [&](const auto& child) {
    return child->holds(world, post);
  };
  switch (kind) {
    case Kind::all_of:
      return std::all_of(children.begin(), children.end(), good);
    case Kind::any_of:
      return std::any_of(children.begin(), children.end(), good);
    case Kind::leaf:
      break;
  }
  return leaf_holds(world, post) != negated;
}

bool Query::Node::is_holds(const XPost& post) const {
  if (value == "reply") return post.reply_to.has_value();
  if (value == "quote") return post.quote_of.has_value();
  return false;  // the world has no reposts, no verified users, no adverts
}

bool Query::Node::has_holds(const XPost& post) const {
  if (value == "links") {
    return has_entity(post, EntityKind::url) || post.quote_of.has_value();
  }
  if (value == "hashtags") return has_entity(post, EntityKind::hashtag);
  if (value == "mentions") return has_entity(post, EntityKind::mention);
  if (value == "cashtags") return has_entity(post, EntityKind::cashtag);
  return false;
}

bool Query::Node::leaf_holds(const World& world, const XPost& post) const {
  const auto is_user = [&](size_t user) {
    return lower_ascii(world.users()[user].handle) == value ||
           world.users()[user].id == value;
  };
  const auto is_post = [&](std::optional<size_t> index) {
    return index && world.posts()[*index].id == number;
  };
  switch (op) {
    case Operator::words:
      return post.words.find(needle) != post.words.npos;
    case Operator::hashtag:
      return has_value(post, EntityKind::hashtag, needle);
    case Operator::cashtag:
      return has_value(post, EntityKind::cashtag, needle);
    case Operator::mention:
      return has_value(post, EntityKind::mention, needle);
    case Operator::from:
      return is_user(post.author);
    case Operator::to:
      return post.reply_to && is_user(world.posts()[*post.reply_to].author);
    case Operator::url:
      return has_entity(post, EntityKind::url, [&](const std::string& address) {
        return address.find(needle) != address.npos;
      });
    case Operator::conversation:
      return post.conversation == number;
    case Operator::in_reply_to:
      return is_post(post.reply_to);
    case Operator::quotes_of:
      return is_post(post.quote_of);
    case Operator::lang:
      return lower_ascii(post.lang) == value;
    case Operator::is:
      return is_holds(post);
    case Operator::has:
      return has_holds(post);
    case Operator::min_likes:
      return post.likes >= number;
    case Operator::min_replies:
      return post.replies >= number;
    case Operator::min_reposts:
      return post.reposts >= number;
    case Operator::no_data:
      return false;
  }
  return false;
}

Query::Query(std::unique_ptr<Node> root) : root_(std::move(root)) {}
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

Query Query::parse(std::string_view text) { return Query(parse_query(text)); }

bool Query::matches(const World& world, const XPost& post) const {
  return root_->holds(world, post);
}

}  // namespace grumble::simulator
