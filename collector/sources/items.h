#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "domain/change.h"
#include "domain/finding.h"
#include "domain/post.h"

namespace grumble::collector {

/// What was read from one answer, or from one piece of a file. Every item is
/// counted when it is met, and ends in exactly one place:
/// count == posts + rejects + duplicates.
struct Items {
  std::vector<domain::Post> posts;      ///< each key once
  std::vector<domain::Author> authors;  ///< each id once
  std::vector<domain::Reject> rejects;
  std::vector<domain::EditChain> edits;
  int64_t count = 0;
  int64_t duplicates = 0;
  /// Of posts that came without their text: what was once read from it.
  std::map<domain::PostKey, domain::Analysis> analyses;
  /// Things that hold no text and are no items, by kind: "user" -> 96.
  std::map<std::string, int64_t> others;

  /// Of two with one key the later observed stays; it matched a query when
  /// either did.
  void add(domain::Post post);
  void add(domain::Author author);
  void reject(std::string pointer, std::string id, std::string reason,
              std::string_view raw);
  /// The items of both, counted as one.
  void append(Items&& more);

 private:
  void merge(domain::Post post);

  std::unordered_map<std::string, size_t> index_;
  std::unordered_set<std::string> known_authors_;
  size_t shown_ = 0;  ///< bytes of rejects
};

}  // namespace grumble::collector
