#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/landing.h"

// What a batch becomes before it meets the database. Pure.
namespace grumble::store {

/// A batch's posts in key order, each once, and what cannot be stored.
struct PreparedPosts {
  std::vector<AnalysedPost> posts;
  std::vector<domain::Reject> refused;
  int64_t duplicates = 0;
};

/// Sorts by key, so that programs which land at once lock rows in one order.
/// Of repeats the newest state stays; it is mere context only if all are.
/// Counters that are absurd are left out.
/// Throws std::invalid_argument when a finding's span is not within its text.
PreparedPosts prepare_posts(const std::vector<AnalysedPost>& posts);

/// Sorted by key, each once, the last of repeats; without those that have no
/// id, or none that can be stored.
std::vector<domain::Author> prepare_authors(
    const std::vector<domain::Author>& authors);

/// Why PostgreSQL cannot hold the text, with the byte's offset; empty if it
/// can.
std::optional<std::string> unstorable(std::string_view text);

/// The text with each byte that cannot be stored written as `\xHH`.
std::string storable(std::string_view text);

/// Tells two analyses of one text apart; the same on every machine.
int64_t digest(const domain::Analysis& analysis);

/// Models of the text and its findings, sorted; "" for a finding that names
/// none. Every finding's post thus counts among its model's mentions.
std::vector<std::string> models_of(const domain::Analysis& analysis);

}  // namespace grumble::store
