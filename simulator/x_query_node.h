#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/x_query.h"

/// The tree behind Query; for its parser and its matcher only.
namespace grumble::simulator {

enum class Operator {
  words,
  hashtag,
  cashtag,
  mention,
  from,
  to,
  url,
  conversation,
  in_reply_to,
  quotes_of,
  lang,
  is,
  has,
  min_likes,
  min_replies,
  min_reposts,
  no_data,  ///< known to X, unknown to the world
};

struct Query::Node {
  enum class Kind { all_of, any_of, leaf };

  Kind kind = Kind::leaf;
  bool negated = false;
  std::vector<std::unique_ptr<Node>> children;
  Operator op = Operator::words;
  bool alone = true;
  std::string value;   ///< lower case
  std::string needle;  ///< fold_words of it
  int64_t number = 0;

  bool stands_alone() const;
  bool holds(const World& world, const XPost& post) const;
  bool leaf_holds(const World& world, const XPost& post) const;
  bool is_holds(const XPost& post) const;
  bool has_holds(const XPost& post) const;
};

/// Throws QueryError.
std::unique_ptr<Query::Node> parse_query(std::string_view text);

}  // namespace grumble::simulator
