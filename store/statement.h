#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/timestamp.h"
#include "store/database.h"

// How the store speaks SQL. For store/ and its tests only: the rest of the
// program asks the functions of the other headers.
namespace grumble::store {

/// The values of `$1`, `$2`, ... in order. A value with a NUL byte, which
/// PostgreSQL cannot hold, is refused with std::invalid_argument.
class Params {
 public:
  template <typename... Values>
  explicit Params(const Values&... values) {
    (add(values), ...);
  }

  void add(std::string_view text);
  void add(const char* text) { add(std::string_view(text)); }
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(bool value) { add(std::string_view(value ? "true" : "false")); }
  void add(domain::Timestamp time);
  void add(const std::vector<std::string>& texts);  ///< as text[]
  void add(std::nullopt_t null);
  template <std::integral Integer>
  void add(Integer value) {
    add(std::string_view(std::to_string(value)));
  }
  template <typename Value>
  void add(const std::optional<Value>& value) {
    if (value) {
      add(*value);
    } else {
      add(std::nullopt);
    }
  }

  const std::vector<std::optional<std::string>>& values() const {
    return values_;
  }

 private:
  std::vector<std::optional<std::string>> values_;
};

/// Writes one array parameter, element by element.
class ArrayText {
 public:
  void add(std::string_view text);
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(const char* text) { add(std::string_view(text)); }
  void add(bool value) { add_plain(value ? "t" : "f"); }
  void add(domain::Timestamp time) { add_plain(domain::to_string(time)); }
  void add(double value);
  void add(std::nullopt_t) { add_plain("NULL"); }
  template <std::integral Integer>
  void add(Integer value) {
    add_plain(std::to_string(value));
  }
  template <typename Value>
  void add(const std::optional<Value>& value) {
    if (value) {
      add(*value);
    } else {
      add(std::nullopt);
    }
  }
  /// `{...}`, ready for Params.
  std::string text() const { return "{" + body_ + "}"; }

 private:
  void add_plain(std::string_view element);

  std::string body_;
};

/// The elements of an array as the server writes it; no nesting.
std::vector<std::string> read_array(std::string_view text);

/// What a statement returned. Columns count from 0. Reading a NULL as anything
/// but `null` or an optional throws std::logic_error.
class Rows {
 public:
  size_t size() const;
  bool empty() const { return size() == 0; }
  size_t affected() const;  ///< by INSERT, UPDATE, DELETE
  bool null(size_t row, size_t column) const;
  std::string text(size_t row, size_t column) const;
  std::optional<std::string> text_or_null(size_t row, size_t column) const;
  int64_t integer(size_t row, size_t column) const;
  std::optional<int64_t> integer_or_null(size_t row, size_t column) const;
  double number(size_t row, size_t column) const;
  bool flag(size_t row, size_t column) const;
  domain::Timestamp time(size_t row, size_t column) const;
  std::optional<domain::Timestamp> time_or_null(size_t row,
                                                size_t column) const;

 private:
  friend class Transaction;
  class Impl;
  explicit Rows(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// One transaction; rolled back unless committed. One at a time a Database.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// One statement with its values.
  Rows run(std::string_view sql, const Params& params);
  /// Any number of statements, without values.
  Rows run(std::string_view sql);
  void commit();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// For the few statements that refuse to be in a transaction.
void run_alone(Database& database, std::string_view sql);

}  // namespace grumble::store
