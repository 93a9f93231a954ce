#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"
#include "store/landing.h"

// What a database stores of authors. Decided once, before anything lands.
namespace grumble::store {

enum class AuthorMode {
  keyed,  ///< a pseudonym made with a key of the database's own; no names
  shown,  ///< ids, handles, names and followers, as the sites tell them
};

std::string_view to_string(AuthorMode mode);
/// Empty when `name` is neither.
std::optional<AuthorMode> parse_author_mode(std::string_view name);

/// Letters of a pseudonym: 128 bits in base64url.
inline constexpr size_t kPseudonymSize = 22;

/// Turns what the sites tell of authors into what is stored. Has no way to
/// tell its key. Not thread-safe.
class AuthorNaming {
 public:
  /// `key`: 32 bytes, or empty where authors are shown. Throws
  /// std::runtime_error when OpenSSL does not take it.
  explicit AuthorNaming(std::string_view key);
  ~AuthorNaming();
  AuthorNaming(AuthorNaming&&) noexcept;
  AuthorNaming& operator=(AuthorNaming&&) noexcept;

  AuthorMode mode() const;
  /// The stored form of a site's id: the same for the same id of the same
  /// site, and nothing for none.
  std::string stored_id(std::string_view platform, std::string_view id) const;
  /// Applies it to all that the batch says of authors.
  void apply(Batch& batch) const;

 private:
  class Hmac;
  std::unique_ptr<Hmac> hmac_;  ///< null where authors are shown
};

/// What the database has decided; empty while nothing has landed.
std::optional<AuthorMode> author_mode(Database& database);

/// The same, within a transaction, ready to be applied.
std::optional<AuthorNaming> author_naming(Transaction& transaction);

/// Decides for `mode`, with a new key, unless something is decided already.
/// Whoever else decides at the same time gets the same answer.
AuthorNaming decide_author_naming(Database& database, AuthorMode mode);

}  // namespace grumble::store
