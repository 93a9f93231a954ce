#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "simulator/world.h"

namespace grumble::simulator {

/// What the search language refuses; the text goes into the answer.
class QueryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A search query of X: words, "phrases", operators, OR, - and parentheses.
/// A space is AND and binds tighter than OR; a group cannot be negated.
/// Operators of data the world does not have (places, media, lists) are
/// accepted and match nothing.
class Query {
 public:
  /// Throws QueryError. Length limits are the caller's.
  static Query parse(std::string_view text);

  Query(Query&&) noexcept;
  Query& operator=(Query&&) noexcept;
  ~Query();

  bool matches(const World& world, const XPost& post) const;

  struct Node;

 private:
  explicit Query(std::unique_ptr<Node> root);

  std::unique_ptr<Node> root_;
};

}  // namespace grumble::simulator
