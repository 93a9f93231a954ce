#pragma once

#include <string>
#include <vector>

#include "domain/post.h"

namespace grumble::domain {

/// A post that its author or the site took back.
struct Gone {
  PostKey key;
  std::string reason;  ///< the site's word: "deleted", "protected", ...
};

/// A post that was edited: each version has an id of its own.
struct EditChain {
  std::string platform;
  std::vector<std::string> ids;  ///< oldest first, two or more
};

}  // namespace grumble::domain
