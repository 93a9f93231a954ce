#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace grumble::store {

/// A statement that the server refused. `what()` is for a person.
class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(const std::string& what, std::string sqlstate)
      : std::runtime_error(what), sqlstate_(std::move(sqlstate)) {}
  /// Five characters, or empty when the server gave none.
  const std::string& sqlstate() const { return sqlstate_; }
  /// Whether the transaction only met another one, as in a deadlock: the same
  /// again may do.
  bool met_another() const { return sqlstate_.starts_with("40"); }

 private:
  std::string sqlstate_;
};

/// No server answers, or the connection was lost or has fallen silent. When
/// that was in a commit, its outcome is unknown: repeat the call, repetition is
/// harmless.
class Unreachable : public DatabaseError {
 public:
  explicit Unreachable(const std::string& what) : DatabaseError(what, "") {}
};

/// One connection to PostgreSQL 15 or newer, in UTC and UTF-8. Not
/// thread-safe: one a thread. A lost connection is opened again by the next
/// call that needs it, which ends what the lost one may have left on the
/// server. A call lasts as long as the server works at it, and no longer
/// (store/watchdog.h).
class Database {
 public:
  /// `url`: what libpq takes, `postgresql://user@host/database` or
  /// `host=... dbname=...`. Its `connect_timeout`, 5 seconds unless it says
  /// another, is how long a silent server is waited for: when connecting, and
  /// before a call is looked into. Throws Unreachable.
  explicit Database(const std::string& url);
  ~Database();
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;

 private:
  friend class Transaction;
  friend void run_alone(Database& database, std::string_view sql);
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace grumble::store
