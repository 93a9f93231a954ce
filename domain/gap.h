#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "domain/timestamp.h"

namespace grumble::domain {

/// A piece of a walk that has not landed: all that a crash must not forget.
///
/// A walk goes again and again through one list of a site: the results of a
/// query, the comments of a video. What is new in the list becomes a gap,
/// durable before the first request, that shrinks in the transaction which
/// lands its page.
struct Gap {
  int64_t id = 0;       ///< the store's, in the order of opening
  int64_t version = 0;  ///< the store's, changes with each move

  std::string source;   ///< the configured source: "x", "youtube"
  std::string query;    ///< on whose account: "sora"
  std::string list;     ///< in the source's words: "posts", "threads"
  std::string subject;  ///< whose list: a query's name, a video, a thread
  std::string items;    ///< what to ask for by id, comma-separated

  /// What is not there yet lies between these two, themselves excluded; in
  /// the list's own measure: ids, or milliseconds since 1970.
  int64_t lo = 0;
  int64_t hi = 0;

  std::string token;     ///< of the page to ask for; empty: the first
  int64_t asked_hi = 0;  ///< `hi` of the request that the token belongs to
  std::string seen;      ///< digests of the first and last page of the token
  int empty_pages = 0;   ///< in a row
  int restarts = 0;      ///< without a token, since the gap last shrank
  int tries = 0;         ///< times it was set aside since then
  std::optional<Timestamp> not_before;  ///< set aside until then

  bool operator==(const Gap&) const = default;
};

}  // namespace grumble::domain
