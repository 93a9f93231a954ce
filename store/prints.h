#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "domain/post.h"
#include "store/copies.h"
#include "store/statement.h"

// The rows of `post_print` and `print_due`. For store/copies.cc only.
namespace grumble::store {

struct PrintKey {
  domain::PostKey post;
  domain::Timestamp created_at;

  auto operator<=>(const PrintKey&) const = default;
};

/// What a post is compared by, and what came of it.
struct Print {
  PrintKey key;
  std::optional<int64_t> author;  ///< a hash
  std::optional<Bands> bands;
  bool is_copy = false;
  std::string noise = "none";

  /// Whether others are compared with it as before.
  bool same_as(const Print& other) const {
    return std::tie(key, author, bands) ==
           std::tie(other.key, other.author, other.bands);
  }
};

/// A stored post as it is compared.
struct PrintedPost {
  domain::Post post;
  std::optional<int64_t> author;
};

Columns columns_of(const std::vector<PrintKey>& keys);

/// Takes about `limit` keys off the list of what is due, each at each of its
/// times once, in order.
std::vector<PrintKey> take_due(Transaction& transaction, int limit);

/// Those of the posts that are stored.
std::vector<PrintedPost> read_printed(Transaction& transaction,
                                      const std::vector<PrintKey>& keys);

std::vector<Print> read_prints(Transaction& transaction,
                               const std::vector<PrintKey>& keys);

/// Deletes the first and inserts the second.
void replace_prints(Transaction& transaction, const std::vector<PrintKey>& gone,
                    const std::vector<Print>& come);

/// The next younger prints that share a band with one of these: at most four
/// of each.
std::vector<PrintKey> next_prints(Transaction& transaction,
                                  const std::vector<Print>& prints);

/// Which of these are near-copies of an older post.
std::vector<PrintKey> copies_among(Transaction& transaction,
                                   const std::vector<PrintKey>& keys);

/// A day (UTC) of an author, and prints of it, `most` at most.
struct AuthorDay {
  int64_t author = 0;
  domain::Timestamp day;

  auto operator<=>(const AuthorDay&) const = default;
};
std::vector<std::pair<AuthorDay, Print>> prints_of_days(
    Transaction& transaction, const std::vector<AuthorDay>& days, int64_t most);

/// Writes `is_copy` and `noise`.
void write_verdicts(Transaction& transaction, const std::vector<Print>& prints);

}  // namespace grumble::store
